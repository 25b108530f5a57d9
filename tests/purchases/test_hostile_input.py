"""JSONTestSuite, the big list of naughty strings, and bodies that no shop sends: nothing answers 5xx."""

import json
import re
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from blitzrocket import strict_json
from blitzrocket.text import has_visible, trim
from contests.money import MINOR_DIGITS
from purchases.models import Purchase
from tests.profiles import IS_LONG
from tests.support import Api, Server, Shop, make_shop

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
FIELDS = ("email", "orderId", "amount", "currency", "purchasedAt", "names, keys and paths")
BODY = {"email": "ada@example.com", "orderId": "1", "amount": 5, "currency": "USD"}


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def naughty_strings(corpora: Path, field: str) -> list[str]:
    """All in a long run; else every sixth, others in each field."""
    strings: list[str] = json.loads((corpora / "naughty-strings.json").read_text())
    assert len(strings) >= 500
    return strings if IS_LONG else strings[FIELDS.index(field) :: len(FIELDS)]


def test_json_test_suite_over_http(api: Api, shop: Shop, corpora: Path) -> None:
    cases = sorted((corpora / "json-test-suite").glob("*.json"))
    assert len(cases) >= 318
    for case in cases:
        document = case.read_bytes()
        status = api.record(shop, document).status_code
        # Each is refused: the valid ones are no order either. One of the larger is beyond the limit of a body.
        assert status == (413 if len(document) > 64 * 1024 else 400), case.name
        within = b'{"email":"ada@example.com","orderId":"%s","amount":5,"x":%s}' % (case.name.encode(), document)
        status = api.record(shop, within).status_code
        expected_status = {"n_": (400, 413), "y_": (201,), "i_": (201, 400)}
        assert status in expected_status[case.name[:2]], case.name


def test_json_test_suite_in_the_reader(corpora: Path) -> None:
    """Every valid document is read and no other; of those that are left open, all that are UTF-8."""
    for case in sorted((corpora / "json-test-suite").glob("*.json")):
        document = case.read_bytes()
        try:
            strict_json.read(document)
            assert not case.name.startswith("n_"), case.name
        except strict_json.InvalidJSON:
            assert case.name.startswith("n_") or not is_utf8(document), case.name


def is_utf8(document: bytes) -> bool:
    try:
        return "\0" not in document.decode()
    except UnicodeDecodeError:
        return False


@pytest.mark.parametrize("field", FIELDS[:-1])
def test_naughty_strings_in_each_field(api: Api, shop: Shop, corpora: Path, field: str) -> None:
    for string in naughty_strings(corpora, field):
        response = api.record(shop, BODY | {"orderId": f"n-{hash(string)}", field: string})
        assert response.status_code in (200, 201, 400, 404), (string, response.text)
    assert set(Purchase.objects.values_list("currency", flat=True)) <= set(MINOR_DIGITS)
    if field == "orderId":
        stored = set(Purchase.objects.values_list("order_id", flat=True))
        expected_status = {trim(string) for string in naughty_strings(corpora, field)}
        assert stored == {
            string
            for string in expected_status
            if has_visible(string) and len(string) <= 255 and not CONTROL.search(string)
        }


def test_naughty_strings_as_names_keys_and_paths(api: Api, shop: Shop, corpora: Path) -> None:
    for string in naughty_strings(corpora, "names, keys and paths"):
        assert api.record(shop, {string: string}).status_code == 400
        assert api.record(shop, contest_id=_in_path(string)).status_code in (404, 405)
        key = string.encode("utf-8", "replace").decode("latin-1").replace("\r", "").replace("\n", "").strip()
        # ASCII's control characters in a header are refused by the web server itself.
        refused_before = any(character < " " or character == "\x7f" for character in key)
        assert api.record(shop, key=key or "x").status_code == (400 if refused_before else 401)
        response = api.record(shop, params={"apiKey": string}, headers={"x-api-key": None})
        assert response.status_code == 401


def _in_path(string: str) -> str:
    return quote(string.encode("utf-8", "replace"), safe="") or "x"


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ("Content-Type: application/x-www-form-urlencoded", b"email=a", 415),
        ("Content-Type: text/plain", b"{}", 415),
        ("Content-Type: multipart/form-data; boundary=x", b"--x--", 415),
        ("Content-Type: application/jsonx", b"{}", 415),
        ("X-None: 1", b"{}", 415),
        ("Content-Type: application/json; charset=utf-8", b"{}", 400),
        ("content-type: APPLICATION/JSON", b"{}", 400),
    ],
)
def test_types_of_bodies(each_server: Server, shop: Shop, headers: str, body: bytes, status: int) -> None:
    assert exchange(each_server, shop, f"{headers}\r\nContent-Length: {len(body)}", body)[0] == status


def test_a_body_over_the_limit_is_answered_and_the_connection_closed(each_server: Server, shop: Shop) -> None:
    body = b"x" * (64 * 1024 + 1)
    headers = f"Content-Type: application/json\r\nContent-Length: {len(body)}"
    status, head, response = exchange(each_server, shop, headers, body)
    assert (status, response["code"]) == (413, "request_body_too_large")
    assert "connection: close" in head.lower()


def test_a_body_just_within_the_limit_is_read(each_server: Server, shop: Shop) -> None:
    body = json.dumps(BODY).encode()
    body += b" " * (64 * 1024 - len(body))
    status, _, _ = exchange(each_server, shop, f"Content-Type: application/json\r\nContent-Length: {len(body)}", body)
    assert status == 201


def test_a_declared_gigabyte_is_refused_at_once(each_server: Server, shop: Shop) -> None:
    headers = "Content-Type: application/json\r\nContent-Length: 1073741824"
    status, head, _ = exchange(each_server, shop, headers, b"x" * (2 * 1024 * 1024))
    assert status == 413
    assert "connection: close" in head.lower()


def test_endless_chunks_are_cut_off(each_server: Server, shop: Shop) -> None:
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    headers = "Content-Type: application/json\r\nTransfer-Encoding: chunked"
    status, head, _ = exchange(each_server, shop, headers, chunk * 32)
    assert status == 413
    assert "connection: close" in head.lower()


def exchange(server: Server, shop: Shop, headers: str, body: bytes) -> tuple[int, str, Any]:
    """One request byte by byte as given, and the answer: status, head, JSON."""
    request = (
        f"POST /api/v1/contests/{shop.contest.pk}/purchases HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"x-api-key: {shop.private_key}\r\n{headers}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # the server has heard enough
            connection.sendall(request.encode() + body)
        response = b""
        while b"\r\n\r\n" not in response or len(response) < _whole_length(response):
            if not (received := connection.recv(65536)):
                break
            response += received
    head, _, content = response.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode(), json.loads(content)


def _whole_length(response: bytes) -> int:
    head, _, _ = response.partition(b"\r\n\r\n")
    length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    return len(head) + 4 + int(length.partition(b":")[2])
