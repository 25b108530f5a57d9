"""Clients that send or read slowly do not starve others."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import psutil
import pytest

from tests.support import Api, Server, Shop, make_shop, wait_for

SLOW_CLIENTS = 200
GOOD_CALLS = 20
GOOD_SECONDS = 5
LARGE_FILE = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def head(shop: Shop, length: int, key: str, call: str = "purchases") -> bytes:
    path = f"/api/v1/contests/{shop.contest.pk}/{call}"
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"x-api-key: {key}", "Content-Type: application/json"]
    return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode()


SENT: dict[str, Callable[[Shop], bytes]] = {
    "nothing": lambda shop: b"",
    "half a head": lambda shop: b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    "half a body": lambda shop: head(shop, 1000, shop.private_key),
    "half a body without a key": lambda shop: head(shop, 1000, "none"),
    "half a large body": lambda shop: head(shop, 300_000, shop.private_key, "purchases/batch"),
    "half a large body without a key": lambda shop: head(shop, 300_000, "none"),
    "half a form": lambda shop: (
        b"POST /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: 300000\r\n\r\n"
    ),
    "chunks without end": lambda shop: (
        head(shop, 0, shop.private_key).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked") + b"fffff\r\n"
    ),
    "a request for a large file": lambda shop: f"GET {LARGE_FILE} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode(),
}


@pytest.mark.parametrize("sent", SENT)
def test_slow_clients_do_not_starve_others(each_server: Server, shop: Shop, sent: str) -> None:
    with slow_clients(each_server, SENT[sent](shop)):
        started = time.monotonic()
        assert [Api(each_server.base_url).record(shop).status_code for _ in range(GOOD_CALLS)] == [201] * GOOD_CALLS
        assert time.monotonic() - started < GOOD_SECONDS


@pytest.mark.long  # a minute and more on gunicorn, three on granian
@pytest.mark.parametrize("stops", [False, True])
def test_slow_clients_are_left_after_a_while(each_server: Server, shop: Shop, stops: bool) -> None:
    """Both those that stop, and those that send or take a byte now and then.

    The kernel has taken the file for who does not read, so that its connection is an unused one.
    """
    seconds = {"gunicorn": 90, "granian": 170 if stops else 90}[each_server.environment.get("SERVER") or "gunicorn"]
    with ExitStack() as stack:
        clients = []
        for first in (make(shop) for make in SENT.values() if not stops or make is not SENT["chunks without end"]):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", each_server.port))
            client.sendall(first)
            clients.append((client, first.startswith(b"GET /static")))
        started = time.monotonic()

        def are_left() -> bool:
            for client, reads in clients if not stops else []:
                with suppress(OSError):
                    _ = client.recv(1) if reads else client.send(b"x")
            time.sleep(1)
            return not connections_of(each_server)

        wait_for(are_left, "the end of all connections", seconds)
        assert time.monotonic() - started > 25


def connections_of(server: Server) -> list[int]:
    """The open connections of its workers."""
    return [
        connection.fd
        for worker in server.workers()
        for connection in worker.net_connections("tcp")
        if connection.laddr.port == server.port and connection.status != psutil.CONN_LISTEN
    ]


@contextmanager
def slow_clients(server: Server, first: bytes) -> Iterator[None]:
    """Clients that send this, then a byte now and then where it is incomplete, and read nothing."""
    with ExitStack() as stack:
        connections = [stack.enter_context(socket.socket()) for _ in range(SLOW_CLIENTS)]
        for connection in connections:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", server.port))
            connection.sendall(first)
        over = threading.Event()

        def drip() -> None:
            while not first.startswith(b"GET /static") and first and not over.wait(0.5):
                for connection in connections:
                    with suppress(OSError):
                        connection.send(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        yield
        over.set()
        thread.join()
