"""A limit of requests at work: slow clients keep threads of the web server, which are many, but not of these.

Neither do they keep a database connection, of which there are as many as turns.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from queue import SimpleQueue
from typing import Any

from django.http import FileResponse

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


def with_limit(application: Application, most: int) -> Application:
    """Wrap a WSGI application: at most so many threads are in it, the rest wait for their turn.

    A response is made whole before it is sent, so that its turn ends before a slow client reads it. Only a stream of
    rows keeps its turn to its end. A file needs none. The body has come before.
    """
    turns = Turns(most)

    def call(environ: Environ, start_response: Any) -> Iterable[bytes]:
        turns.acquire()
        streams = False
        try:
            response = application(environ, start_response)
            if isinstance(response, list) or is_file(environ, response):
                return response
            streams = getattr(response, "streaming", False)
            return Stream(response, turns) if streams else read_all(response)
        finally:
            if not streams:
                turns.release()

    return call


class Turns:
    """A semaphore that waits in C; that of `threading` is written in Python, and takes as long as reading an order."""

    def __init__(self, count: int) -> None:
        self._free: SimpleQueue[None] = SimpleQueue()
        self.acquire, self.release = self._free.get, partial(self._free.put, None)
        for _ in range(count):
            self.release()


def is_file(environ: Environ, response: Iterable[bytes]) -> bool:
    wrapper = environ.get("wsgi.file_wrapper")
    return isinstance(response, FileResponse) or (wrapper is not None and isinstance(response, wrapper))


def read_all(response: Any) -> list[bytes]:
    try:
        return [*response]
    finally:
        response.close()


class Stream:
    """A streamed response, whose turn ends when it is closed."""

    def __init__(self, response: Any, turns: Turns) -> None:
        self.response, self.turns = response, turns

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.response)

    def close(self) -> None:
        try:
            self.response.close()
        finally:
            self.turns.release()
