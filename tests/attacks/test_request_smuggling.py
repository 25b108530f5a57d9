"""Requests that a proxy in front may read in another way than the web server: a hidden second one is never answered."""

import json
import re
import socket
from contextlib import suppress

import pytest

from blitzrocket.web_server import COMMANDS
from tests.conftest import StartServer
from tests.support import Server, Shop, make_shop

HOST = "Host: 127.0.0.1"
QUIET_SECONDS = 0.2  # of silence, after which the last request is sent
SECONDS = 1.0  # of silence, after which not even that is answered
LAST_ID = "the-last-one-of-the-connection"
LAST = f"GET /healthz HTTP/1.1\r\n{HOST}\r\nX-Request-Id: {LAST_ID}\r\nConnection: close\r\n\r\n"


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


@pytest.fixture(params=COMMANDS)
def server(request: pytest.FixtureRequest, start_server: StartServer) -> Server:
    return start_server(request.param)


def exchange(server: Server, request: str) -> str:
    """What the server answers until it closes.

    Where it keeps the connection open, a last request is sent: its answer comes after those to all that it took for
    requests before, and is left out.
    """
    with socket.create_connection(("127.0.0.1", server.port), timeout=QUIET_SECONDS) as connection:
        connection.sendall(request.encode("latin-1"))
        answer = receive(connection)
        connection.settimeout(SECONDS)
        with suppress(ConnectionError):
            connection.sendall(LAST.encode())
            answer += receive(connection)
    answers = re.split(r"(?=HTTP/1\.[01] [0-9]{3} )", answer.decode("latin-1"))
    return "".join(each for each in answers if LAST_ID not in each)


def receive(connection: socket.socket) -> bytes:
    """What comes until the server closes, or says nothing more."""
    answer = b""
    with suppress(TimeoutError, ConnectionResetError):
        while received := connection.recv(65536):
            answer += received
    return answer


def statuses(answer: str) -> list[int]:
    return [int(status) for status in re.findall(r"HTTP/1\.[01] ([0-9]{3}) ", answer)]


def hidden_order(shop: Shop) -> str:
    body = json.dumps(shop.order(orderId="hidden"))
    return (
        f"POST /api/v1/contests/{shop.contest.pk}/purchases HTTP/1.1\r\n{HOST}\r\nx-api-key: {shop.private_key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
    )


# What stands between the head and the hidden request, for each way to give a length twice or unclearly. `{length}` is
# that of all that follows the head.
CHUNKED = "0\r\n\r\n"
AMBIGUOUS = {
    "a length and chunks": ("Content-Length: {length}\r\nTransfer-Encoding: chunked", CHUNKED),
    "chunks and a length": ("Transfer-Encoding: chunked\r\nContent-Length: {length}", CHUNKED),
    "a shorter length and chunks": ("Content-Length: 3\r\nTransfer-Encoding: chunked", CHUNKED),
    "two lengths": ("Content-Length: 0\r\nContent-Length: {length}", ""),
    "two lengths, the other way round": ("Content-Length: {length}\r\nContent-Length: 0", ""),
    "two lengths in one": ("Content-Length: 0, {length}", ""),
    "a length with a sign": ("Content-Length: +0", ""),
    "a negative length": ("Content-Length: -1", ""),
    "a length in hexadecimal": ("Content-Length: 0x0", ""),
    "a length with an underscore": ("Content-Length: 0_0", ""),
    "a length of wide digits": ("Content-Length: \xb2", ""),
    "a length with a space before the colon": ("Content-Length : {length}\r\nContent-Length: 0", ""),
    "chunks with a space before the colon": ("Transfer-Encoding : chunked\r\nContent-Length: {length}", CHUNKED),
    "chunks with a tab": ("Transfer-Encoding:\tchunked\r\nContent-Length: {length}", CHUNKED),
    "chunks with a form feed": ("Transfer-Encoding: \x0cchunked\r\nContent-Length: {length}", CHUNKED),
    "chunks of another kind": ("Transfer-Encoding: xchunked\r\nContent-Length: {length}", CHUNKED),
    "chunks twice": ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\nContent-Length: {length}", CHUNKED),
    "chunks and identity": ("Transfer-Encoding: chunked, identity\r\nContent-Length: {length}", CHUNKED),
    "identity and chunks": ("Transfer-Encoding: identity, chunked\r\nContent-Length: {length}", CHUNKED),
    "chunks in capitals": ("TRANSFER-ENCODING: CHUNKED\r\nContent-Length: {length}", CHUNKED),
    "chunks in quotation marks": ('Transfer-Encoding: "chunked"\r\nContent-Length: {length}', CHUNKED),
    "chunks after a folded line": ("Transfer-Encoding:\r\n chunked\r\nContent-Length: {length}", CHUNKED),
    "a folded length": ("X-Any: a\r\n Content-Length: 0\r\nContent-Length: {length}", ""),
    "an underscore for a hyphen": ("Content_Length: 0\r\nContent-Length: {length}", ""),
    "a bare line feed within a header": ("X-Any: a\nTransfer-Encoding: chunked\r\nContent-Length: {length}", CHUNKED),
    "a bare carriage return within a header": ("X-Any: a\rTransfer-Encoding: chunked\r\nContent-Length: 0", ""),
    "a NUL within a header": ("X-Any: a\0Content-Length: 0\r\nContent-Length: {length}", ""),
}
BAD_CHUNKS = {
    "a size with a sign": "+0\r\n\r\n",
    "a size with 0x": "0x0\r\n\r\n",
    "a size with an underscore": "0_0\r\n\r\n",
    "a negative size": "-1\r\n\r\n",
    "a huge size": "fffffffffffffffff\r\n\r\n",
    "a size after a space": " 0\r\n\r\n",
    "a bare line feed after the size": "0\n\r\n",
    "a bare line feed in an extension": "0;a\nb\r\n\r\n",
    "data that is longer than its size": "1\r\nab\r\n0\r\n\r\n",
    "data without its end": "2\r\nab0\r\n\r\n",
}


def test_a_second_request_is_answered_where_it_is_one(server: Server, shop: Shop) -> None:
    """So the others would see it."""
    assert statuses(exchange(server, f"GET /healthz HTTP/1.1\r\n{HOST}\r\n\r\n{hidden_order(shop)}")) == [200, 201]
    assert shop.contest.purchases.exists()


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_a_request_behind_an_unclear_length_is_not_answered(server: Server, shop: Shop, case: str) -> None:
    """At most one answer comes, then the connection ends: the rest is not taken for a request."""
    headers, body = AMBIGUOUS[case]
    body += hidden_order(shop)
    head = f"POST /api/v1/none HTTP/1.1\r\n{HOST}\r\n{headers.format(length=len(body))}\r\n\r\n"
    answers = statuses(exchange(server, head + body))
    assert len(answers) <= 1, answers
    assert 201 not in answers
    assert not shop.contest.purchases.exists()


@pytest.mark.parametrize("case", BAD_CHUNKS)
def test_a_request_behind_a_broken_chunk_is_not_answered(server: Server, shop: Shop, case: str) -> None:
    head = f"POST /api/v1/none HTTP/1.1\r\n{HOST}\r\nTransfer-Encoding: chunked\r\n\r\n"
    answers = statuses(exchange(server, head + BAD_CHUNKS[case] + hidden_order(shop)))
    assert len(answers) <= 1, answers
    assert not shop.contest.purchases.exists()


def test_a_body_of_a_get_is_no_second_request(server: Server, shop: Shop) -> None:
    hidden = hidden_order(shop)
    head = f"GET /healthz HTTP/1.1\r\n{HOST}\r\nContent-Length: {len(hidden)}\r\n\r\n"
    answers = statuses(exchange(server, head + hidden))
    assert len(answers) == 1
    assert not shop.contest.purchases.exists()


def test_a_trailer_is_no_header(server: Server, shop: Shop) -> None:
    """A key, an address or a host that comes behind the chunks counts for nothing."""
    body = json.dumps(shop.order(orderId="hidden"))
    chunks = f"{len(body):x}\r\n{body}\r\n0\r\nx-api-key: {shop.private_key}\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n"
    head = (
        f"POST /api/v1/contests/{shop.contest.pk}/purchases HTTP/1.1\r\n{HOST}\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\nTrailer: x-api-key\r\nConnection: close\r\n\r\n"
    )
    assert statuses(exchange(server, head + chunks)) in ([401], [400])
    assert not shop.contest.purchases.exists()


@pytest.mark.parametrize(
    "head",
    [
        "GET /healthz HTTP/1.1\r\n\r\n",
        f"GET /admin/login/ HTTP/1.1\r\n{HOST}\r\nHost: evil.example\r\n\r\n",
        f"GET /admin/login/ HTTP/1.1\r\nHost: evil.example\r\n{HOST}\r\n\r\n",
        f"GET /admin/login/ HTTP/1.1\r\n{HOST}\r\n :evil.example\r\n\r\n",
        "GET /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1 evil.example\r\n\r\n",
        "GET /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1@evil.example\r\n\r\n",
        f"GET  /admin/login/ HTTP/1.1\r\n{HOST}\r\n\r\n",
        f"GET /admin/login/ HTTP/1.1 \r\n{HOST}\r\nEvil\r\n\r\n",
        f"G\x00T /admin/login/ HTTP/1.1\r\n{HOST}\r\n\r\n",
        f"GET /admin/login/\x00 HTTP/1.1\r\n{HOST}\r\n\r\n",
    ],
)
def test_an_unclear_head_leads_nowhere_else(server: Server, transactional_db: None, head: str) -> None:
    answer = exchange(server, head)
    assert len(statuses(answer)) <= 1
    assert "evil.example" not in answer.lower()
    assert not set(statuses(answer)) & {500, 502, 503}
