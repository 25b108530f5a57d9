"""The hosted product's purchase webhook: the API's record call with a secret."""

import json
from hmac import compare_digest as constant_time_compare
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from purchases.models import Purchase, RejectedPurchase, StoreConnection
from purchases.stores.connections import create_connection, replace_secret
from tests.support import Shop, make_shop

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "for-these-tests-only"


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    shop = make_shop()
    create_connection(shop.contest, kind="custom", name="Checkout", secret=SECRET)
    return shop


def post(shop: Shop, body: dict[str, Any], **headers: str) -> Any:
    url = f"/api/webhooks/purchase/{shop.contest.pk}"
    return Client().post(url, json.dumps(body), content_type="application/json", **headers)  # type: ignore[arg-type]


@pytest.mark.parametrize("in_body", [True, False])
def test_it_answers_as_the_api_does(shop: Shop, in_body: bool) -> None:
    body = shop.order(**({"secret": SECRET} if in_body else {}))
    headers = {} if in_body else {"HTTP_X_WEBHOOK_SECRET": SECRET}
    first, second = post(shop, body, **headers), post(shop, body, **headers)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["data"]["pointsAwarded"] == 50
    assert second.json()["data"]["alreadyExists"] is True
    assert Purchase.objects.filter(contest=shop.contest).count() == 1


@pytest.mark.parametrize("body", [{}, {"secret": "other"}, {"secret": 5}, {"secret": "é"}])
def test_a_wrong_secret_is_401_and_stores_nothing(shop: Shop, body: dict[str, Any]) -> None:
    response = post(shop, shop.order(**body))
    assert (response.status_code, response.json()["code"]) == (401, "invalid_webhook_secret")
    assert not Purchase.objects.filter(contest=shop.contest).exists()


def test_another_contest_s_secret(shop: Shop) -> None:
    other = make_shop()
    assert post(other, other.order(secret=SECRET)).status_code == 401


def test_errors_are_the_api_s_and_kept_for_support(shop: Shop) -> None:
    response = post(shop, shop.order(secret=SECRET, amount="x"))
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request_body")
    assert post(shop, shop.order(secret=SECRET, email="nobody@example.com")).status_code == 404
    states = RejectedPurchase.objects.filter(contest=shop.contest).values_list("state", flat=True)
    assert sorted(states) == ["held", "rejected"]


@pytest.mark.parametrize("endpoint", ["purchase", "signup"])
class TestBoth:
    def test_a_paused_connection_is_404_to_whoever_knows_its_secret(self, shop: Shop, endpoint: str) -> None:
        StoreConnection.objects.filter(contest=shop.contest).update(is_active=False)
        assert self.code(shop, endpoint) == (404, "not_found")
        assert self.code(shop, endpoint, secret="other") == (401, "invalid_webhook_secret")
        assert not Purchase.objects.exists()
        assert not RejectedPurchase.objects.exists()

    def test_an_unknown_contest_is_like_a_wrong_secret(self, shop: Shop, endpoint: str) -> None:
        for contest_id in ("none", "a\0b", make_shop().contest.pk):
            assert self.code(shop, endpoint, contest_id=contest_id) == (401, "invalid_webhook_secret")

    def test_size_and_type(self, shop: Shop, endpoint: str) -> None:
        """As of the API; 1 MiB as of all webhooks."""
        assert self.code(shop, endpoint, b'{"x": "%s"}' % (b"x" * (1024 * 1024 - 9))) == (400, "invalid_request_body")
        too_large = b"x" * (1024 * 1024 + 1)
        for header in ({}, {"secret": ""}):
            assert self.code(shop, endpoint, too_large, **header) == (413, "request_body_too_large")
        assert self.code(shop, endpoint, content_type="text/plain") == (415, "unsupported_media_type")
        assert self.code(shop, endpoint, b"secret=x", secret="", content_type="text/plain") == (
            401,
            "invalid_webhook_secret",
        )

    def test_another_method_and_a_slash(self, shop: Shop, endpoint: str) -> None:
        url = f"/api/webhooks/{endpoint}/{shop.contest.pk}"
        response = Client().get(url, headers={"x-webhook-secret": SECRET})
        assert (response.status_code, response.headers["Allow"]) == (405, "POST, OPTIONS")
        assert Client().post(f"{url}/", {}, content_type="application/json").status_code == 401

    def code(self, shop: Shop, endpoint: str, body: bytes | None = None, **changes: str) -> tuple[int, str]:
        options = {"contest_id": shop.contest.pk, "content_type": "application/json", "secret": SECRET} | changes
        response = Client().post(
            f"/api/webhooks/{endpoint}/{quote(options['contest_id'])}",
            json.dumps(shop.order()).encode() if body is None else body,
            content_type=options["content_type"],
            headers={"x-webhook-secret": options["secret"]},
        )
        return response.status_code, response.json()["code"]


@pytest.mark.parametrize("connections", [0, 1, 3])
def test_timing_says_nothing_of_secrets_and_connections(
    monkeypatch: pytest.MonkeyPatch, connections: int, transactional_db: None
) -> None:
    """Every secret of a contest is compared in constant time; one is where there is none."""
    shop = make_shop()
    for number in range(connections):
        create_connection(shop.contest, kind="custom", name="Form", secret=f"{SECRET}{number}")
    compared: list[bytes] = []

    def compare(valid: bytes, sent: bytes) -> bool:
        compared.append(valid)
        return constant_time_compare(valid, sent)

    monkeypatch.setattr("hmac.compare_digest", compare)
    for secret in (f"{SECRET}0", f"{SECRET}9", "x", "x" * 4000):
        compared.clear()
        is_known = connections > 0 and secret == f"{SECRET}0"
        assert post(shop, shop.order(), HTTP_X_WEBHOOK_SECRET=secret).status_code == (201 if is_known else 401)
        assert len(compared) == max(1, connections)


def test_a_replaced_secret_is_valid_for_a_day(shop: Shop) -> None:
    connection = StoreConnection.objects.get(contest=shop.contest)
    replace_secret(connection, "new", timezone.now())
    assert [post(shop, shop.order(secret=secret)).status_code for secret in (SECRET, "new")] == [201, 201]
    StoreConnection.objects.filter(contest=shop.contest).update(previous_secret_until=timezone.now())
    assert post(shop, shop.order(secret=SECRET)).status_code == 401
