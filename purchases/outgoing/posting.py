"""One HTTP request that can't be led astray: to a checked address, without redirects, bounded in time and size.

Python's own clients look up the host themselves, once more after any check, and wait for each byte anew. Here the whole
exchange has one deadline, and only the status and the beginning of the response are read.
"""

import io
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPException, HTTPResponse
from typing import Any, cast

from purchases.outgoing.addresses import AddressRefused, Target, addresses_of

SECONDS = 10.0  # for all of it: look-up apart, which the system bounds
CONNECT_SECONDS = 4.0  # for each address
MAX_RESPONSE = 16 * 1024  # bytes read, with the headers
MAX_SHOWN = 300  # characters of the body
END = b"\r\n\r\n"


class NoResponse(Exception):
    """No HTTP response came; the message says what did."""


@dataclass(frozen=True, slots=True)
class Response:
    """The response's status, and the beginning of its body."""

    status: int
    text: str


def post(target: Target, headers: Mapping[str, str], body: bytes) -> Response:
    """Send the request and read the beginning of the response.

    Raises:
        NoResponse: none came, or the host may not be asked.
    """
    try:
        addresses = addresses_of(target)
    except AddressRefused as error:
        raise NoResponse(str(error)) from None
    deadline = time.monotonic() + SECONDS
    try:
        with _connected(target, addresses, deadline) as connection:
            connection.sendall(_request(target, headers, body))
            received = _received(connection, deadline)
    except TimeoutError:
        raise NoResponse(f"No response within {SECONDS:.0f} seconds.") from None
    except ssl.SSLCertVerificationError as error:
        raise NoResponse(f"The certificate is not valid: {error.verify_message}.") from None
    except ssl.SSLError as error:
        raise NoResponse(f"The TLS connection failed: {error.reason or 'unknown reason'}.") from None
    except OSError as error:
        raise NoResponse(f"The connection failed: {error.strerror or type(error).__name__}.") from None
    return _response_in(received)


def _connected(target: Target, addresses: list[str], deadline: float) -> socket.socket:
    connection = _connection(target, addresses, deadline)
    connection.settimeout(_seconds_until(deadline))
    if target.scheme == "http":
        return connection
    try:
        return _tls().wrap_socket(connection, server_hostname=target.host)
    except BaseException:
        connection.close()
        raise


def _connection(target: Target, addresses: list[str], deadline: float) -> socket.socket:
    """A connection to the first of the checked addresses that takes one."""
    for address in addresses[:-1]:
        with suppress(OSError):
            return socket.create_connection(
                (address, target.port), timeout=min(CONNECT_SECONDS, _seconds_until(deadline))
            )
    return socket.create_connection((addresses[-1], target.port), timeout=_seconds_until(deadline))


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _seconds_until(deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _request(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"POST {target.path} HTTP/1.1", f"Host: {target.host_header}", "Connection: close"]
    lines += [f"Content-Length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode("ascii") + END + body


def _received(connection: socket.socket, deadline: float) -> bytes:
    """The response, up to `MAX_RESPONSE`. A status that has come counts, also where the rest takes too long."""
    received = b""
    try:
        while len(received) < MAX_RESPONSE and not _is_whole(received):
            connection.settimeout(_seconds_until(deadline))
            part = connection.recv(4096)
            if not part:
                break
            received += part
    except OSError:
        if END not in received:
            raise
    return received


def _is_whole(received: bytes) -> bool:
    head, end, body = received.partition(END)
    if not end:
        return False
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return value.strip().isdigit() and len(body) >= int(value)
        if name.strip().lower() == b"transfer-encoding":
            return body.endswith(b"0\r\n\r\n")
    return False


class _Received:
    """What `HTTPResponse` reads from instead of a connection."""

    def __init__(self, received: bytes) -> None:
        self._received = received

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._received)


def _response_in(received: bytes) -> Response:
    response = HTTPResponse(cast("Any", _Received(received)), method="POST")
    try:
        response.begin()
        body = _body_of(response)
    except (HTTPException, ValueError, OSError):
        raise NoResponse(
            "The response was not HTTP." if received else "The connection was closed without a response."
        ) from (None)
    text = body.decode(errors="replace").replace("\x00", "")
    return Response(response.status, " ".join(text.split())[:MAX_SHOWN])


def _body_of(response: HTTPResponse) -> bytes:
    """The beginning of the body; it may be cut off."""
    try:
        return response.read()
    except HTTPException as error:
        return getattr(error, "partial", b"") or b""
