"""Heads of calls that are remembered, because a shop sends the same one with each of its orders.

Reading it anew, and checking each header of the answer by itself, took as long as PostgreSQL takes for an order.
gunicorn's parser reads each head that is new; the same bytes from the same address are the same request.

A store signs each delivery, so that no two heads are the same bytes. Those that differ only in values which gunicorn
gives no meaning are read alike: what it made of the first, with the values of each.
"""

import re
from collections.abc import Iterable
from email.utils import formatdate
from functools import lru_cache
from time import time
from typing import Any

from gunicorn import SERVER
from gunicorn.http import wsgi
from gunicorn.http.body import Body, LengthReader
from gunicorn.http.message import Request

from blitzrocket.gunicorn_server.requests import HEAD_END, SizedBody, body_of, read_head, takes_turns

MAX_HEADS = 500
LARGEST_REMEMBERED = 2048  # bytes
HTTP_1_1 = (1, 1)
LENGTH = "CONTENT-LENGTH"

Headers = list[tuple[str, str]]


class Heads:
    """The requests of a process by their head and the client's address, whose proxy may be trusted."""

    def __init__(self, config: Any) -> None:
        self._config = config
        self._requests: dict[tuple[bytes, str], Any] = {}
        self._alike: dict[tuple[str | bytes, ...], _Alike] = {}
        self._own_values = _own_values({*config.secure_scheme_headers, *config.forwarder_headers})

    def read(self, received: bytearray, client: Any, number: int) -> Any:
        """The request whose head has come, as `read_head` gives it. Nothing of a remembered one may be changed."""
        size = received.find(HEAD_END, 0, LARGEST_REMEMBERED) + len(HEAD_END)
        head, address = bytes(received[:size]), client[0] if isinstance(client, tuple) else ""
        request = self._requests.get((head, address)) or self._like_another(head, address)
        if request is not None:
            del received[:size]
            return request
        came = len(received)
        request = read_head(received, self._config, client, number)
        if request is not None and came - len(received) == size and is_plain_call(request):
            self._remember(request, head, address)
        return request

    def _like_another(self, head: bytes, address: str) -> Any:
        key, _, values = self._split(head, address)
        alike = self._alike.get(key)
        return alike.with_values(values) if alike else None

    def _remember(self, request: Any, head: bytes, address: str) -> None:
        request.environ, request.own_values = {}, {}
        key, names, values = self._split(head, address)
        if all(name == LENGTH for name in names):
            _add(self._requests, (head, address), request)
        elif is_read_as(request, names, values):
            _add(self._alike, key, _Alike(request, names))

    def _split(self, head: bytes, address: str) -> tuple[tuple[str | bytes, ...], list[str], list[bytes]]:
        """What a head has in common with those like it, and the names and values in which it may differ."""
        parts = self._own_values.split(head)  # common, name, value, common, name, value … common
        values = parts[2::3]
        del parts[2::3]
        return (address, *parts), [name[:-2].decode().upper() for name in parts[1::2]], values


class _Alike:
    """A request, and the names of the headers in which others like it may differ."""

    def __init__(self, request: Any, names: list[str]) -> None:
        self._request = request
        self._names = [name.replace("-", "_") if name == LENGTH else f"HTTP_{name.replace('-', '_')}" for name in names]

    def with_values(self, values: list[bytes]) -> Any:
        request: Any = object.__new__(Request)
        vars(request).update(vars(self._request))
        request.own_values = dict(zip(self._names, map(bytes.decode, values), strict=True))
        if "CONTENT_LENGTH" in request.own_values:
            request.body = Body(LengthReader(None, int(request.own_values["CONTENT_LENGTH"])))
        return request


def _own_values(with_a_meaning: Iterable[str]) -> re.Pattern[bytes]:
    """Splits a head at the values that each call may have for itself, but for those of headers with a meaning.

    A value is of characters that mean the same to every parser, without blanks around it, and a length is of digits.
    """
    excluded = "|".join(re.escape(name) for name in sorted({"X-API-KEY", *with_a_meaning}))
    names = rf"(?!(?:{excluded}):)(?:X-[A-Z0-9-]+|[A-Z]+-SIGNATURE|WEBHOOK-[A-Z]+|TRACEPARENT): "
    pattern = rf"\r\n((?i:{names}|{LENGTH}: (?=[0-9]{{1,9}}\r)))([!-~](?:[ -~]*[!-~])?)(?=\r\n)"
    return re.compile(pattern.encode())


def is_read_as(request: Any, names: list[str], values: list[bytes]) -> bool:
    """Whether these are headers of the request, each once, as gunicorn read it."""
    read = [name for name, _ in request.headers]
    pairs = zip(names, values, strict=True)
    return all(read.count(name) == 1 and (name, value.decode()) in request.headers for name, value in pairs)


def _add(remembered: dict[Any, Any], key: Any, value: Any) -> None:
    if len(remembered) >= MAX_HEADS:
        remembered.clear()
    remembered[key] = value


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
        request.environ.update(environ)  # also that of those like it
    environ = {**request.environ, **request.own_values}
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
