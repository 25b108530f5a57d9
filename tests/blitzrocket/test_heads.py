"""Heads that are remembered: the same bytes are the same request, read and answered as gunicorn does."""

from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http import wsgi

from blitzrocket.gunicorn_server import heads as module
from blitzrocket.gunicorn_server.heads import Heads, environ_of, whole_answer
from blitzrocket.gunicorn_server.outbox import Outbox
from blitzrocket.gunicorn_server.requests import read_head

CLIENT = ("192.0.2.7", 50001)
LISTENER = ("192.0.2.1", 8000)
PATH = "/api/v1/contests/contest_1/purchases"
LENGTH = "Content-Length: 2\r\n"


def head(fields: str = LENGTH, first: str = f"POST {PATH} HTTP/1.1") -> bytes:
    return f"{first}\r\nHost: shop.example\r\nX-Api-Key: a\r\nX-Api-Key: b\r\n{fields}\r\n".encode()


def read(heads: Heads, sent: bytes, client: Any = CLIENT) -> Any:
    """The request, after checking that its body is left."""
    received = bytearray(sent + b"{}")
    request = heads.read(received, client, 1)
    assert received == b"{}"
    return request


@pytest.fixture
def heads() -> Heads:
    return Heads(Config())


def test_the_same_call_is_read_once(heads: Heads) -> None:
    request = read(heads, head())
    assert read(heads, head()) is request
    assert read(heads, head(), ("192.0.2.7", 50002)) is request
    assert read(heads, head("Content-Length: 3\r\n")) is not request


def test_another_clients_call_is_another_request(heads: Heads) -> None:
    """Whose proxy is trusted depends on the address."""
    assert read(heads, head(), ("192.0.2.8", 50001)) is not read(heads, head())
    over_socket = read(heads, head(), "")
    assert read(heads, head(), "") is over_socket is not read(heads, head())


@pytest.mark.parametrize(
    "sent",
    [
        head(first=f"GET {PATH} HTTP/1.1"),
        head(first="POST /admin/login/ HTTP/1.1"),
        head(first=f"POST {PATH}/batch HTTP/1.1"),
        head(first=f"POST {PATH} HTTP/1.0"),
        head("Transfer-Encoding: chunked\r\n"),
        head(f"{LENGTH}Expect: 100-continue\r\n"),
        head(f"{LENGTH}X-Long: {'x' * 2048}\r\n"),
    ],
    ids=["a list", "a page", "a batch", "HTTP 1.0", "chunks", "expects", "long"],
)
def test_other_requests_are_read_each_time(heads: Heads, sent: bytes) -> None:
    assert read(heads, sent) is not read(heads, sent)
    assert not heads._requests


def test_a_head_that_has_not_come_whole_is_no_request(heads: Heads) -> None:
    read(heads, head())
    received = bytearray(head()[:-1])
    assert heads.read(received, CLIENT, 2) is None
    assert received == head()[:-1]


def test_what_is_refused_is_refused_again(heads: Heads) -> None:
    sent = head(f"{LENGTH}Content-Length: 3\r\n")
    for _ in range(2):
        with pytest.raises(Exception, match="CONTENT-LENGTH"):
            heads.read(bytearray(sent), CLIENT, 1)


def test_no_more_are_kept_than_may(heads: Heads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_HEADS", 3)
    for number in range(10, 17):
        read(heads, head(f"Content-Length: {number}\r\n"))
    assert len(heads._requests) == 1


@pytest.mark.parametrize("address", [CLIENT, ""])
def test_the_application_gets_what_gunicorn_gives(heads: Heads, address: Any) -> None:
    config = Config()
    received = bytearray(head())
    outbox = Outbox(None)  # type: ignore[arg-type]  # nothing is sent
    _, expected = wsgi.create(read_head(received, config, address, 1), outbox, address, LISTENER, config)
    for name in ("gunicorn.socket", "wsgi.early_hints", "wsgi.input"):
        del expected[name]
    for _ in range(2):
        environ = environ_of(read(heads, head(), address), address, LISTENER, config)
        del environ["wsgi.input"]
        assert environ.pop("wsgi.errors").streams == expected["wsgi.errors"].streams
        assert environ == {name: value for name, value in expected.items() if name != "wsgi.errors"} | {
            "wsgi.multithread": True
        }
        environ["HTTP_HOST"] = "changed"  # by the application, for itself


def test_a_clients_port_is_its_connections(heads: Heads) -> None:
    ports = [
        environ_of(read(heads, head(), (CLIENT[0], port)), (CLIENT[0], port), LISTENER, Config())["REMOTE_PORT"]
        for port in (50001, 50002)
    ]
    assert ports == ["50001", "50002"]


@pytest.mark.parametrize("closes", [False, True])
def test_the_answer_is_as_gunicorn_writes_it(heads: Heads, closes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_date", lambda _: "Fri, 27 Nov 2026 08:00:00 GMT")
    monkeypatch.setattr(wsgi.util, "http_date", lambda: "Fri, 27 Nov 2026 08:00:00 GMT")
    headers = [("Content-Type", "application/json"), ("Content-Length", "2"), ("X-Name", "Zoë")]
    outbox = Outbox(None)  # type: ignore[arg-type]  # nothing is sent
    response = wsgi.Response(read(heads, head()), outbox, Config())
    if closes:
        response.force_close()
    response.start_response("201 Created", headers)
    response.write(b"{}")
    assert whole_answer("201 Created", headers, b"{}", closes=closes) == b"".join(outbox._pieces)


@pytest.mark.parametrize("value", ["a\nSet-Cookie: b", "a\rb", "a\r\n\r\nb"])
def test_a_header_with_a_line_break_is_an_error(value: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        whole_answer("200 OK", [("X-A", value)], b"", closes=False)
