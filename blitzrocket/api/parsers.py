"""Bodies are taken as bytes within a limit here and read as JSON by the view.

So size and type are judged before the contest and the body's content after it, as the contract orders them.
"""

from typing import IO, Any

from rest_framework.parsers import BaseParser

from blitzrocket.api.errors import BodyTooLarge
from blitzrocket.limits import BODY_LIMIT


class RawJSONParser(BaseParser):
    """Takes ``application/json`` and gives its bytes.

    Raises:
        BodyTooLarge: it is longer than the view's ``body_limit``, or `BODY_LIMIT`.
    """

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        limit = getattr(parser_context["view"], "body_limit", BODY_LIMIT)
        # The length is declared, or of a chunked body was counted: what is too large is refused before it is read.
        if int(parser_context["request"].META["CONTENT_LENGTH"]) > limit:
            raise BodyTooLarge(f"The request body is larger than {limit // 1024} KiB.")
        return stream.read()
