"""Bodies are taken as bytes within a limit here and read as JSON by the view.

So size and type are judged before the contest and the body's content after it, as the contract orders them.
"""

from typing import IO, Any

from rest_framework.parsers import BaseParser

from blitzrocket.api.errors import BodyTooLarge
from blitzrocket.limits import BODY_LIMIT, READ_OFF_LIMIT

CHUNK = 64 * 1024


class RawJSONParser(BaseParser):
    """Takes ``application/json`` and gives its bytes.

    Raises:
        BodyTooLarge: it is longer than the view's ``body_limit``, or `BODY_LIMIT`.
    """

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        limit = getattr(parser_context["view"], "body_limit", BODY_LIMIT)
        body = stream.read(limit + 1)
        if len(body) > limit:
            _read_off(stream)
            raise BodyTooLarge(f"The request body is larger than {limit // 1024} KiB.")
        return body


def _read_off(stream: IO[bytes]) -> None:
    left = READ_OFF_LIMIT
    while left > 0 and (chunk := stream.read(CHUNK)):
        left -= len(chunk)
