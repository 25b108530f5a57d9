"""Requests as they come in, read without waiting. gunicorn's parser decides what a request is and what it refuses."""

from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.parse import unquote

from django.urls import Resolver404, resolve
from gunicorn.http.body import ChunkedReader
from gunicorn.http.errors import ChunkMissingTerminator, InvalidChunkSize, LimitRequestHeaders
from gunicorn.http.message import Request
from gunicorn.http.unreader import Unreader

from blitzrocket.limits import BODY_LIMIT, IN_MEMORY, LARGEST_HEAD
from blitzrocket.middleware.request_bodies import largest_body
from blitzrocket.paths import is_api

MAX_REMEMBERED_PATHS = 500
LINE_END = b"\r\n"
HEAD_END = b"\r\n\r\n"


class IncompleteError(Exception):
    """gunicorn's parser needs bytes that have not come yet."""


class Received(Unreader):
    """Gives gunicorn's parser what has come."""

    def __init__(self, take: Callable[[], bytes]) -> None:
        super().__init__()
        self._take: Callable[[], bytes] | None = take

    def chunk(self, size_hint: int | None = None) -> bytes:
        take, self._take = self._take, None
        if take is None or not (received := take()):
            raise IncompleteError
        return received


def read_head(received: bytearray, config: Any, client: Any, number: int) -> Any:
    """The request whose head has come, taken from what was received; None where it has not come whole.

    Raises:
        Exception: one of gunicorn's parser.
    """
    is_whole = HEAD_END in received
    if not is_whole and len(received) <= LARGEST_HEAD and received.count(b"\n") == received.count(LINE_END):
        return None
    source = Received(lambda: bytes(received))
    try:
        request = Request(config, source, client, number)
    except IncompleteError:
        if len(received) <= LARGEST_HEAD:
            return None
        raise LimitRequestHeaders("The request's head is too large.") from None
    received[:] = source.take_buffered()
    return request


class Body:
    """The body of a request: `file` has what has come of it."""

    size = 0

    def __init__(self, most: int) -> None:
        self.most = most
        self.file: IO[bytes] = BytesIO()

    @property
    def is_too_large(self) -> bool:
        raise NotImplementedError

    def take(self, received: bytearray) -> bool:
        """Take what has come; true when the body is whole.

        Raises:
            Exception: one of gunicorn's parser.
        """
        raise NotImplementedError

    def _move(self, received: bytearray, most: int) -> int:
        """Move so many bytes at most, and count them."""
        piece = bytes(received[:most])
        if self.size + len(piece) > IN_MEMORY and isinstance(self.file, BytesIO):
            content = self.file.getvalue()
            self.file = TemporaryFile()  # noqa: SIM115  (closed after the answer)
            self.file.write(content)
        self.file.write(piece)
        del received[:most]
        self.size += len(piece)
        return len(piece)


class SizedBody(Body):
    """One with a Content-Length. Nothing is taken of one that is too large."""

    def __init__(self, length: int, most: int) -> None:
        super().__init__(most)
        self.length = length

    @property
    def is_too_large(self) -> bool:
        return self.length > self.most

    def take(self, received: bytearray) -> bool:
        if self.size < self.length and received:
            self._move(received, self.length - self.size)
        return self.size == self.length


class ChunkedBody(Body):
    """One in chunks. A byte more than the limit is taken, so that a view sees that it is too large."""

    def __init__(self, reader: ChunkedReader, most: int) -> None:
        super().__init__(most)
        self._reader = reader
        self._missing = 0  # of the chunk
        self._is_in_chunk = False

    @property
    def is_too_large(self) -> bool:
        return self.size > self.most

    def take(self, received: bytearray) -> bool:
        while not self.is_too_large:
            if self._is_in_chunk and not self._take_chunk(received):
                return False
            if not self.is_too_large and not self._is_in_chunk:
                size = self._next_size(received)
                if not size:
                    return size == 0
                self._missing, self._is_in_chunk = size, True
        return False

    def _take_chunk(self, received: bytearray) -> bool:
        """Take what has come of a chunk; true when its end has come, or the body is too large."""
        self._missing -= self._move(received, min(self._missing, self.most + 1 - self.size))
        if self.is_too_large:
            return True
        if self._missing or len(received) < len(LINE_END):
            return False
        if not received.startswith(LINE_END):
            raise ChunkMissingTerminator(bytes(received[:2]))
        del received[:2]
        self._is_in_chunk = False
        return True

    def _next_size(self, received: bytearray) -> int | None:
        """The size of the next chunk, 0 when trailers too have come, None when it has not come yet."""
        end = received.find(LINE_END) + len(LINE_END)
        if end < len(LINE_END):
            if len(received) > self._reader.limit_chunk_size_line:
                raise InvalidChunkSize(b"a line without end")
            return None
        source = Received(lambda: bytes(received[end:]))
        try:
            size: int = self._reader.parse_chunk_size(source, data=bytes(received[:end]))[0]
        except IncompleteError:  # the trailers after the last chunk
            return None
        if size:
            del received[:end]
        else:
            received[:] = source.take_buffered()
        return size


@lru_cache(MAX_REMEMBERED_PATHS)
def takes_turns(method: str, path: str) -> bool:
    """Whether a request runs in turn with others in one thread: its view or its action says so."""
    path = unquote(path)
    if not is_api(path):
        return False
    try:
        view = resolve(path).func
    except Resolver404:
        return False
    action = getattr(view, "actions", {}).get(method.lower())
    return getattr(view, "takes_turns", False) or action in getattr(getattr(view, "cls", None), "takes_turns", ())


def body_of(request: Any) -> Body:
    """The body that a request's head announces, of at most as many bytes as its path allows."""
    reader = request.body.reader
    if isinstance(reader, ChunkedReader):
        return ChunkedBody(reader, largest_body(unquote(request.path)))
    length: int = reader.length
    return SizedBody(length, BODY_LIMIT if length <= BODY_LIMIT else largest_body(unquote(request.path)))
