"""A client with one kept-alive connection, which sends a request and waits for all of its answer."""

import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import NamedTuple

from bench.report import BenchError

SILENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Request:
    """A request, and the status that its answer must have."""

    method: str
    path: str
    headers: dict[str, str]
    status: int
    body: str | None = None


class Answer(NamedTuple):
    seconds: float
    body: bytes


class Client:
    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=SILENCE_SECONDS)

    def send(self, request: Request) -> Answer:
        """The answer, and the seconds until all of it was there.

        Raises:
            BenchError: another status, or none.
        """
        started_at = time.perf_counter()
        try:
            self._connection.request(request.method, request.path, request.body, request.headers)
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, HTTPException) as error:
            raise BenchError(f"{request.method} {request.path}: {error!r}") from error
        seconds = time.perf_counter() - started_at
        if response.status != request.status:
            raise BenchError(f"{request.method} {request.path}: {response.status}, {body[:2000]!r}")
        return Answer(seconds, body)
