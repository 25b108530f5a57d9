"""The whole matrix, made from the URL configuration: a new route stands in it or these tests fail."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from apikeys.models import ApiKey
from contests.models import Contest
from contests.services import create_contest, create_entry
from purchases.models import Purchase
from purchases.stores.connections import create_connection
from tests.support import Api, Shop, make_shop, record

READS, WRITES = ("GET",), ("POST", "PUT", "DELETE", "PATCH")
ADJUST = {"points": 5, "reason": "Welcome"}
SECRET = "for-these-tests-only"
ORDER = {"email": "ada@example.com", "orderId": "matrix-1", "amount": 5}

# Each route with its methods and, for those that write, a body that is right. Private: not for a public key to read.
ROUTES: dict[str, dict[str, Any]] = {
    "/contests": {"GET": None},
    "/contests/{contest}": {"GET": None},
    "/contests/{contest}/leaderboard": {"GET": None},
    "/contests/{contest}/analytics": {"GET": None},
    "/contests/{contest}/entries": {"GET": None, "POST": {"email": "new@example.com"}},
    "/contests/{contest}/purchases": {"GET": None, "POST": ORDER},
    "/contests/{contest}/purchases/preview": {"POST": ORDER},
    "/contests/{contest}/purchases/batch": {"POST": {"purchases": [ORDER]}},
    "/contests/{contest}/purchases/reconcile": {"POST": {"orders": [{"orderId": "matrix-1"}]}},
    "/contests/{contest}/purchases/{purchase}": {"GET": None},
    "/contests/{contest}/purchases/{purchase}/void": {"POST": {"reason": "Cancelled"}},
    "/contests/{contest}/refunds": {"GET": None, "POST": {"orderId": "known", "refundId": "r1"}},
    "/entries/{entry}": {"GET": None, "PUT": {"name": "Ada"}},
    "/entries/{entry}/disqualify": {"POST": {"reason": "Twice"}},
    "/entries/{entry}/points": {"POST": ADJUST},
    "/entries/lookup?contestId={contest}&email=ada@example.com": {"GET": None},
    "/key": {"GET": None},
}
# Those that take a webhook secret instead of a key, below /api/webhooks.
WEBHOOKS: dict[str, dict[str, Any]] = {
    "/purchase/{contest}": ORDER,
    "/signup/{contest}": {"email": "new@example.com", "referralCode": "nobodys"},
}
NATIVE_WEBHOOK = "/{kind}/{connection}"  # has tests of its own: what it takes is said by each store
PRIVATE_READS = {
    "/contests/{contest}/purchases",
    "/contests/{contest}/purchases/{purchase}",
    "/contests/{contest}/refunds",
}
CASES = [(path, method) for path, methods in ROUTES.items() for method in methods]


def routes_of(patterns: list[Any], start: str, prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes_of(pattern.url_patterns, start, route)
        elif isinstance(pattern, URLPattern) and route.startswith(f"{start}/"):
            yield re.sub(r"\(\?P<\w+>[^)]*\)", "{}", route).replace("^", "").replace("/?$", "").removeprefix(start)


@pytest.mark.parametrize(("start", "table"), [("api/v1", list(ROUTES)), ("api/webhooks", [*WEBHOOKS, NATIVE_WEBHOOK])])
def test_every_route_is_in_the_table(start: str, table: list[str]) -> None:
    paths = {re.sub(r"\{\w+\}", "{}", path.partition("?")[0]) for path in table}
    assert set(routes_of(get_resolver().url_patterns, start)) == paths


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    shop = make_shop()
    record(shop, order_id="known")
    return shop


def path_for(path: str, shop: Shop, **others: str) -> str:
    own = {"contest": shop.contest.pk, "entry": shop.entry.pk}
    if "{purchase}" in path:
        purchase = Purchase.objects.filter(contest=shop.contest).values_list("pk", flat=True).first()
        own["purchase"] = purchase or "none"
    return path.format(**(own | others))


@pytest.mark.parametrize(("path", "method"), CASES)
class TestEach:
    def test_works(self, api: Api, shop: Shop, path: str, method: str) -> None:
        answer = api.call(shop, method, path_for(path, shop), ROUTES[path][method])
        assert answer.status_code in (200, 201), answer.text
        assert answer.json()["success"] is True
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"

    def test_a_trailing_slash_changes_nothing(self, api: Api, shop: Shop, path: str, method: str) -> None:
        route, question, query = path_for(path, shop).partition("?")
        answer = api.call(shop, method, f"{route}/{question}{query}", ROUTES[path][method])
        assert answer.status_code in (200, 201)

    def test_a_missing_or_wrong_key_is_401(self, api: Api, shop: Shop, path: str, method: str) -> None:
        for key, code in (("", "missing_api_key"), ("brk_priv_" + "x" * 32, "invalid_api_key")):
            answer = api.call(shop, method, path_for(path, shop), ROUTES[path][method], key=key)
            assert (answer.status_code, answer.json()["code"]) == (401, code)
            assert "WWW-Authenticate" in answer.headers

    def test_a_public_key_only_reads(self, api: Api, shop: Shop, path: str, method: str) -> None:
        answer = api.call(shop, method, path_for(path, shop), ROUTES[path][method], key=shop.public_key)
        is_private = method != "GET" or path in PRIVATE_READS
        assert answer.status_code == (403 if is_private else 200)
        if not is_private:
            assert "ada@example.com" not in answer.text

    def test_another_teams_object_is_like_a_missing_one(self, api: Api, shop: Shop, path: str, method: str) -> None:
        if "{" not in path:
            return
        stranger = make_shop("eve@example.com")
        foreign = self.status_code_and_message(api.call(stranger, method, path_for(path, shop), ROUTES[path][method]))
        nowhere = {"contest": "none", "entry": "none", "purchase": "none"}
        nothing = self.status_code_and_message(
            api.call(stranger, method, path_for(path, shop, **nowhere), ROUTES[path][method])
        )
        assert foreign == nothing
        assert foreign[0] == 404

    def test_another_method_is_405(self, api: Api, shop: Shop, path: str, method: str) -> None:
        for other in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(ROUTES[path]):
            answer = api.call(shop, other, path_for(path, shop), {})
            assert answer.status_code == 405, other
            assert method in answer.headers["Allow"]

    def test_a_bad_body_is_400(self, api: Api, shop: Shop, path: str, method: str) -> None:
        if ROUTES[path][method] is None:
            return
        url = f"{api.base_url}/api/v1{path_for(path, shop)}"
        headers = {"x-api-key": shop.private_key, "Content-Type": "application/json"}
        for body in (b"", b"{", b"[]", b'{"a": 1, "a": 2}', b"\xff", b'{"points": "x", "email": 7}'):
            answer = api.session.request(method, url, data=body, headers=headers, timeout=30)
            if answer.status_code == 200 and path.endswith(("/disqualify", "{entry}")):
                continue  # all their fields may be left out
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request_body"), body
            assert answer.json()["details"]

    @staticmethod
    def status_code_and_message(answer: requests.Response) -> tuple[int, str, str]:
        body = answer.json()
        return answer.status_code, body["code"], body["message"]


@pytest.mark.parametrize("path", WEBHOOKS)
class TestEachWebhook:
    """As `TestEach`, with a secret."""

    @pytest.fixture(autouse=True)
    def connection(self, shop: Shop) -> None:
        create_connection(shop.contest, kind="custom", name="Form", secret=SECRET)

    def post(self, api: Api, shop: Shop, path: str, secret: str = SECRET, **options: Any) -> requests.Response:
        url = f"/api/webhooks{path_for(path, options.pop('at', shop))}"
        options = options or {"json": WEBHOOKS[path]}
        headers = {"x-webhook-secret": secret, "Content-Type": "application/json"}
        return api.post(url, headers=headers, **options)

    def test_works_once_and_again_with_a_slash(self, api: Api, shop: Shop, path: str) -> None:
        answers = [self.post(api, shop, path), self.post(api, shop, f"{path}/", json=WEBHOOKS[path])]
        assert [answer.status_code for answer in answers] == [201, 200]
        for answer in answers:
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert "RateLimit" not in answer.headers

    def test_keys_are_no_secrets(self, api: Api, shop: Shop, path: str) -> None:
        for secret in ("", shop.private_key, SECRET + "x"):
            answer = self.post(api, shop, path, secret)
            assert (answer.status_code, answer.json()["code"]) == (401, "invalid_webhook_secret")
            assert "WWW-Authenticate" in answer.headers

    def test_another_teams_contest_is_like_a_missing_one(self, api: Api, shop: Shop, path: str) -> None:
        foreign = self.post(api, shop, path, at=make_shop("eve@example.com"), json=WEBHOOKS[path])
        nothing = api.post("/api/webhooks" + path.format(contest="none"), headers={"x-webhook-secret": SECRET}, json={})
        assert TestEach.status_code_and_message(foreign) == TestEach.status_code_and_message(nothing)

    def test_another_method_is_405(self, api: Api, shop: Shop, path: str) -> None:
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            answer = api.session.request(method, f"{api.base_url}/api/webhooks{path_for(path, shop)}", timeout=30)
            assert (answer.status_code, answer.headers["Allow"]) == (405, "POST, OPTIONS")

    def test_a_bad_body_is_400(self, api: Api, shop: Shop, path: str) -> None:
        for body in (b"", b"{", b"[]", b'{"email": "a@b.example", "email": "b@b.example"}', b"\xff", b'{"email": 7}'):
            answer = self.post(api, shop, path, data=body)
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request_body"), body
            assert answer.json()["details"]


WEBHOOK_STATEMENTS = {"/purchase/{contest}": 9, "/signup/{contest}": 15}


@pytest.mark.parametrize("path", WEBHOOKS)
def test_each_webhook_has_its_number_of_statements(shop: Shop, path: str, django_assert_max_num_queries: Any) -> None:
    create_connection(shop.contest, kind="custom", name="Form", secret=SECRET)
    url, headers = f"/api/webhooks{path_for(path, shop)}", {"x-webhook-secret": SECRET}
    with django_assert_max_num_queries(WEBHOOK_STATEMENTS[path]):
        assert Client().post(url, WEBHOOKS[path], content_type="application/json", headers=headers).status_code == 201


STATEMENTS = {
    ("/contests", "GET"): 6,
    ("/contests/{contest}", "GET"): 5,
    ("/contests/{contest}/leaderboard", "GET"): 4,
    ("/contests/{contest}/analytics", "GET"): 6,
    ("/contests/{contest}/entries", "GET"): 6,
    ("/contests/{contest}/entries", "POST"): 14,
    ("/contests/{contest}/purchases", "GET"): 6,
    ("/contests/{contest}/purchases", "POST"): 10,
    ("/contests/{contest}/purchases/preview", "POST"): 10,
    ("/contests/{contest}/purchases/batch", "POST"): 14,
    ("/contests/{contest}/purchases/reconcile", "POST"): 7,
    ("/contests/{contest}/purchases/{purchase}", "GET"): 5,
    ("/contests/{contest}/purchases/{purchase}/void", "POST"): 16,
    ("/contests/{contest}/refunds", "GET"): 7,
    ("/contests/{contest}/refunds", "POST"): 18,
    ("/entries/{entry}", "GET"): 3,
    ("/entries/{entry}", "PUT"): 8,
    ("/entries/{entry}/disqualify", "POST"): 9,
    ("/entries/{entry}/points", "POST"): 13,
    ("/entries/lookup?contestId={contest}&email=ada@example.com", "GET"): 4,
    ("/key", "GET"): 3,
}


@pytest.mark.parametrize(("path", "method"), CASES)
def test_each_endpoint_has_its_number_of_statements(
    shop: Shop, path: str, method: str, django_assert_max_num_queries: Any
) -> None:
    """At most; the beginnings of transactions are counted in."""
    ApiKey.objects.update(rate_limit=6000)
    assert set(STATEMENTS) == set(CASES)
    client, url = Client(), f"/api/v1{path_for(path, shop)}"
    send = getattr(client, method.lower())
    options: dict[str, Any] = {"headers": {"x-api-key": shop.private_key}}
    if ROUTES[path][method] is not None:
        options |= {"data": ROUTES[path][method], "content_type": "application/json"}
    with django_assert_max_num_queries(STATEMENTS[path, method]):
        assert send(url, **options).status_code in (200, 201)


@pytest.mark.parametrize("path", ["/contests", "/contests/{contest}/entries", "/contests/{contest}/purchases"])
def test_a_list_takes_the_same_statements_for_a_long_page(shop: Shop, path: str) -> None:
    counts = []
    Client().get("/api/v1/key", headers={"x-api-key": shop.private_key})  # notes that the key is used
    for rows in (0, 20):
        for number in range(rows):
            create_contest(shop.team, title=f"C{number}", slug=f"c-{number}")
            create_entry(shop.contest, f"e{number}@example.com")
            record(shop)
        with CaptureQueriesContext(connection) as captured:
            url = f"/api/v1{path_for(path, shop)}?limit=100"
            Client().get(url, headers={"x-api-key": shop.private_key})
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert Contest.objects.count() > 20
