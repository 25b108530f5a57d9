"""Answers to what no view ever sees, such as bytes that are no HTTP request: with the API's error body and headers.

The web server makes them, without Django.
"""

from dataclasses import dataclass

from blitzrocket import strict_json
from blitzrocket.api.cors import CORS_HEADERS
from blitzrocket.ids import new_id


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is no request; ``reason`` is the status in words, ``error`` and ``code`` those of the body."""

    status: int
    reason: str
    code: str
    message: str

    def answer(self) -> tuple[bytes, dict[str, str]]:
        """Body and headers; the connection is closed after it."""
        request_id = new_id("req")
        error = self.reason.capitalize()
        fields = {"success": False, "error": error, "message": self.message, "code": self.code, "requestId": request_id}
        body = strict_json.write(fields)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"}
        return body, headers | {"X-Request-Id": request_id, **CORS_HEADERS}

    def response(self) -> bytes:
        """The whole HTTP response."""
        body, headers = self.answer()
        lines = [f"HTTP/1.1 {self.status} {self.reason}", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode() + body


def bad_request(message: str) -> Refusal:
    return Refusal(400, "Bad Request", "bad_request", message)


BODY_CUT_OFF = bad_request("The body is shorter than its Content-Length. Send all of it.")
TOO_SLOW = Refusal(408, "Request Timeout", "request_timeout", "The request came too slowly. Send it again.")
OUR_FAULT = Refusal(500, "Internal Server Error", "internal_error", "Something went wrong. See the server log.")
