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


def delivery(number: int, fields: str = "", *, length: str = "2", signature: str = "") -> bytes:
    """The head of a store's delivery."""
    lines = [
        "POST /api/webhooks/shopify/connection_1 HTTP/1.1",
        "Host: shop.example",
        "X-Shopify-Topic: orders/paid",
        f"X-Shopify-Hmac-Sha256: {signature or f'c2lnbmVk{number}=='}",
        f"x-shopify-webhook-id: id-{number}",
        f"Stripe-Signature: t={number},v1=ab",
        f"Content-Length: {length}",
    ]
    return ("\r\n".join(lines) + f"\r\n{fields}\r\n").encode()


def environ_as_gunicorn_gives(sent: bytes, address: Any = CLIENT) -> dict[str, Any]:
    config = Config()
    _, environ = wsgi.create(read_head(bytearray(sent), config, address, 1), Outbox(None), address, LISTENER, config)  # type: ignore[arg-type]
    return plain(environ)


def plain(environ: dict[str, Any]) -> dict[str, Any]:
    """What is a text, or a number, of an application's environment."""
    return {name: value for name, value in environ.items() if name.isupper()}


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


def test_deliveries_are_read_like_the_first_one(heads: Heads, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = [delivery(number, length=str(number)) for number in (2, 10, 345)]
    expected = [environ_as_gunicorn_gives(each) for each in sent]
    requests = [read(heads, sent[0])]
    monkeypatch.setattr(module, "read_head", None)  # what is asked no more
    requests += [read(heads, each) for each in sent[1:]]
    # In another order than they came: a request has its own values, and leaves none to others.
    for number in (2, 0, 1, 2):
        environ = environ_of(requests[number], CLIENT, LISTENER, Config())
        assert plain(environ) == expected[number]
        environ["HTTP_X_SHOPIFY_TOPIC"] = "changed"  # by the application, for itself
    assert [request.body.reader.length for request in requests] == [2, 10, 345]
    assert len(heads._alike) == 1
    assert not heads._requests


@pytest.mark.parametrize(
    "fields",
    [
        "X-Forwarded-Proto: https\r\n",  # which decides the scheme
        "X-Api-Key: a\r\n",
        "X-Shopify-Topic: orders/create\r\n",  # again
        "X-Note: \r\n",
        "X-Note:  a\r\n",
        "X-Note: \xe9\r\n",
        "X-Note: a\tb\r\n",
        "X_Note: a\r\n",
        "Connection: close\r\n",
        "Accept: */*\r\n",
    ],
)
def test_a_head_with_anything_else_is_read_by_itself(heads: Heads, fields: str) -> None:
    noted = delivery(2, "X-Note: b\r\n")
    for sent in (delivery(2), noted, delivery(2, fields), delivery(3, fields), delivery(4)):
        request = read(heads, sent)
        assert plain(environ_of(request, CLIENT, LISTENER, Config())) == environ_as_gunicorn_gives(sent)
        assert request.should_close() == (b"close" in sent)


@pytest.mark.parametrize("proto", ["https", "http"])
def test_the_scheme_is_never_anothers(heads: Heads, proto: str) -> None:
    address = ("127.0.0.1", 50001)  # of a trusted proxy
    for each in ("http", "https", proto):
        sent = delivery(2, f"X-Forwarded-Proto: {each}\r\n")
        environ = environ_of(read(heads, sent, address), address, LISTENER, Config())
        assert environ["wsgi.url_scheme"] == each


@pytest.mark.parametrize(
    "sent",
    [
        delivery(3, "Content-Length: 3\r\n"),
        delivery(3, "Transfer-Encoding: chunked\r\n"),
        delivery(3, length="-1"),
        delivery(3, length="+2"),
        delivery(3, length="2, 2"),
        delivery(3, length="2_0"),
        delivery(3, signature="a\0b"),
        delivery(3, signature="a\nX-Other: b"),
        delivery(3, signature="a\r\n folded"),
    ],
)
def test_what_gunicorn_refuses_is_refused_also_where_others_are_remembered(heads: Heads, sent: bytes) -> None:
    read(heads, delivery(2))
    with pytest.raises(Exception, match=r".") as by_gunicorn:
        read_head(bytearray(sent), Config(), CLIENT, 1)
    with pytest.raises(type(by_gunicorn.value)):
        heads.read(bytearray(sent), CLIENT, 1)


def test_a_delivery_of_another_address_is_read_by_itself(heads: Heads) -> None:
    for client in (CLIENT, ("192.0.2.8", 50001), ""):
        request = read(heads, delivery(2), client)
        assert environ_of(request, client, LISTENER, Config())["REMOTE_ADDR"] == (client[0] if client else "")
    assert len(heads._alike) == 3


def test_no_more_heads_of_deliveries_are_kept_than_may(heads: Heads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_HEADS", 3)
    for number in range(7):
        read(heads, delivery(number, f"Accept: {number}\r\n"))
    assert len(heads._alike) == 1


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
