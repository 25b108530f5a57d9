"""Which bodies leave a connection open, which close it, and when the answer comes."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import StartServer
from tests.support import Server, Shop, make_shop

KIB = 1024
MIB = 1024 * 1024
LARGE = b" " * (300 * KIB)


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


@pytest.fixture
def server(each_server: Server) -> Server:
    return each_server


@pytest.fixture
def line(server: Server) -> Iterator[http.client.HTTPConnection]:
    """One connection, which is not opened again by itself."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.auto_open = 0
    connection.connect()
    yield connection
    connection.close()


def send(
    line: http.client.HTTPConnection, path: str, body: Any, key: str, *, chunked: bool = False, method: str = "POST"
) -> tuple[int, bool]:
    """The status, and whether the answer says that the connection is closed."""
    headers = {"Content-Type": "application/json", "x-api-key": key}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    pieces = [content[start : start + 10_000] for start in range(0, len(content), 10_000)]
    line.request(method, path, iter(pieces) if chunked else content, headers, encode_chunked=chunked)
    answer = line.getresponse()
    answer.read()
    return answer.status, answer.getheader("Connection") == "close"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_valid_body_never_closes_the_connection(shop: Shop, line: http.client.HTTPConnection, chunked: bool) -> None:
    """Whatever the answer is: also where nobody has read the body."""
    private, public = shop.private_key, shop.public_key
    path = f"/api/v1/contests/{shop.contest.pk}"
    orders = {"purchases": [shop.order(orderId=f"{number}-{'x' * 200}") for number in range(500)]}
    padded = json.dumps(orders).encode()
    padded += b" " * (MIB - len(padded))
    calls: list[tuple[str, str, Any, str, int]] = [
        ("POST", f"{path}/purchases", shop.order(), private, 201),
        ("POST", f"{path}/purchases", json.dumps(shop.order()).encode().ljust(64 * KIB), private, 201),
        ("POST", f"{path}/purchases/batch", orders, private, 200),
        ("POST", f"{path}/purchases/batch", padded, private, 200),
        ("POST", f"{path}/purchases/batch", LARGE, private, 400),
        ("POST", f"{path}/purchases/batch", LARGE, public, 403),
        ("POST", f"{path}/purchases/batch", LARGE, "brk_priv_none", 401),
        ("POST", "/api/v1/contests/none/purchases/batch", LARGE, private, 404),
        ("POST", "/api/v1/none", LARGE, private, 404),
        ("DELETE", f"{path}/purchases/batch", LARGE, private, 405),
        ("POST", f"{path}/purchases/reconcile", {"orders": [{"orderId": "x" * 255}] * 1000}, private, 200),
        ("POST", f"{path}/refunds", b"", private, 400),
        ("POST", "/healthz", LARGE, private, 200),
        ("POST", "/admin/login/", LARGE, private, 403),
    ]
    for method, address, body, key, status in calls:
        expected = (status, False)
        assert send(line, address, body, key, chunked=chunked, method=method) == expected, (method, address, key[:9])


def test_an_unread_body_is_not_part_of_the_next_request(shop: Shop, line: http.client.HTTPConnection) -> None:
    """What stands in the body of a refused call is never taken for a call."""
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 5000
    for chunked in (False, True):
        path = f"/api/v1/contests/{shop.contest.pk}/purchases/batch"
        assert send(line, path, smuggled, "none", chunked=chunked) == (401, False)
        assert send(line, f"/api/v1/contests/{shop.contest.pk}/purchases", shop.order(), shop.private_key)[0] == 201


@pytest.mark.parametrize(
    ("path", "length"),
    [
        ("purchases", 64 * KIB + 1),
        ("purchases", MIB),
        ("refunds", 100 * KIB),
        ("purchases/preview", 2 * MIB),
        ("purchases/batch", MIB + 1),
        ("purchases/reconcile", 1024 * MIB),
        ("entries", 8 * 1024 * MIB),
    ],
)
def test_a_body_with_a_too_large_length_is_refused_before_it_is_sent(
    server: Server, shop: Shop, path: str, length: int
) -> None:
    head, seconds = sent(server, shop.private_key, f"/api/v1/contests/{shop.contest.pk}/{path}", length, b"")
    assert "413" in head.splitlines()[0]
    assert "connection: close" in head.lower()
    assert seconds < 2


@pytest.mark.parametrize("path", ["/admin/login/", "/", "/none", "/api/v1/none"])
def test_ten_gigabytes_are_refused_before_they_are_sent(server: Server, shop: Shop, path: str) -> None:
    head, seconds = sent(server, shop.private_key, path, 10_000_000_000, b"")
    assert head.split()[1] == ("404" if path.startswith("/api") else "413")
    assert "connection: close" in head.lower()
    assert seconds < 2


def test_the_rest_of_a_body_is_read_after_a_413(server: Server, shop: Shop) -> None:
    """A client that sends all before it reads sees the answer, and not a broken connection."""
    path = f"/api/v1/contests/{shop.contest.pk}/purchases"
    for _ in range(5):
        head, _seconds = sent(server, shop.private_key, path, 900 * KIB, b"x" * (900 * KIB), slowly=True)
        assert "413" in head.splitlines()[0]


def test_a_client_that_stops_sending_does_not_keep_the_thread(start_server: StartServer, shop: Shop) -> None:
    """Granian keeps it until the connection counts as quiet: `granian_server.slow_connections`."""
    path = f"/api/v1/contests/{shop.contest.pk}/purchases"
    with socket.create_connection(("127.0.0.1", start_server("gunicorn").port), timeout=30) as connection:
        connection.sendall(request_head(path, shop.private_key, 500 * KIB) + b"x" * 1000)
        started = time.monotonic()
        while connection.recv(65536):
            pass
        assert 4 < time.monotonic() - started < 12


def test_a_body_too_large_for_any_call_closes_the_connection(server: Server, shop: Shop) -> None:
    for key, path, status in (("none", "purchases", "401"), (shop.public_key, "purchases/batch", "403")):
        head, _seconds = sent(server, key, f"/api/v1/contests/{shop.contest.pk}/{path}", 2 * MIB, b"x" * MIB)
        assert status in head.splitlines()[0]
        assert "connection: close" in head.lower()


def test_a_chunked_body_too_large_for_any_call_closes_the_connection(
    shop: Shop, line: http.client.HTTPConnection
) -> None:
    path = f"/api/v1/contests/{shop.contest.pk}/purchases/batch"
    assert send(line, path, b"x" * (MIB + 10_000), shop.private_key, chunked=True) == (413, True)


def test_a_chunked_body_at_the_limit_is_read_whole(shop: Shop, line: http.client.HTTPConnection) -> None:
    path = f"/api/v1/contests/{shop.contest.pk}/purchases"
    body = json.dumps(shop.order()).encode()
    assert send(line, path, body.ljust(64 * KIB), shop.private_key, chunked=True) == (201, False)
    assert send(line, path, body.ljust(64 * KIB + 1), shop.private_key, chunked=True) == (413, True)


def request_head(path: str, key: str, length: int) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"x-api-key: {key}\r\nContent-Length: {length}\r\n\r\n"
    )
    return head.encode()


def sent(server: Server, key: str, path: str, length: int, body: bytes, *, slowly: bool = False) -> tuple[str, float]:
    """The head of the answer to a request whose body may be shorter than it says, and the seconds until it came."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(request_head(path, key, length))
        started = time.monotonic()
        for start in range(0, len(body), 64 * KIB):
            connection.sendall(body[start : start + 64 * KIB])
            time.sleep(0.05 if slowly else 0)
        answer = b""
        while b"\r\n\r\n" not in answer and (received := connection.recv(65536)):
            answer += received
        return answer.partition(b"\r\n\r\n")[0].decode(), time.monotonic() - started
