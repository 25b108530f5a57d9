"""gunicorn's worker class on connections of its own: what is a request, and what slow clients keep."""

import os
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http.wsgi import FileWrapper

from blitzrocket import limits
from blitzrocket.gunicorn_server.connection import Connection, State
from blitzrocket.gunicorn_server.logger import EventLogger
from blitzrocket.gunicorn_server.outbox import Outbox, TooSlowError
from blitzrocket.gunicorn_server.requests import takes_turns
from blitzrocket.gunicorn_server.worker import Worker
from blitzrocket.limits import IDLE_SECONDS, LARGEST_HEAD, LARGEST_UPLOAD, SLOW_SECONDS
from tests.support import wait_for

THREADS = 2
LARGE = b"x" * (8 * 1024 * 1024)  # more than the kernel takes at once
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
CLOSE = b"Connection: close\r\n"


class Rows:
    """A stream of rows, as an export has it."""

    streaming = True

    def __init__(self) -> None:
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield from [b"a", b"", b"b" * 40_000, b"c"]

    def close(self) -> None:
        self.is_closed = True


ROWS: list[Rows] = []


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """Answers with what it was asked: method, path, body."""
    path = environ["PATH_INFO"]
    if path == "/error":
        raise ValueError
    if path == "/rows":
        ROWS.append(Rows())
        start_response("200 OK", [])
        return ROWS[-1]
    if path == "/file":
        file = Path(__file__).open("rb")  # noqa: SIM115  (closed by the wrapper)
        start_response("200 OK", [("Content-Length", str(Path(__file__).stat().st_size))])
        return FileWrapper(file)
    content = environ["wsgi.input"].read()
    answer = LARGE if path == "/large" else f"{environ['REQUEST_METHOD']} {path} ".encode() + content
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]


class PlainLogger(EventLogger):
    error_fmt = "%(message)s"


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    config = Config()
    config.set("threads", THREADS)
    config.set("worker_connections", 100)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        worker = Worker(1, os.getppid(), [listener], None, 30, config, PlainLogger(config))
        worker.wsgi = application
        worker.set_up()
        worker.start_threads()
        yield worker


@pytest.fixture
def connect(worker: Worker) -> Iterator[Callable[[], tuple[socket.socket, Connection]]]:
    """Connects a client, and gives the worker's side too."""
    clients = []

    def connect() -> tuple[socket.socket, Connection]:
        before = {*worker.connections}
        client = socket.create_connection(worker.sockets[0].getsockname(), timeout=10)
        clients.append(client)
        worker.accept(worker.sockets[0].fileno())
        (number,) = {*worker.connections} - before
        return client, worker.connections[number]

    yield connect
    for client in clients:
        client.close()
    for connection in [*worker.connections.values()]:
        with connection.lock:
            connection.close()


Connect = Callable[[], tuple[socket.socket, Connection]]


def read(client: socket.socket) -> str:
    """What comes until the connection closes."""
    received = b""
    with suppress(ConnectionResetError):
        while piece := client.recv(65536):
            received += piece
    return received.decode("latin-1")


def answers(text: str) -> list[str]:
    """Status and body of each answer of a connection."""
    responses = []
    while text:
        head, _, text = text.partition("\r\n\r\n")
        length = next((int(line[15:]) for line in head.split("\r\n") if line.startswith("Content-Length:")), 0)
        responses.append(f"{head[9:12]} {text[:length]}")
        text = text[length:]
    return responses


REQUESTS = {
    "two at once": (GET + GET.replace(b"Host: a\r\n", b"Host: a\r\n" + CLOSE), ["200 GET / ", "200 GET / "]),
    "a body": (
        b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" + GET.replace(b"Host", CLOSE + b"Host"),
        ["200 POST /a abc", "200 GET / "],
    ),
    "chunks": (
        b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        b'3\r\nabc\r\n0a;x="y"\r\n0123456789\r\n0\r\n\r\n' + GET.replace(b"Host", CLOSE + b"Host"),
        ["200 POST /a abc0123456789", "200 GET / "],
    ),
    "chunks with trailers": (
        b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-A: b\r\nX-C: d\r\n\r\n"
        + GET.replace(b"Host", CLOSE + b"Host"),
        ["200 POST /a a", "200 GET / "],
    ),
    "a request in a body": (
        b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n" % len(GET) + CLOSE + b"\r\n" + GET,
        ["200 POST /a " + GET.decode()],
    ),
    "a call again and again": (
        b"".join(
            b"POST /api/v1/contests/a/purchases HTTP/1.1\r\nHost: a\r\n" + fields + b"Content-Length: 2\r\n\r\n" + body
            for fields, body in [(b"", b"{}"), (b"", b"[]"), (b"", b"ab"), (CLOSE, b"cd")]
        ),
        [f"200 POST /api/v1/contests/a/purchases {body}" for body in ("{}", "[]", "ab", "cd")],
    ),
    "HTTP/1.0": (b"GET /old HTTP/1.0\r\n\r\n" + GET, ["200 GET /old "]),
    "HTTP/1.0 that stays": (
        b"GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /old HTTP/1.0\r\n\r\n",
        ["200 GET /old ", "200 GET /old "],
    ),
    "an error": (b"GET /error HTTP/1.1\r\nHost: a\r\n\r\n" + GET, ["500 "]),
}


@pytest.mark.parametrize("bytewise", [False, True])
@pytest.mark.parametrize("name", REQUESTS)
def test_requests_come_in_any_pieces(connect: Connect, name: str, bytewise: bool) -> None:
    content, expected = REQUESTS[name]
    client, _ = connect()
    with suppress(ConnectionError):
        for piece in [content[i : i + 1] for i in range(len(content))] if bytewise else [content]:
            client.sendall(piece)
    responses = answers(read(client))
    assert [answer[:4] if answer.startswith("500") else answer for answer in responses] == expected


POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n" + GET, "400"),
        (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + GET, "400"),
        (POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde" + GET, "400"),
        (POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", "400"),
        (POST + b"Transfer-Encoding: identity\r\n\r\n", "400"),
        (POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "400"),
        (POST.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
        (CHUNKED + b"\r\n0x3\r\nabc\r\n0\r\n\r\n", "400"),
        (CHUNKED + b"\r\n-1\r\nabc\r\n0\r\n\r\n", "400"),
        (CHUNKED + b"\r\n3 \r\nabc\r\n0\r\n\r\n", "400"),
        (CHUNKED + b"\r\n3\r\nabcd\r\n0\r\n\r\n", "400"),
        (CHUNKED + b"\r\n3\nabc\r\n0\r\n\r\n", "400"),
        (CHUNKED + b"\r\n" + b"1" * 9000, "400"),
        (CHUNKED + b"\r\n0\r\nContent-Length: 3\r\n\r\n" + GET, "400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n", "400"),
        (b"GET / HTTP/1.1\nHost: a\n\n", "400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", "414"),
        (b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 101 + b"\r\n", "431"),
        (b"GET / HTTP/1.1\r\nX-A: " + b"b" * 9000 + b"\r\n\r\n", "431"),
        (b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 9000, "431"),
        (b"GET / HTTP/1.1\r\nX-A: " + b"b" * (LARGEST_HEAD + 1), "431"),
        (POST + b"Expect: 200-ok\r\n\r\n", "417"),
    ],
)
def test_an_unclear_request_is_refused_and_nothing_behind_it_answered(
    connect: Connect, content: bytes, status: str
) -> None:
    client, _ = connect()
    client.sendall(content)
    answer = read(client)
    assert answer[9:12] == status
    assert answer.count("HTTP/1.1 ") == 1
    assert "Connection: close" in answer


def test_a_client_may_wait_for_100_continue(connect: Connect) -> None:
    client, _ = connect()
    client.sendall(POST + CLOSE + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
    assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.sendall(b"abc")
    assert answers(read(client)) == ["200 POST / abc"]


def test_a_body_that_is_too_large_is_not_asked_for(connect: Connect) -> None:
    client, connection = connect()
    client.sendall(POST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % (LARGEST_UPLOAD + 1))
    answer = client.recv(1000).decode()
    assert answer.startswith("HTTP/1.1 200 ")
    assert "Connection: close" in answer
    assert connection.deadline < monotonic() + limits.READ_OFF_SECONDS + 1
    client.sendall(b"x" * limits.LARGEST_BODY)
    assert read(client) == ""


def test_a_body_that_ends_early_is_no_request(connect: Connect) -> None:
    client, _ = connect()
    client.sendall(POST + b"Content-Length: 10\r\n\r\nabc")
    client.shutdown(socket.SHUT_WR)
    assert answers(read(client))[0].startswith("400 ")


def test_a_client_that_sends_no_more_is_answered(connect: Connect) -> None:
    client, _ = connect()
    client.sendall(GET + GET)
    client.shutdown(socket.SHUT_WR)
    assert answers(read(client)) == ["200 GET / "] * 2


@pytest.mark.parametrize("sent", [b"", GET[:-5], POST + b"Content-Length: 9\r\n\r\na", CHUNKED + b"\r\n1\r\na\r\n"])
def test_a_slow_request_ends_after_its_time(worker: Worker, connect: Connect, sent: bytes) -> None:
    """Bytes now and then give it no more."""
    client, connection = connect()
    client.sendall(sent)
    wait_for(lambda: not sent or connection.state is State.READING, "the first bytes")
    for piece in (b"1", b"\r", b"\n") if sent.startswith(CHUNKED) else (b"a",) * min(3, len(sent)):
        client.sendall(piece)
    assert connection.deadline <= connection.since + SLOW_SECONDS + 1
    connection.deadline = 0
    worker.close_late_connections()
    assert read(client)[:12] == ("HTTP/1.1 408" if sent else "")


def test_an_answered_connection_stays_open_for_a_while(connect: Connect) -> None:
    client, connection = connect()
    client.sendall(GET)
    client.recv(1000)
    wait_for(lambda: connection.state is State.IDLE, "the end of the call")
    assert IDLE_SECONDS - 10 < connection.deadline - monotonic() <= IDLE_SECONDS


def test_slow_readers_keep_no_thread(worker: Worker, connect: Connect) -> None:
    slow = [connect() for _ in range(3 * THREADS)]
    for client, connection in slow:
        client.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n" + GET)
        wait_for(lambda connection=connection: connection.state is State.SENDING, "a full socket")
    client, _ = connect()
    client.sendall(GET)
    assert answers(client.recv(1000).decode()) == ["200 GET / "]
    reader, connection = slow[0]
    reader.shutdown(socket.SHUT_WR)
    assert [answer[:4] for answer in answers(read(reader))] == ["200 "] * 2
    reader, connection = slow[1]
    assert connection.deadline < monotonic() + SLOW_SECONDS + len(LARGE) / limits.SLOWEST_RATE
    connection.deadline = 0
    worker.close_late_connections()
    assert connection.state is State.CLOSED
    assert len(read(reader)) < len(LARGE)


def test_rows_and_files(connect: Connect) -> None:
    for path in (b"/rows", b"/file"):
        client, _ = connect()
        client.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: a\r\n" + CLOSE + b"\r\n")
        answer = read(client).partition("\r\n\r\n")[2]
        expected = "9C40\r\n" + "b" * 40_000 + "\r\n" if path == b"/rows" else Path(__file__).read_text("latin-1")
        assert expected in answer
    assert ROWS[-1].is_closed


def test_who_reads_rows_too_slowly_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SLOW_SECONDS", 0.05)
    server, clients = socket.socketpair()
    with server, clients:
        server.settimeout(0)
        outbox = Outbox(server)
        outbox.sendall(LARGE)
        with pytest.raises(TooSlowError):
            outbox.send_patiently()
        assert select.select([clients], [], [], 0)[0]


@pytest.mark.parametrize(
    ("workers", "connections", "expected"),
    [
        (1, 10, [64, 0]),
        (2, 0, [1, 0]),
        (2, 5, [1, 0.0005]),
        (2, 19, [1, 0.0019]),
        (2, 20, [64, 0.002]),
        (3, 900, [64, 0.002]),
    ],
)
def test_a_process_with_fewer_connections_accepts_first(
    monkeypatch: pytest.MonkeyPatch, workers: int, connections: int, expected: list[float]
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("blitzrocket.gunicorn_server.worker.sleep", waited.append)
    config = Config()
    config.set("workers", workers)
    worker = Worker(1, os.getppid(), [], None, 30, config, PlainLogger(config))
    worker.connections = dict.fromkeys(range(connections))  # type: ignore[assignment]
    assert [worker.step_back(), pytest.approx(sum(waited))] == expected


def test_an_unused_connection_makes_room(worker: Worker, connect: Connect) -> None:
    client, _ = connect()
    busy, connection = connect()
    busy.sendall(GET[:5])
    wait_for(lambda: connection.state is State.READING, "the first bytes")
    assert worker.close_unused()
    assert read(client) == ""
    assert not worker.close_unused()
    assert connection.state is State.READING


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/api/v1/contests/contest_1/purchases", True),
        ("POST", "/api/v1/contests/contest%5F1/purchases", True),
        ("POST", "/api/webhooks/purchase/contest_1", True),
        ("POST", "/api/webhooks/shopify/store_1", True),
        ("POST", "/api/webhooks/signup/contest_1", False),
        ("GET", "/api/v1/contests/contest_1/purchases", False),
        ("PURGE", "/api/v1/contests/contest_1/purchases", False),
        ("POST", "/api/v1/contests/contest_1/purchases/batch", False),
        ("POST", "/api/v1/contests/contest_1/purchases/purchase_1/void", False),
        ("POST", "/api/v1/nothing", False),
        ("POST", "/admin/login/", False),
    ],
)
def test_calls_that_record_an_order_take_turns(method: str, path: str, expected: bool) -> None:
    assert takes_turns(method, path) is expected
