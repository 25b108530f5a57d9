"""What an answer under /api/ has of the pages' middleware: its headers for security, and none of the rest."""

import gzip
from typing import Any

import pytest
from django.test import Client

from tests.support import Shop

SECURITY_HEADERS = (
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
    "X-Frame-Options",
)
PATHS = ["/api/v1/contests", "/api/v1/key", "/api/nothing", "/api", "//api/v1", "/api/docs", "/api/schema"]


@pytest.fixture
def client(settings: Any) -> Client:
    settings.SECURE_HSTS_SECONDS = 3600
    return Client()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize("secure", [False, True])
def test_an_answer_has_the_security_headers_of_a_page(
    db: None, client: Client, path: str, method: str, secure: bool
) -> None:
    page = client.get("/admin/login/", secure=secure)
    answer = client.generic(method, path, secure=secure)
    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == {
        name: page.headers.get(name) for name in SECURITY_HEADERS
    }
    assert ("Strict-Transport-Security" in answer.headers) is secure


@pytest.mark.parametrize("path", PATHS)
def test_only_the_documentation_may_have_inline_styles(db: None, client: Client, path: str) -> None:
    policy = client.get(path)["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert ("style-src 'self' 'unsafe-inline'" in policy) is path.startswith("/api/docs")


def test_a_large_answer_is_compressed_and_a_small_one_not(shop: Shop, client: Client) -> None:
    headers = {"Accept-Encoding": "gzip, br", "x-api-key": shop.private_key}
    path = f"/api/v1/contests/{shop.contest.pk}/purchases/batch"
    body = {"purchases": [shop.order(amount="1") for _ in range(50)]}
    large, plain = (
        client.post(path, body, "application/json", headers=headers | encoding)
        for encoding in ({}, {"Accept-Encoding": "identity"})
    )
    small = client.get("/api/v1/key", headers=headers)
    assert (large["Content-Encoding"], large["Vary"], plain["Vary"], small["Vary"]) == (
        "gzip",
        *["Accept-Encoding"] * 3,
    )
    assert gzip.decompress(large.content) == plain.content
    assert [int(answer["Content-Length"]) for answer in (large, plain, small)] == [
        len(answer.content) for answer in (large, plain, small)
    ]
    assert not {"Content-Encoding"} & {*plain.headers, *small.headers}
