"""Bodies of requests, between gunicorn and Django.

After the answer, what nobody has read of a body is read off: a client that is still sending sees the answer, and may
use the connection again. Only a body that is too large closes it, which the answer announces.
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
    """Give Django chunked bodies too, and leave nothing of any body on the connection."""

    def call(environ: Environ, start_response: Any) -> Iterable[bytes]:
        received = environ["wsgi.input"]
        if "HTTP_TRANSFER_ENCODING" in environ:
            _read_chunked(environ)
        elif environ.get("CONTENT_LENGTH", "0") in {"", "0"}:
            return application(environ, start_response)
        leftover = Leftover(received, environ.get("gunicorn.socket"))

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            if status.startswith("413") or _is_too_large_for_any_call(environ):
                leftover.close_connection()
            return start_response(status, headers, exc_info)

        return leftover.after(application(environ, start))

    return call


def _read_chunked(environ: Environ) -> None:
    """Read a chunked body, which Django takes for empty because it goes by Content-Length.

    Of one that is too large a byte too much is read, so that it is seen to be.
    """
    most = 1 + (LARGEST_BODY if is_api(environ["PATH_INFO"]) else LARGEST_UPLOAD)
    body = SpooledTemporaryFile(max_size=LARGEST_BODY)  # noqa: SIM115  (Django reads it)
    while most > 0 and (chunk := environ["wsgi.input"].read(min(CHUNK, most))):
        most -= body.write(chunk)
    environ |= {"CONTENT_LENGTH": str(body.tell()), "wsgi.input": body}
    body.seek(0)


def _is_too_large_for_any_call(environ: Environ) -> bool:
    """It is refused by whatever comes first, a missing key for example, and its rest is not waited for."""
    return int(environ["CONTENT_LENGTH"]) > (LARGEST_BODY if is_api(environ["PATH_INFO"]) else LARGEST_UPLOAD)


class Leftover:
    """What is left of a body on a connection when the answer has been sent."""

    def __init__(self, body: Any, connection: Any) -> None:
        self.body, self.connection = body, connection
        self.closes = False

    def close_connection(self) -> None:
        """Have gunicorn announce that it closes the connection, and close it."""
        self.closes = True
        if hasattr(self.body, "force_close"):  # gunicorn.conf.py adds it
            self.body.force_close()

    def after(self, answer: Iterable[bytes]) -> Iterator[bytes]:
        """The answer; then the rest of the body is read off."""
        try:
            yield from answer
        finally:
            if hasattr(answer, "close"):
                answer.close()
        if self.connection is not None:
            self._read_off()

    def _read_off(self) -> None:
        # A connection that is to be closed is read as it comes; of another one, no byte of the next request.
        read = self.connection.recv if self.closes else self.body.read
        left, deadline = LARGEST_BODY, monotonic() + READ_OFF_SECONDS
        with suppress(OSError):  # too slow, or gone; gunicorn closes what is not read to its end
            while left > 0 and (seconds := deadline - monotonic()) > 0:
                self.connection.settimeout(seconds)
                if not (piece := read(min(CHUNK, left))):
                    break
                left -= len(piece)
            self.connection.settimeout(None)
