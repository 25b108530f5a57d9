"""Small requests that cost a careless reader much: each is answered at once, with a 4xx, and stores nothing of it."""

import gzip
import io
import time
import zipfile
from collections.abc import Callable
from functools import cache
from itertools import cycle
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from contests.models import EntryImport
from purchases.models import Purchase, PurchaseImport
from tests.purchases.stores.deliveries import connect
from tests.support import Shop, signed_in

SECONDS_OF_CPU = 1.5
DEEP = 20_000
# Itself, or what makes it, where that takes long: each test process imports this file.
Bomb = bytes | Callable[[], bytes]


@pytest.fixture(autouse=True)
def little_work() -> Any:
    """No bomb may cost more than a large honest request."""
    before = time.process_time()
    yield
    assert time.process_time() - before < SECONDS_OF_CPU


def order(amount: bytes = b"5", more: bytes = b"") -> bytes:
    return b'{"email": "ada@example.com", "orderId": "bomb", "amount": ' + amount + more + b"}"


@cache
def zipped_blanks() -> bytes:
    """The beginning of 20 MB of blanks."""
    return gzip.compress(b" " * 20_000_000, 1)[:60_000]


BODIES: dict[str, Bomb] = {
    "arrays in arrays": b"[" * DEEP,
    "closed arrays": b"[" * DEEP + b"]" * DEEP,
    "objects in objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "deep within a member": order(more=b', "x": ' + b"[" * 9_000 + b"]" * 9_000),
    "a string that never ends": b'{"a": "' + b"\\\\" * 30_000,
    "escapes that never end": b'{"a": "' + b"\\u0041" * 10_000,
    "a huge integer": order(b"9" * 60_000),
    "a huge exponent": order(b"1e400"),
    "a small exponent": order(b"1e-400"),
    "an absurd exponent": order(b"1e999999999"),
    "many digits": order(b"1." + b"1" * 60_000),
    "NaN": order(b"NaN"),
    "infinity": order(b"-Infinity"),
    "a negative zero": order(b"-0"),
    "a hexadecimal number": order(b"0x10"),
    "an amount in an array": order(b"[5]"),
    "many names": b"{" + b",".join(b'"%d":1' % number for number in range(5_000)) + b"}",
    "names that collide": b"{" + b",".join(b'"a":1' for _ in range(9_000)) + b"}",
    "many combining signs": ('{"email": "' + "e\u0301" * 15_000 + '"}').encode(),
    "one character of many": ('{"email": "' + "\ufdfa" * 15_000 + '@example.com"}').encode(),
    "many at signs": b'{"email": "' + b"a@" * 30_000 + b'"}',
    "many dots": b'{"email": "a@' + b"a." * 30_000 + b'com"}',
    "overlong UTF-8": b'{"email": "\xc0\xaf"}',
    "half a surrogate": b'{"email": "\xed\xa0\x80"}',
    "UTF-16": order().decode().encode("utf-16"),
    "gzip": zipped_blanks,
    "zip": b"PK\x03\x04" + b"\0" * 1000,
    "XML": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>',
    "pickle": b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94.",
}


def content(bomb: Bomb) -> bytes:
    return bomb() if callable(bomb) else bomb


@pytest.mark.parametrize("bomb", BODIES)
@pytest.mark.parametrize("path", ["purchases", "entries"])
def test_a_body(shop: Shop, bomb: str, path: str) -> None:
    url, headers = f"/api/v1/contests/{shop.contest.pk}/{path}", {"x-api-key": shop.private_key}
    answer = Client().post(url, content(BODIES[bomb]), content_type="application/json", headers=headers)
    if path == "purchases":
        assert answer.status_code in (400, 413, 415), answer.content
        assert not Purchase.objects.exists()
    else:
        assert answer.status_code in (200, 201, 400, 413, 415), (
            answer.content
        )  # some bombs are in a member that it has not


@cache
def zipped_order() -> bytes:
    """The beginning of an order that unpacks to 20 MB."""
    return gzip.compress(order().ljust(20_000_000), 1)[:60_000]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "x-gzip", "GZIP"])
def test_a_compressed_body_is_not_unpacked(shop: Shop, encoding: str) -> None:
    headers = {"x-api-key": shop.private_key, "Content-Encoding": encoding}
    url = f"/api/v1/contests/{shop.contest.pk}/purchases"
    answer = Client().post(url, zipped_order(), content_type="application/json", headers=headers)
    assert answer.status_code in (400, 413, 415)
    assert not Purchase.objects.exists()


def test_rows_of_a_batch_are_counted_before_they_are_read(shop: Shop) -> None:
    url = f"/api/v1/contests/{shop.contest.pk}/purchases/batch"
    body = b'{"purchases": [' + b"{}," * 20_000 + b"{}]}"
    answer = Client().post(url, body, content_type="application/json", headers={"x-api-key": shop.private_key})
    assert answer.status_code in (400, 413)
    assert len(answer.content) < 20_000


@pytest.mark.parametrize("bomb", ["arrays in arrays", "objects in objects", "a huge integer", "gzip", "XML", "NaN"])
def test_a_stores_delivery(shop: Shop, bomb: str) -> None:
    store = connect(shop, "woocommerce")
    answer = store._woocommerce("order.updated", content(BODIES[bomb]), {})
    assert answer.status_code in (200, 400, 413, 422), answer.content
    assert not Purchase.objects.exists()


def many_columns(count: int, cell: str = "a") -> bytes:
    return (",".join([cell] * count) + "\n").encode() * 2


def workbook() -> bytes:
    """A spreadsheet, of which one part is 30 MB of nothing."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<row>" * 1_000_000)
    return file.getvalue()


KINDS: dict[str, Any] = {"imports": EntryImport, "purchaseimports": PurchaseImport}
FILES: dict[str, Bomb] = {
    "a million columns": lambda: many_columns(1_000_000),
    "a million empty columns": lambda: many_columns(1_000_000, ""),
    "a workbook": workbook,
    "a compressed file": lambda: gzip.compress(b"email\n" + b"a@b.example\n" * 500_000, 1),
    "a quotation mark that is never closed": b'email\n"' + b"a\n" * 400_000,
    "a cell of a megabyte": b"email\n" + b"a" * 1_000_000 + b"@example.com\n",
    "nothing but separators": b";" * 300_000,
    "nothing but line ends": b"\r\n" * 300_000,
    "NUL bytes": b"email\n\0\0\0@example.com\n",
    "UTF-32": "email\na@b.example\n".encode("utf-32"),
    "half of UTF-16": "email\na@b.example\n".encode("utf-16")[:-1],
    "an executable": b"\x7fELF" + bytes(range(256)) * 50,
}


@pytest.mark.parametrize(("bomb", "view"), [*zip(FILES, cycle(KINDS), strict=False)])
def test_a_file_to_import(shop: Shop, bomb: str, view: str) -> None:
    url = reverse(f"admin:contests_contest_{view}", args=[shop.contest.pk.replace("_", "_5F")])
    file = SimpleUploadedFile("people.csv", content(FILES[bomb]))
    answer = signed_in(shop, "owner").post(url, {"file": file, "adds_points": "no", "request_id": "r"})
    assert answer.status_code in (200, 302, 400, 413)
    file_import = KINDS[view].objects.filter(contest=shop.contest).first()
    if file_import is not None:  # it was text after all: none of its rows can be imported
        assert not file_import.rows.filter(contest=shop.contest, outcome="new").exists()


def multipart(parts: int, *, is_file: bool) -> bytes:
    kind = '; filename="a.csv"' if is_file else ""
    part = f'--b\r\nContent-Disposition: form-data; name="a"{kind}\r\n\r\nx\r\n'
    return part.encode() * parts + b"--b--\r\n"


@pytest.mark.parametrize("is_file", [True, False])
@pytest.mark.parametrize("path", ["/admin/login/", "/admin/contests/contest/add/", "/admin/password/forgot/"])
def test_a_form_of_ten_thousand_parts(shop: Shop, path: str, is_file: bool) -> None:
    body = multipart(10_000, is_file=is_file)
    answer = signed_in(shop, "owner").post(path, body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code in (400, 413)


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=" + "b" * 5_000, "multipart/form-data; boundary=\xff"],
)
def test_a_form_without_a_boundary(shop: Shop, content_type: str) -> None:
    answer = Client().post("/admin/login/", b"--b--", content_type=content_type)
    assert answer.status_code in (200, 400)


@pytest.mark.parametrize("part", ["Content-Transfer-Encoding: base64", "Content-Type: text/html; charset=" + "x" * 900])
def test_a_part_with_odd_headers(shop: Shop, part: str) -> None:
    body = f'--b\r\nContent-Disposition: form-data; name="username"\r\n{part}\r\n\r\n%%%\r\n--b--\r\n'.encode()
    answer = Client().post("/admin/login/", body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code in (200, 400)


def test_a_form_of_many_fields(shop: Shop) -> None:
    body = "&".join(f"a{number}=1" for number in range(5_000))
    form = "application/x-www-form-urlencoded"
    assert Client().post("/admin/login/", body, content_type=form).status_code == 400


@pytest.mark.parametrize(
    "text", ["9" * 5_000, "1e999999999", "NaN", "\u0660" * 400, "-" * 500, "1" + "\u202f000" * 900]
)
def test_a_number_in_a_form(shop: Shop, text: str) -> None:
    url = reverse("admin:contests_entry_adjust", args=[shop.entry.pk.replace("_", "_5F")])
    form = {"_form_submitted": "True", "reason": "x", "request_id": "r", "points": text}
    assert signed_in(shop, "owner").post(url, form).status_code == 200
    shop.entry.refresh_from_db()
    assert shop.entry.points == 0


NAMES = ("limit", "cursor", "page", "from", "to", "q", "p", "days", "o")
VALUES = ("9" * 5_000, "1e400", "NaN", "-1", "0x10", "%00", "\u0663", "[]")


@pytest.mark.parametrize(("name", "value"), [*zip(NAMES, VALUES + VALUES, strict=False)])
def test_a_parameter(shop: Shop, name: str, value: str) -> None:
    headers = {"x-api-key": shop.private_key}
    for path in ("/contests", f"/contests/{shop.contest.pk}/entries", f"/contests/{shop.contest.pk}/purchases"):
        assert Client().get(f"/api/v1{path}", {name: value}, headers=headers).status_code == 400
    client = signed_in(shop, "owner")
    for path in ("/admin/contests/entry/", "/admin/purchases/purchase/", "/admin/"):
        assert client.get(path, {name: value}).status_code in (200, 302, 400), path
