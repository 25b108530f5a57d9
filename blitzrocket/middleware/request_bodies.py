"""Request bodies: which are too large, and reading them before Django is asked.

A body is read whole before that, so that a client that sends it slowly keeps neither a database connection nor one of
THREADS. gunicorn's worker does it by itself; `with_bodies` does it for other servers, where Content-Length and chunks
are all that is known.

One that is too large for its path is not read: Django answers by its Content-Length. After the response a part of it is
read and dropped, so that a client that is still sending sees the response, which announces that the connection closes.
"""

from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import Any

from django.urls import Resolver404, resolve

from blitzrocket.api.refusals import BODY_CUT_OFF, Refusal
from blitzrocket.limits import BODY_LIMIT, IN_MEMORY, LARGEST_BODY, LARGEST_UPLOAD
from blitzrocket.paths import is_api

CHUNK = 64 * 1024

Headers = list[tuple[str, str]]
Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


def largest_body(path: str) -> int:
    """How many bytes the body of a request for the path may have: those of the call's view, or of any upload."""
    if not is_api(path):
        return LARGEST_UPLOAD
    try:
        function = resolve(path).func
    except Resolver404:
        return LARGEST_BODY  # read, so that the connection stays open
    of_action: int | None = getattr(function, "initkwargs", {}).get("body_limit")
    of_view: int = getattr(getattr(function, "cls", None), "body_limit", LARGEST_BODY)
    return of_action or of_view


def with_limits(application: Application) -> Application:
    """Wrap a WSGI application: it is not asked about an upload that is larger than any may be."""

    def call(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if int(environ.get("CONTENT_LENGTH") or 0) > LARGEST_UPLOAD and not is_api(environ["PATH_INFO"]):
            megabytes = LARGEST_UPLOAD // 1024**2
            text = f"This is too large: send {megabytes} MB at most."
            return _refuse(start_response, "413 Request Entity Too Large", text)
        return application(environ, start_response)

    return call


def with_bodies(application: Application) -> Application:
    """Wrap a WSGI application: it gets bodies whole, chunked ones too, and none stays on the connection."""

    def call(environ: Environ, start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"]
        if "HTTP_TRANSFER_ENCODING" in environ:
            _read_chunked(environ)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length <= BODY_LIMIT or length <= largest_body(environ["PATH_INFO"]):
            if length and environ["wsgi.input"] is body and not _read_whole(environ, length):
                return _refuse_as_api(start_response, BODY_CUT_OFF)
            return application(environ, start_response)
        environ["wsgi.input"] = BytesIO()

        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            return start_response(status, [*headers, ("Connection", "close")], exc_info)

        return _read_off_after(application(environ, start), body)

    return call


def _read_whole(environ: Environ, length: int) -> bool:
    """Read a body; false where the client stopped before its end: half a form is not what was meant."""
    content = environ["wsgi.input"].read(length) if length <= BODY_LIMIT else None
    if content is not None:
        environ["wsgi.input"] = BytesIO(content)
        return len(content) == length
    return _read(environ, length) == length


def _read(environ: Environ, most: int) -> int:
    """Read a body, and count its bytes."""
    body = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  (Django reads it)
    bytes_left = most
    while bytes_left > 0 and (chunk := environ["wsgi.input"].read(min(CHUNK, bytes_left))):
        bytes_left -= body.write(chunk)
    environ["wsgi.input"] = body
    body.seek(0)
    return most - bytes_left


def _read_chunked(environ: Environ) -> None:
    """Read a chunked body, which Django takes for empty because it only knows Content-Length.

    At most one byte more than the limit is read, so that a view sees a body that is too large. Granian does not tell
    whether the last chunk has come: half a JSON document is refused by its reader, and no browser sends forms so.
    """
    environ["CONTENT_LENGTH"] = str(_read(environ, 1 + largest_body(environ["PATH_INFO"])))


def _refuse(start_response: Any, status: str, text: str) -> Iterable[bytes]:
    """Answer without Django, and close the connection where the server lets us."""
    headers = {"Content-Type": "text/plain", "Content-Length": str(len(text)), "Connection": "close"}
    start_response(status, [*headers.items()])
    return [text.encode()]


def _refuse_as_api(start_response: Any, refusal: Refusal) -> Iterable[bytes]:
    body, headers = refusal.answer()
    start_response(f"{refusal.status} {refusal.reason}", [*headers.items()])
    return [body]


def _read_off_after(response: Any, body: Any) -> Iterator[bytes]:
    """Send the response, then read a part of the body; `slow_connections` ends a client that stops."""
    try:
        yield from response
    finally:
        if hasattr(response, "close"):
            response.close()
    bytes_left = LARGEST_BODY
    while bytes_left > 0 and (chunk := body.read(min(CHUNK, bytes_left))):
        bytes_left -= len(chunk)
