"""Request bodies between the web server and Django: small and chunked bodies, and bodies that a view did not read.

A body that any call may have is read before Django is asked, so that a client that sends it slowly keeps neither a
database connection nor one of THREADS.

After the response the rest of a body is read and dropped: a client that is still sending sees the response, and may
reuse the connection. Only a body that is too large closes it, which the response announces.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from io import BytesIO
from tempfile import SpooledTemporaryFile
from time import monotonic
from typing import Any

from blitzrocket.limits import BODY_LIMIT, LARGEST_BODY, LARGEST_UPLOAD, READ_OFF_SECONDS
from blitzrocket.paths import is_api

CHUNK = 64 * 1024

Headers = list[tuple[str, str]]
Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


def with_bodies(application: Application) -> Application:
    """Wrap a WSGI application: it gets chunked bodies too, and no body stays on the connection."""

    def call(environ: Environ, start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"]
        if "HTTP_TRANSFER_ENCODING" in environ:
            _read_chunked(environ)
        elif (length := int(environ.get("CONTENT_LENGTH") or 0)) <= BODY_LIMIT:
            if length and not _read_whole(environ, length):
                return _refuse(start_response, "400 Bad Request", "The body is shorter than its Content-Length.")
            return application(environ, start_response)
        unread_body = UnreadBody(body, environ.get("gunicorn.socket"))

        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            if status.startswith("413") or _is_too_large_for_any_call(environ):
                unread_body.close_connection(headers)
            return start_response(status, headers, exc_info)

        return unread_body.read_after(application(environ, start))

    return call


def _read_whole(environ: Environ, length: int) -> bool:
    """Read a body; false where the client stopped before its end: half a form is not what was meant."""
    content = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = BytesIO(content)
    return len(content) == length


def _refuse(start_response: Any, status: str, text: str) -> Iterable[bytes]:
    """Answer without Django, and close the connection where the server lets us."""
    headers = {"Content-Type": "text/plain", "Content-Length": str(len(text)), "Connection": "close"}
    start_response(status, [*headers.items()])
    return [text.encode()]


def _read_chunked(environ: Environ) -> None:
    """Read a chunked body, which Django takes for empty because it only knows Content-Length.

    At most one byte more than the limit is read, so that a view sees a body that is too large. Granian does not tell
    whether the last chunk has come: half a JSON document is refused by its reader, and no browser sends forms so.
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

    def close_connection(self, headers: Headers) -> None:
        """Have the server announce that it closes the connection, and close it."""
        self.closes = True
        if self.connection is None:
            headers.append(("Connection", "close"))  # granian does what the header says
        else:
            self.body.force_close()  # gunicorn.conf.py adds it

    def read_after(self, response: Iterable[bytes]) -> Iterator[bytes]:
        """Send the response, then read the rest of the body."""
        try:
            yield from response
        finally:
            if hasattr(response, "close"):
                response.close()
        if self.connection is None:
            self._read_off_from_granian()
        else:
            self._read_off()

    def _read_off_from_granian(self) -> None:
        """As for gunicorn, but without its deadline: granian's body has none. A client that stops keeps this thread."""
        bytes_left = LARGEST_BODY
        while bytes_left > 0 and (chunk := self.body.read(min(CHUNK, bytes_left))):
            bytes_left -= len(chunk)

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
