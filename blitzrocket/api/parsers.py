"""Bodies are taken as bytes within a limit here and read as JSON by the view.

So size and type are judged before the contest and the body's content after it, as the contract orders them.
"""

import codecs
from typing import IO, Any

from rest_framework.parsers import BaseParser

from blitzrocket.api.exceptions import BodyTooLargeError, NotJSONError

GZIP = b"\x1f\x8b"
# Some clients name the charset there; the bytes are as they are.
NO_ENCODINGS = ("", "identity", "utf-8", "utf8")
SHOWN = 40  # characters of what a header says


class RawJSONParser(BaseParser):
    """Takes ``application/json`` and gives its bytes.

    Raises:
        BodyTooLargeError: it is longer than the view's ``body_limit``.
        NotJSONError: it is compressed, or in another charset than UTF-8, as its headers say.
    """

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        request = parser_context["request"]
        _refuse_encoded(request.headers.get("Content-Encoding", ""))
        limit = parser_context["view"].body_limit
        # The length is declared, or of a chunked body was counted: what is too large is refused before it is read.
        if int(request.META["CONTENT_LENGTH"]) > limit:
            raise BodyTooLargeError(f"The request body is larger than {limit // 1024} KiB.")
        body = stream.read()
        _refuse_other_charset(request.content_params.get("charset", ""), body)
        return body


def _refuse_encoded(encodings: str) -> None:
    for encoding in encodings.lower().split(","):
        if encoding.strip() not in NO_ENCODINGS:
            raise NotJSONError(
                f"The body is encoded ({encoding.strip()[:SHOWN]}): send it as it is, without Content-Encoding."
            )


def _refuse_other_charset(charset: str, body: bytes) -> None:
    """Refuse what is no text in UTF-8 and was not meant to be; the name alone is no reason."""
    if body.startswith(GZIP):
        raise NotJSONError("The body is compressed (gzip): send it as it is.")
    if charset and not _is_utf_8(charset) and not _is_text(body):
        raise NotJSONError(f"The body is in another charset ({charset[:SHOWN]}): send JSON in UTF-8.")


def _is_utf_8(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name == "utf-8"
    except (LookupError, ValueError):
        return False


def _is_text(body: bytes) -> bool:
    """Whether it is UTF-8; a NUL, which UTF-16 is full of, is in no JSON."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in body
