"""A wrong Host header: a plain 400 for the world; the log, and the page where DEBUG is on, say what to change."""

import logging
from typing import Any

import pytest
from django.test import Client

SENTENCE = "Bad request: the Host header “{}” is not allowed. Add it to ALLOWED_HOSTS."
FOREIGN = ["web", "shop.example.com:8000", "127.0.0.1.evil.example", "[2001:db8::1]", "xn--bcher-kva.example"]


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize("path", ["/", "/admin/", "/admin/login/", "/static/blitzrocket/page.css", "/nothing"])
def test_an_unknown_host_gets_a_plain_400(client: Client, caplog: Any, host: str, path: str) -> None:
    with caplog.at_level(logging.WARNING):
        answer = client.get(path, headers={"Host": host})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "Bad request" in page
    assert "ALLOWED_HOSTS" not in page
    assert host not in page
    assert [record.getMessage() for record in caplog.records] == [SENTENCE.format(host)]
    assert all(record.exc_info is None for record in caplog.records)


@pytest.mark.parametrize("host", FOREIGN)
def test_with_debug_the_page_names_the_host_and_the_setting(client: Client, settings: Any, host: str) -> None:
    settings.DEBUG = True
    assert SENTENCE.format(host) in client.get("/admin/", headers={"Host": host}).content.decode()
    answer = client.get("/api/v1/key", headers={"Host": host})
    assert (answer.status_code, answer.json()["message"]) == (400, SENTENCE.format(host))


@pytest.mark.parametrize("path", ["/api/v1/key", "/api/nothing", "/api/schema", "/api/docs", "/api/"])
def test_a_preflight_is_answered_for_any_host(client: Client, path: str) -> None:
    answer = client.options(path, headers={"Host": "web"})
    assert (answer.status_code, answer.content, answer["Access-Control-Allow-Origin"]) == (204, b"", "*")


@pytest.mark.parametrize("path", ["/api/v1/key", "/api/nothing", "/api/schema", "/api/docs", "/api/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_api_urls_answer_in_the_envelope(client: Client, path: str, method: str) -> None:
    answer = client.generic(method, path, headers={"Host": "web"})
    body = answer.json()
    assert answer.status_code == 400
    assert (body["success"], body["code"], body["message"]) == (False, "bad_request", "Bad request.")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert body["requestId"] == answer["X-Request-Id"]


@pytest.mark.parametrize("host", ["a b", "<script>", "web/path", "web:port", "ünï.example", "x" * 300, "a_b!"])
def test_an_invalid_host_name_is_reported(client: Client, settings: Any, host: str) -> None:
    settings.DEBUG = True
    answer = client.get("/api/v1/key", headers={"Host": host})
    assert answer.status_code == 400
    message = answer.json()["message"]
    assert ("is not a host name" in message) or ("is not allowed" in message)
    assert message.isprintable()
    assert len(message) < 400


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_need_no_host(db: None, client: Client, path: str) -> None:
    assert client.get(path, headers={"Host": "10.0.0.7"}).status_code == 200
