"""Which bodies are JSON by their type, encoding and charset; and no charset that is named breaks anything."""

import bz2
import gzip
import json
import zlib
from typing import Any

import pytest
import requests

from contests.models import Entry
from purchases.models import Purchase
from tests.support import Api, Shop, make_shop

BODY = {"email": "ada@example.com", "orderId": "ordér-1", "amount": 5}
UTF_8 = json.dumps(BODY, ensure_ascii=False).encode()
JSON = "application/json"


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def send(api: Api, shop: Shop, body: bytes, content_type: str = JSON, encoding: str | None = None) -> requests.Response:
    headers = {"Content-Type": content_type} | ({} if encoding is None else {"Content-Encoding": encoding})
    return api.record(shop, body, headers=headers)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(UTF_8, mtime=0), "gzip"),
        (gzip.compress(UTF_8, mtime=0), "x-gzip"),
        (zlib.compress(UTF_8), "deflate"),
        (bz2.compress(UTF_8), "br"),
        (UTF_8, "gzip"),
        (UTF_8, "GZIP"),
        (UTF_8, "identity, zstd"),
        (UTF_8, "aws-chunked"),
    ],
)
def test_an_encoded_body_is_refused(api: Api, shop: Shop, body: bytes, encoding: str) -> None:
    answer = send(api, shop, body, encoding=encoding)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert encoding.lower().rpartition(" ")[2] in answer.json()["message"]


def test_a_compressed_body_without_a_header_is_refused(api: Api, shop: Shop) -> None:
    answer = send(api, shop, gzip.compress(UTF_8, mtime=0))
    assert (answer.status_code, "gzip" in answer.json()["message"]) == (415, True)


@pytest.mark.parametrize("encoding", ["", "identity", "Identity", "utf-8", "UTF-8", "identity, identity"])
def test_identity_and_utf_8_are_not_encodings(api: Api, shop: Shop, encoding: str) -> None:
    assert send(api, shop, UTF_8, encoding=encoding).status_code == 201


CHARSETS = [
    "utf-8", '"UTF-8"', "utf8", "iso-8859-1", "windows-1252", "utf-16", "us-ascii", "shift_jis", "x-unknown", "",
    "hex", "rot13", "idna", "zip", "undefined", "punycode", "\x00", "é" * 300, "unicode_escape", "mbcs",
]  # fmt: skip


@pytest.mark.parametrize("charset", CHARSETS)
def test_a_charset_is_ignored_where_the_bytes_are_utf_8(api: Api, shop: Shop, charset: str) -> None:
    if "\x00" in charset:
        return  # the HTTP server refuses it
    answer = api.record(
        shop,
        UTF_8,
        headers={"Content-Type": f"{JSON}; charset={charset}".encode("latin-1")},
        params={"explain": "true"},
    )
    assert answer.status_code == 201
    assert "explanation" in answer.json()["data"]
    assert Purchase.objects.get().order_id == "ordér-1"


@pytest.mark.parametrize(
    "charset", ["iso-8859-1", "ISO-8859-15", "windows-1252", "cp437", "utf-16", "utf-32-le", "x-unknown"]
)
def test_another_charset_is_refused_by_its_name(api: Api, shop: Shop, charset: str) -> None:
    codec = "latin-1" if charset == "x-unknown" else charset
    body = json.dumps(BODY, ensure_ascii=False).encode(codec)
    answer = send(api, shop, body, f"{JSON}; charset={charset}")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert charset in answer.json()["message"]


@pytest.mark.parametrize(
    "content_type", [JSON, f"{JSON}; charset=utf-8", f"{JSON};charset=UTF8", f'{JSON}; charset="utf-8"']
)
def test_invalid_utf_8_is_not_json(api: Api, shop: Shop, content_type: str) -> None:
    answer = send(api, shop, UTF_8.decode().encode("latin-1"), content_type)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request_body")


def test_the_type_is_checked_after_the_key_and_before_the_contest(api: Api, shop: Shop) -> None:
    headers = {"Content-Type": JSON, "Content-Encoding": "gzip"}
    assert api.record(shop, b"x", headers=headers, contest_id="none").status_code == 415
    assert api.record(shop, b"x", headers=headers, key="x").status_code == 401


@pytest.mark.parametrize("charset", ["hex", "rot13", "idna", "zip", "undefined", "punycode", "utf-16", "iso-8859-1"])
@pytest.mark.parametrize(
    "path", ["/api/v1/contests?limit=1", "/api/none?x=%ff", "/?x=%ff", "/admin/login/?x=%ff", "/x?y=%ff"]
)
def test_no_python_codec_breaks_a_page(api: Api, shop: Shop, charset: str, path: str) -> None:
    headers: Any = {"Content-Type": f"text/plain; charset={charset}", "x-api-key": shop.private_key}
    assert api.session.get(f"{api.base_url}{path}", headers=headers).status_code in (200, 400, 404)
    assert api.session.post(f"{api.base_url}{path}", data=b"a=b", headers=headers).status_code in (
        400,
        403,
        404,
        405,
        415,
    )
    assert Entry.objects.exists()
