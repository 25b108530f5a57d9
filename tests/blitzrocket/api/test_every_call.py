"""What every answer under /api/ carries, whoever makes it."""

import re
from typing import Any

import pytest
import requests
from django.test import Client

from tests.support import Api, Server, Shop, make_shop, signed_in


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def answers_of_all_kinds(api: Api, shop: Shop) -> dict[str, requests.Response]:
    path = f"/api/v1/contests/{shop.contest.pk}/purchases"
    get, base = api.session.get, api.base_url
    return {
        "recorded": api.record(shop),
        "no key": api.post(path, json={}),
        "public key": api.record(shop, key=shop.public_key),
        "no such contest": api.record(shop, contest_id="none"),
        "no json": api.record(shop, b"{"),
        "too large": api.record(shop, b"x" * 70_000),
        "other type, empty": api.record(shop, b"", headers={"Content-Type": "text/plain"}),
        "other type": api.record(shop, b"a=b", headers={"Content-Type": "text/plain"}),
        "other method": api.session.put(f"{base}{path}"),
        "delete": api.session.delete(f"{base}{path}"),
        "no such route": get(f"{base}/api/v1/nothing"),
        "no such route, written to": api.post("/api/nothing", data=b"x" * 1000),
        "no such version": get(f"{base}/api/"),
        "no version": get(f"{base}/api", allow_redirects=False),
        "a slash too many": get(f"{base}//api/v1/contests"),
        "a slash too many, written to": api.post("//api/v1/contests/x/purchases", json={}),
        "slashes within": get(f"{base}/api//v1/contests"),
        "strange host": get(f"{base}/api/v1/nothing", headers={"Host": "evil.example"}),
        "preflight": api.session.options(f"{base}{path}", headers={"Origin": "https://shop.example"}),
        "preflight to nowhere": api.session.options(f"{base}/api/v1/nothing"),
    }


STATUSES = {
    "recorded": 201,
    "no key": 401,
    "public key": 403,
    "no such contest": 404,
    "no json": 400,
    "too large": 413,
    "other type": 415,
    "other type, empty": 415,
    "other method": 405,
    "delete": 405,
    "no such route": 404,
    "no such route, written to": 404,
    "no such version": 404,
    "no version": 404,
    "a slash too many": 404,
    "a slash too many, written to": 404,
    "slashes within": 404,
    "strange host": 400,
    "preflight": 204,
    "preflight to nowhere": 204,
}


def test_every_response_has_envelope_request_id_and_cors(api: Api, shop: Shop) -> None:
    answers = answers_of_all_kinds(api, shop)
    assert {name: answer.status_code for name, answer in answers.items()} == STATUSES
    for name, answer in answers.items():
        headers = answer.headers
        assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", headers["X-Request-Id"]), name
        assert headers["Access-Control-Allow-Origin"] == "*", name
        assert headers["Access-Control-Allow-Methods"] == "GET, POST, PUT, DELETE, OPTIONS", name
        assert headers["Access-Control-Allow-Headers"] == "Content-Type, x-api-key, X-Request-Id", name
        assert "Set-Cookie" not in headers, name
        if answer.status_code == 204:
            assert "Content-Type" not in headers, name
        else:
            assert headers["Content-Type"] == "application/json", name
            assert answer.json()["success"] is (answer.status_code < 400), name


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/api",
            "/api/",
            "/api/v1/contests",
            "/api/v1/entries/x/points/",
            "/api/v2/contests",
            "/api/schema",
            "/api/docs",
        ),
        *("//api/v1/contests", "///api", "/api/%00", "/api/x%0Ay", "/api/v1/contests?apiKey=x"),
    ],
)
@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "null", "Access-Control-Request-Headers": "x-request-id"}, {"Host": "evil.example"}]
)
def test_every_preflight_is_answered(api: Api, path: str, headers: dict[str, str]) -> None:
    answer = api.session.options(f"{api.base_url}{path}", headers=headers, allow_redirects=False)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "X-Request-Id" in answer.headers["Access-Control-Allow-Headers"]
    assert answer.headers["X-Request-Id"]


COOKIES = [
    "csrftoken=x",
    "csrftoken=" + "a" * 64,
    "sessionid=x",
    "sessionid=" + "a" * 32 + "; messages=x",
    "__Host-x=1; =; ;;",
    'csrftoken="\xff"',
]


@pytest.mark.parametrize("cookie", COOKIES)
def test_no_cookie_is_read_or_set(api: Api, shop: Shop, cookie: str) -> None:
    headers: dict[str, Any] = {"Cookie": cookie.encode("latin-1"), "x-api-key": shop.private_key}
    for path in ("/api/v1/contests", "/api/v1/nothing", "/api", "//api/v1", "/api/docs", "/api/schema", "/api/v1/key"):
        for method in ("GET", "POST", "OPTIONS"):
            answer = requests.request(
                method, f"{api.base_url}{path}", headers=headers, timeout=30, allow_redirects=False
            )
            assert "Set-Cookie" not in answer.headers, (method, path)
            assert answer.status_code < 500, (method, path)


def test_a_session_gives_no_rights_in_the_api(api: Api, shop: Shop) -> None:
    browser = signed_in(shop, "owner")
    session = browser.cookies["sessionid"].value
    for path in ("/api/v1/contests", "/api/docs", "/api/schema"):
        signed, plain = (
            requests.get(f"{api.base_url}{path}", cookies=cookies, timeout=30)
            for cookies in ({"sessionid": session}, {})
        )
        assert signed.status_code == plain.status_code
        assert "Cookie" not in signed.headers.get("Vary", "")
        assert without_ids(signed) == without_ids(plain)


def without_ids(answer: requests.Response) -> str:
    """Its text, without what differs from call to call."""
    return re.sub(r"req_\w+|nonce-\S+", "", answer.text)


def test_all_errors_have_the_same_members(api: Api, shop: Shop) -> None:
    for name, answer in answers_of_all_kinds(api, shop).items():
        if answer.status_code >= 400:
            body = answer.json()
            assert set(body) - {"details"} == {"success", "error", "message", "code", "requestId"}, name
            assert body["requestId"] == answer.headers["X-Request-Id"], name
            assert re.fullmatch(r"[a-z_]+", body["code"]), name


def test_a_405_names_the_allowed_methods(api: Api, shop: Shop) -> None:
    answer = api.session.put(f"{api.base_url}/api/v1/contests/{shop.contest.pk}/purchases")
    assert answer.json()["code"] == "method_not_allowed"
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("request_id", "is_used"),
    [("abc-1._X", True), ("x" * 64, True), ("x" * 65, False), ("a b", False), ("", False), ("é", False)],
)
def test_a_valid_request_id_of_the_caller_is_used(api: Api, shop: Shop, request_id: str, is_used: bool) -> None:
    answer = api.record(shop, headers={"X-Request-Id": request_id.encode()})
    assert (answer.headers["X-Request-Id"] == request_id) is is_used


def test_the_log_line_has_the_same_id(api: Api, server: Server, shop: Shop) -> None:
    request_id = api.record(shop).headers["X-Request-Id"]
    lines = [line for line in server.log.read_text().splitlines() if request_id in line]
    assert len(lines) == 1
    assert f"POST /api/v1/contests/{shop.contest.pk}/purchases 201" in lines[0]


def test_an_internal_error_reveals_no_details(shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    """A fault planted in one of our own functions, which no input reaches."""

    def fault(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr("purchases.api.purchases.record_with_others", fault)
    answer = Client(raise_request_exception=False).post(
        f"/api/v1/contests/{shop.contest.pk}/purchases",
        shop.order(),
        content_type="application/json",
        headers={"x-api-key": shop.private_key},
    )
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert "secret" not in answer.content.decode()
    assert "a secret of ours" in caplog.text


def test_other_pages_have_no_headers_of_the_api(api: Api) -> None:
    answer = api.session.get(f"{api.base_url}/nothing")
    assert answer.status_code == 404
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_path_cannot_forge_a_log_line(api: Api, server: Server) -> None:
    request_id = api.session.get(f"{api.base_url}/api/x%0Aforged%20line").headers["X-Request-Id"]
    (line,) = [line for line in server.log.read_text().splitlines() if request_id in line]
    assert "/api/x%0Aforged%20line 404" in line
    assert not any(line.startswith("forged") for line in server.log.read_text().splitlines())


def test_production_refuses_plain_http_in_the_envelope(db: None, client: Client, settings: Any) -> None:
    """A redirect would be followed without the order, and the key was sent in the clear already."""
    settings.HTTPS = settings.SECURE_SSL_REDIRECT = True
    answer = client.post("/api/v1/contests/c/purchases", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "https_required")
    assert client.get("/admin/").status_code == 301
    assert client.get("/healthz").status_code == 200
    assert client.post("/api/v1/contests/c/purchases", secure=True).status_code == 401
