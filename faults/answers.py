"""Calls of the API and what came back: the status, how long it took, and what is wrong with the answer."""

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from threading import Lock
from typing import Any

from bench.orders import Target

GIVE_UP_SECONDS = 40.0
NO_ANSWER = 0
BATCH = "/purchases/batch"  # waits half a minute for others, so for a server that hangs as well
OK = (200, 201)
UNAVAILABLE = 503
ENVELOPE = {"success", "error", "message", "code", "requestId"}


@dataclass
class Answers:
    """The answers of all clients, counted. A batch may take longer than others, so ``longest`` leaves batches out."""

    statuses: Counter[int] = field(default_factory=Counter)
    longest: float = 0
    problems: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def add(self, status: int, seconds: float, problem: str, *, is_batch: bool = False) -> None:
        with self._lock:
            self.statuses[status] += 1
            self.longest = max(self.longest, 0 if is_batch else seconds)
            if problem:
                self.problems[problem] += 1


class Caller:
    """A client with a kept-alive connection to one of the web servers; after a broken one it goes to the next."""

    def __init__(self, ports: list[int], first: int, target: Target, answers: Answers) -> None:
        self._ports, self._place, self._target, self._answers = ports, first, target, answers
        self._connection: HTTPConnection | None = None

    def call(self, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        """POST below the contest: the status, 0 without an answer, and the data or the error."""
        started = time.monotonic()
        try:
            status, answer, problem = self._post(path, body)
        except (OSError, HTTPException) as error:
            hung = isinstance(error, TimeoutError)
            status, answer, problem = NO_ANSWER, {}, f"no answer in {GIVE_UP_SECONDS:.0f} s" if hung else ""
            self.close()
            self._place += 1
        self._answers.add(status, time.monotonic() - started, problem, is_batch=path == BATCH)
        return status, answer

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def connect(self) -> None:
        """Open the connection, which a call would do by itself."""
        self._connected()

    def _connected(self) -> HTTPConnection:
        if self._connection is None:
            port = self._ports[self._place % len(self._ports)]
            self._connection = HTTPConnection("127.0.0.1", port, timeout=GIVE_UP_SECONDS)
            self._connection.connect()
        return self._connection

    def _post(self, path: str, body: Any) -> tuple[int, dict[str, Any], str]:
        connection = self._connected()
        headers = {"x-api-key": self._target.key, "Content-Type": "application/json"}
        connection.request("POST", f"/api/v1/contests/{self._target.contest_id}{path}", json.dumps(body), headers)
        response = connection.getresponse()
        content = response.read()
        try:
            answer = json.loads(content)
        except ValueError:
            return response.status, {}, f"{response.status} without JSON: {content[:60]!r}"
        return response.status, *read(response.status, answer, response.headers.get("Retry-After"))


def read(status: int, answer: Any, retry_after: str | None) -> tuple[dict[str, Any], str]:
    """An answer's data or error, and what is wrong with it."""
    if status in OK:
        data = answer.get("data") if answer.get("success") is True else None
        return (data, "") if isinstance(data, dict) else ({}, f"{status} without data")
    if not answer.keys() >= ENVELOPE or answer["success"] is not False:
        return {}, f"{status} without the error's fields"
    if status == UNAVAILABLE and not (retry_after or "").isdigit():
        return {}, "503 without Retry-After"
    return dict(answer), ""
