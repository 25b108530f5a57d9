"""Heads of calls that are remembered, because a shop sends the same one with each of its orders.

Reading it anew, and checking each header of the answer by itself, took as long as PostgreSQL takes for an order.
gunicorn's parser reads each head that is new; the same bytes from the same address are the same request.
"""

from email.utils import formatdate
from functools import lru_cache
from time import time
from typing import Any

from gunicorn import SERVER
from gunicorn.http import wsgi

from blitzrocket.gunicorn_server.requests import HEAD_END, SizedBody, body_of, read_head, takes_turns

MAX_HEADS = 500
LARGEST_REMEMBERED = 2048  # bytes
HTTP_1_1 = (1, 1)

Headers = list[tuple[str, str]]


class Heads:
    """The requests of a process by their head and the client's address, whose proxy may be trusted."""

    def __init__(self, config: Any) -> None:
        self._config = config
        self._requests: dict[tuple[bytes, str], Any] = {}

    def read(self, received: bytearray, client: Any, number: int) -> Any:
        """The request whose head has come, as `read_head` gives it. Nothing of a remembered one may be changed."""
        size = received.find(HEAD_END, 0, LARGEST_REMEMBERED) + len(HEAD_END)
        key = bytes(received[:size]), client[0] if isinstance(client, tuple) else ""
        request = self._requests.get(key)
        if request is not None:
            del received[:size]
            return request
        came = len(received)
        request = read_head(received, self._config, client, number)
        if request is not None and came - len(received) == size and is_plain_call(request):
            if len(self._requests) >= MAX_HEADS:
                self._requests.clear()
            request.environ = {}
            self._requests[key] = request
        return request


def is_plain_call(request: Any) -> bool:
    """Whether it is a call that takes turns, with a body of a known length, which is sent without being asked for."""
    return (
        request.version == HTTP_1_1
        and takes_turns(request.method, request.path)
        and isinstance(body_of(request), SizedBody)
        and not request._expected_100_continue
    )


def environ_of(request: Any, address: Any, local_address: Any, config: Any) -> dict[str, Any]:
    """What WSGI gives the application of a remembered request, but for its body."""
    if not request.environ:
        _, environ = wsgi.create(request, None, address, local_address, config)
        for name in ("gunicorn.socket", "wsgi.early_hints"):  # of this one connection
            del environ[name]
        environ["wsgi.multithread"] = True
        request.environ = environ
    environ = {**request.environ}
    if isinstance(address, tuple):
        environ["REMOTE_PORT"] = str(address[1])
    return environ


def whole_answer(status: str, headers: Headers, content: bytes, *, closes: bool) -> bytes:
    """An answer with a body of a known length.

    Raises:
        ValueError: a header has a line break, which would end it.
    """
    lines = [
        f"HTTP/1.1 {status}",
        f"Server: {SERVER}",
        f"Date: {_date(int(time()))}",
        "Connection: close" if closes else "Connection: keep-alive",
        *[f"{name}: {value}" for name, value in headers],
    ]
    head = "\r\n".join(lines)
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
        raise ValueError("A header of the response has a line break.")
    return head.encode("latin-1") + HEAD_END + content


@lru_cache(1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
