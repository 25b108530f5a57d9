"""Request bodies between gunicorn and Django: chunked bodies, and bodies that a view did not read.

After the response the rest of a body is read and dropped: a client that is still sending sees the response, and may
reuse the connection. Only a body that is too large closes it, which the response announces.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from tempfile import SpooledTemporaryFile
from time import monotonic
from typing import Any

from blitzrocket.limits import LARGEST_BODY, LARGEST_UPLOAD, READ_OFF_SECONDS
from blitzrocket.paths import is_api

CHUNK = 64 * 1024

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


def with_bodies(application: Application) -> Application:
    """Wrap a WSGI application: it gets chunked bodies too, and no body stays on the connection."""

    def call(environ: Environ, start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"]
        if "HTTP_TRANSFER_ENCODING" in environ:
            _read_chunked(environ)
        elif environ.get("CONTENT_LENGTH", "0") in {"", "0"}:
            return application(environ, start_response)
        unread_body = UnreadBody(body, environ.get("gunicorn.socket"))

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            if status.startswith("413") or _is_too_large_for_any_call(environ):
                unread_body.close_connection()
            return start_response(status, headers, exc_info)

        return unread_body.read_after(application(environ, start))

    return call


def _read_chunked(environ: Environ) -> None:
    """Read a chunked body, which Django takes for empty because it only knows Content-Length.

    At most one byte more than the limit is read, so that a view sees a body that is too large.
    """
    bytes_left = 1 + (LARGEST_BODY if is_api(environ["PATH_INFO"]) else LARGEST_UPLOAD)
    body = SpooledTemporaryFile(max_size=LARGEST_BODY)  # noqa: SIM115  (Django reads it)
    while bytes_left > 0 and (chunk := environ["wsgi.input"].read(min(CHUNK, bytes_left))):
        bytes_left -= body.write(chunk)
    environ |= {"CONTENT_LENGTH": str(body.tell()), "wsgi.input": body}
    body.seek(0)


def _is_too_large_for_any_call(environ: Environ) -> bool:
    """Whether any check, such as that of the key, refuses the call without waiting for the rest of its body."""
    return int(environ["CONTENT_LENGTH"]) > (LARGEST_BODY if is_api(environ["PATH_INFO"]) else LARGEST_UPLOAD)


class UnreadBody:
    """The rest of a body on a connection after the response."""

    def __init__(self, body: Any, connection: Any) -> None:
        self.body, self.connection = body, connection
        self.closes = False

    def close_connection(self) -> None:
        """Have gunicorn announce that it closes the connection, and close it."""
        self.closes = True
        if hasattr(self.body, "force_close"):  # gunicorn.conf.py adds it
            self.body.force_close()

    def read_after(self, response: Iterable[bytes]) -> Iterator[bytes]:
        """Send the response, then read the rest of the body."""
        try:
            yield from response
        finally:
            if hasattr(response, "close"):
                response.close()
        if self.connection is not None:
            self._read_off()

    def _read_off(self) -> None:
        # A connection that closes is read raw; on one that stays open, no byte of the next request may be read.
        read = self.connection.recv if self.closes else self.body.read
        bytes_left, deadline = LARGEST_BODY, monotonic() + READ_OFF_SECONDS
        with suppress(OSError):  # too slow, or gone; gunicorn closes what is not read to its end
            while bytes_left > 0 and (seconds := deadline - monotonic()) > 0:
                self.connection.settimeout(seconds)
                if not (chunk := read(min(CHUNK, bytes_left))):
                    break
                bytes_left -= len(chunk)
            self.connection.settimeout(None)
