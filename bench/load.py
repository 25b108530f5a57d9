"""The load generator: a process that sends prepared requests over kept-alive connections and keeps every answer.

It shares the cores with what it measures, so it does little for each request: one send, one receive, a look at the
status line. Requests are put together before the clock starts and answers are read after it has stopped, here or by
the caller. The plan comes as JSON on standard input; the result goes as JSON to standard output.
"""

import base64
import hmac
import json
import select
import socket
import struct
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any, NamedTuple

SILENCE_SECONDS = 30
RECEIVED_AT_ONCE = 1 << 18
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length:"


class LoadError(Exception):
    """An answer that was not expected, or none."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to send, by how many clients and for how long.

    A request is that of its number's place in ``requests``, two parts with the number between them; a batch has more
    parts, with consecutive numbers. Numbers count from ``first``, and start again after ``distinct`` of them. With a
    ``secret`` a request is a delivery of Shopify, which has the same number in each place, and is signed.
    """

    ports: list[int]  # of the loopback; clients take them in turn
    clients: int
    warm_up: float  # seconds before what counts
    seconds: float
    most: int  # requests
    status: int
    requests: list[list[str]]
    first: int = 0
    distinct: int = 0  # 0: never again
    secret: str = ""

    def encoded(self) -> list[list[bytes]]:
        return [[part.encode() for part in parts] for parts in self.requests]


class Answer(NamedTuple):
    """An answer as received, with the number of its request and both times."""

    number: int
    sent_at: float
    at: float
    received: bytes


class Client:
    """A kept-alive connection with at most one request on its way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The kernel's own timeouts: Python's would cost a further system call for each send and receive.
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            self.socket.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", SILENCE_SECONDS, 0))
        self.number, self.sent_at = 0, 0.0
        self._received = b""

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.close()

    def send(self, number: int, request: bytes) -> None:
        self.number, self.sent_at = number, time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """The answer, once all of it is there.

        Raises:
            LoadError: the server has closed the connection.
        """
        data = self.socket.recv(RECEIVED_AT_ONCE)
        if not data:
            raise LoadError(f"The server closed the connection after {self._received[:2000]!r}.")
        self._received += data
        if not is_whole(self._received):
            return None
        answer, self._received = self._received, b""
        return answer


def is_whole(received: bytes) -> bool:
    """Whether an answer is there from its first byte to its last.

    Raises:
        LoadError: its head does not say how long it is.
    """
    end = received.find(_END_OF_HEAD)
    if end < 0:
        return False
    head = received[:end].lower()
    start = head.find(_LENGTH)
    if start < 0:
        raise LoadError(f"An answer without Content-Length: {received[:2000]!r}")
    length = int(head[start + len(_LENGTH) :].split(b"\r\n", 1)[0])
    return len(received) >= end + len(_END_OF_HEAD) + length


class Load:
    """A run of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.requests = plan.encoded()
        self.numbers_in_one = 1 if plan.secret else len(self.requests[0]) - 1
        self.answers: list[Answer] = []
        self._expected = f"HTTP/1.1 {plan.status}".encode()
        self._started = 0  # requests

    def run(self) -> None:
        """Send requests until the time is over, and wait for the last answers.

        Raises:
            LoadError: an answer with another status, a closed connection, or silence.
        """
        with ExitStack() as stack:
            ports = islice(cycle(self.plan.ports), self.plan.clients)
            clients = [stack.enter_context(Client(port)) for port in ports]
            self.cpu, self.began_at = time.process_time(), time.perf_counter()
            self._exchange(clients)
            self.cpu = time.process_time() - self.cpu

    def _exchange(self, clients: list[Client]) -> None:
        by_fd = {client.socket.fileno(): client for client in clients}
        stop_at = self.began_at + self.plan.warm_up + self.plan.seconds
        with select.epoll() as poll:
            for fd in by_fd:
                poll.register(fd, select.EPOLLIN)
            waiting = sum(self._send(client) for client in clients)
            while waiting:
                events = poll.poll(SILENCE_SECONDS)
                if not events:
                    raise LoadError(f"No answer within {SILENCE_SECONDS} seconds.")
                for fd, _ in events:
                    client = by_fd[fd]
                    if (received := client.receive()) is None:
                        continue
                    now = time.perf_counter()
                    self._keep(Answer(client.number, client.sent_at, now, received))
                    if now >= stop_at or not self._send(client):
                        waiting -= 1

    def _keep(self, answer: Answer) -> None:
        if not answer.received.startswith(self._expected):
            raise LoadError(f"Not {self.plan.status}: {answer.received.decode(errors='replace')}")
        self.answers.append(answer)

    def _send(self, client: Client) -> bool:
        """Send the next request; False where there is none."""
        if self._started >= self.plan.most:
            return False
        number = self.plan.first + self._started * self.numbers_in_one
        if self.plan.distinct:
            number = self.plan.first + self._started % self.plan.distinct
        parts = self.requests[self._started % len(self.requests)]
        pieces = [parts[0]]
        for place, part in enumerate(parts[1:]):
            pieces += b"%08d" % (number + place % self.numbers_in_one), part
        request = b"".join(pieces)
        client.send(number, signed(request, self.plan.secret) if self.plan.secret else request)
        self._started += 1
        return True

    def counted(self) -> list[Answer]:
        """The requests that were answered in the seconds that count."""
        since = self.began_at + self.plan.warm_up
        if self._started >= self.plan.most:
            return self.answers  # the count was to end it, not the time
        return [answer for answer in self.answers if since <= answer.at < since + self.plan.seconds]

    def result(self) -> dict[str, Any]:
        """The figures, and every answer."""
        counted = self.counted()
        is_ended_by_time = self._started < self.plan.most
        took = self.plan.seconds if is_ended_by_time else self.answers[-1].at - self.began_at
        latencies = sorted(answer.at - answer.sent_at for answer in counted)
        return {
            "requests": len(self.answers),
            "rate": len(counted) * self.numbers_in_one / took,
            "p50": quantile(latencies, 0.5),
            "p99": quantile(latencies, 0.99),
            "cpu": self.cpu,
            "answers": [[answer.number, body_of(answer.received)] for answer in self.answers],
        }


def signed(request: bytes, secret: str) -> bytes:
    """The request with the signature that Shopify gives its body."""
    head, end, body = request.partition(_END_OF_HEAD)
    signature = base64.b64encode(hmac.digest(secret.encode(), body, "sha256"))
    return b"%s\r\nX-Shopify-Hmac-SHA256: %s%s%s" % (head, signature, end, body)


def body_of(answer: bytes) -> str:
    return answer.partition(_END_OF_HEAD)[2].decode()


def quantile(latencies: list[float], part: float) -> float:
    """The latency that this part of the requests does not exceed; of sorted ones, 0 of none."""
    return latencies[min(len(latencies) - 1, int(len(latencies) * part))] if latencies else 0.0


def main() -> None:
    load = Load(Plan(**json.load(sys.stdin)))
    try:
        load.run()
    except (LoadError, OSError) as error:
        sys.exit(str(error))
    json.dump(load.result(), sys.stdout)


if __name__ == "__main__":
    main()
