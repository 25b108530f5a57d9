"""The body parser: it checks size and type and returns bytes; the view parses the JSON.

So size and type are checked before the contest is looked up, and the body's content after it, as docs/api.md says.
"""

import codecs
from typing import IO, Any

from rest_framework.parsers import BaseParser

from blitzrocket.api.exceptions import BodyTooLargeError, NotJSONError

GZIP = b"\x1f\x8b"
# Some clients put the charset into Content-Encoding.
NO_ENCODINGS = ("", "identity", "utf-8", "utf8")
MAX_SHOWN_LENGTH = 40  # characters of a header's value in a message


class RawJSONParser(BaseParser):
    """Accepts ``application/json`` and returns its bytes.

    Raises:
        BodyTooLargeError: it is longer than the view's ``body_limit``.
        NotJSONError: it is compressed, or in another charset than UTF-8.
    """

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        request = parser_context["request"]
        _refuse_encoded(request.META.get("HTTP_CONTENT_ENCODING", ""))
        limit = parser_context["view"].body_limit
        # The length is declared, or counted for a chunked body: a body that is too large is refused before it is read.
        if int(request.META["CONTENT_LENGTH"]) > limit:
            raise BodyTooLargeError(f"The request body is larger than {limit // 1024} KiB.")
        body = stream.read()
        _refuse_other_charset(request.content_params.get("charset", ""), body)
        return body


def _refuse_encoded(encodings: str) -> None:
    for encoding in map(str.strip, encodings.lower().split(",")):
        if encoding not in NO_ENCODINGS:
            name = encoding[:MAX_SHOWN_LENGTH]
            raise NotJSONError(f"The body is encoded ({name}): send it as it is, without Content-Encoding.")


def _refuse_other_charset(charset: str, body: bytes) -> None:
    """Refuse a body that is not UTF-8; a wrong charset name alone is no reason."""
    if body.startswith(GZIP):
        raise NotJSONError("The body is compressed (gzip): send it as it is.")
    if charset and not _is_utf_8(charset) and not _is_text(body):
        raise NotJSONError(f"The body is in another charset ({charset[:MAX_SHOWN_LENGTH]}): send JSON in UTF-8.")


def _is_utf_8(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name == "utf-8"
    except (LookupError, ValueError):
        return False


def _is_text(body: bytes) -> bool:
    """Whether the body is UTF-8 text; JSON has no NUL, UTF-16 many."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in body
