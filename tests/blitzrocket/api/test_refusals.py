"""What the web server refuses by itself has the API's error body: bytes on a socket, to both servers."""

import json
import socket
from typing import Any

import pytest

from blitzrocket.web_server import COMMANDS
from tests.attacks.test_request_smuggling import exchange
from tests.conftest import StartServer
from tests.support import Server

HOST = "Host: 127.0.0.1\r\n"
POST = f"POST /api/v1/contests/c/purchases HTTP/1.1\r\n{HOST}Content-Type: application/json\r\n"
GARBAGE = {
    "a first line that is no HTTP": ("hello\r\n\r\n", 400, "bad_request"),
    "a method in small letters": (f"get /api/v1/key HTTP/1.1\r\n{HOST}\r\n", 400, "bad_request"),
    "an unknown version": (f"GET /api/v1/key HTTP/9.9\r\n{HOST}\r\n", 400, "bad_request"),
    "a header without a colon": (f"GET /api/v1/key HTTP/1.1\r\n{HOST}nonsense\r\n\r\n", 400, "bad_request"),
    "a header's name with a space": (f"GET /api/v1/key HTTP/1.1\r\n{HOST}a b: c\r\n\r\n", 400, "bad_request"),
    "two lengths": (f"{POST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "bad_request"),
    "a length that is no number": (f"{POST}Content-Length: ten\r\n\r\n", 400, "bad_request"),
    "a chunk's size that is no number": (f"{POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400, "bad_request"),
    "an encoding that there is not": (
        f"{POST}Transfer-Encoding: gold\r\n\r\n",
        501,
        "unsupported_transfer_encoding",
    ),
    "headers that are too large": (
        f"GET /api/v1/key HTTP/1.1\r\n{HOST}a: {'x' * 200_000}\r\n\r\n",
        431,
        "headers_too_large",
    ),
    "an address that is too long": (
        f"GET /api/v1/key?{'x' * 20_000} HTTP/1.1\r\n{HOST}\r\n",
        414,
        "uri_too_long",
    ),
    "an unknown expectation": (f"{POST}Expect: money\r\nContent-Length: 0\r\n\r\n", 417, "expectation_failed"),
}


@pytest.fixture
def gunicorn(start_server: StartServer) -> Server:
    return start_server("gunicorn")


@pytest.fixture(params=COMMANDS)
def server(request: pytest.FixtureRequest, start_server: StartServer) -> Server:
    return start_server(request.param)


def read(answer: str) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Status, headers and body of the only answer."""
    head, _, body = answer.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(first.split()[1]), headers, json.loads(body)


@pytest.mark.parametrize("case", GARBAGE)
def test_gunicorn_refuses_with_the_envelope(gunicorn: Server, case: str) -> None:
    sent, status, code = GARBAGE[case]
    answered, headers, body = read(exchange(gunicorn, sent))
    assert (answered, body["code"], body["success"]) == (status, code, False)
    assert set(body) == {"success", "error", "message", "code", "requestId"}
    assert body["requestId"] == headers["x-request-id"]
    assert body["message"].endswith(".")
    assert headers["content-type"] == "application/json"
    assert headers["connection"] == "close"
    assert headers["access-control-allow-origin"] == "*"
    assert "<" not in json.dumps(body)


def test_nothing_that_was_sent_comes_back(gunicorn: Server) -> None:
    assert "script" not in exchange(gunicorn, "GET <script>alert(1)</script>\r\n\r\n")


@pytest.mark.parametrize("case", GARBAGE)
def test_granian_answers_with_the_envelope_or_with_a_bare_status(start_server: StartServer, case: str) -> None:
    """Its parser, compiled code, answers by itself, without a body; what it lets pass is answered by the API."""
    answer = exchange(start_server("granian"), GARBAGE[case][0])
    head, _, body = answer.partition("\r\n\r\n")
    if not body:
        assert int(head.split()[1]) in (400, 431)
        assert "content-length: 0" in head
    else:
        assert read(answer)[2]["success"] is False


def test_a_body_that_is_cut_off_is_refused_by_both(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(f"{POST}Content-Length: 10\r\n\r\nabc".encode())
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    status, headers, body = read(received.decode())
    assert (status, body["code"]) == (400, "bad_request")
    assert body["requestId"] == headers["x-request-id"]
