"""The hosted product's sign-up webhook: creates an entry, with its referral, exactly once."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import requests
from django.test import Client

from blitzrocket.audit.models import AuditEvent
from contests.models import Entry, PointTransaction
from purchases.models import Purchase, StoreConnection
from purchases.stores.connections import create_connection
from tests.purchases.orders import faults
from tests.support import Api, Server, Shop, hold, make_shop

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "for-these-tests-only"
GRACE = {"email": "Grace@example.com", "name": "Grace Hopper", "phone": "+1 555 0009"}


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    shop = make_shop(advocate_points=50, friend_points=25)
    create_connection(shop.contest, kind="custom", name="Form", secret=SECRET)
    return shop


def post(shop: Shop, body: Any, **headers: str) -> Any:
    url, headers = f"/api/webhooks/signup/{shop.contest.pk}", {"x-webhook-secret": SECRET} | headers
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client().post(url, content, content_type="application/json", headers=headers)


def data_of(response: Any) -> dict[str, Any]:
    assert response.status_code in (200, 201), response.content
    assert response.json()["success"] is True
    data: dict[str, Any] = response.json()["data"]
    return data


def test_a_sign_up_and_the_same_again(shop: Shop) -> None:
    body = GRACE | {"referralCode": shop.entry.referral_code}
    first, second = post(shop, body), post(shop, body)
    assert (first.status_code, second.status_code) == (201, 200)
    entry = Entry.objects.get(email_key="grace@example.com")
    expected = {
        "entryId": entry.pk,
        "email": "Grace@example.com",
        "alreadyExists": False,
        "isReferred": True,
        "pointsAwarded": {"advocate": 50, "friend": 25},
    }
    assert data_of(first) == expected
    assert data_of(second) == expected | {"alreadyExists": True, "pointsAwarded": {"advocate": 0, "friend": 0}}
    assert (entry.name, entry.phone, entry.points, entry.email_confirmed) == ("Grace Hopper", "+1 555 0009", 25, True)


@pytest.mark.parametrize("code", [{}, {"referralCode": "nobodys"}, {"referralCode": None}, {"referralCode": ""}])
def test_an_unknown_code_makes_no_referral(shop: Shop, code: dict[str, Any]) -> None:
    data = data_of(post(shop, GRACE | code))
    assert (data["isReferred"], data["pointsAwarded"]) == (False, {"advocate": 0, "friend": 0})


def test_the_secret_may_be_in_the_body_and_other_members_are_passed_over(shop: Shop) -> None:
    body = GRACE | {"secret": SECRET, "utm_source": "newsletter", "nested": [{"a": None}]}
    assert post(shop, body, **{"x-webhook-secret": ""}).status_code == 201


def test_held_orders_are_recorded(shop: Shop) -> None:
    hold(shop, "grace@example.com", order_id="#1")
    entry_id = data_of(post(shop, GRACE))["entryId"]
    assert (Purchase.objects.get().entry_id, Entry.objects.get(pk=entry_id).points) == (entry_id, 50)


def test_the_activity_log_names_the_connection(shop: Shop) -> None:
    entry_id = data_of(post(shop, GRACE))["entryId"]
    event = AuditEvent.objects.get(object_id=entry_id)
    assert (event.action, event.api_key_id) == ("added", StoreConnection.objects.get().api_key_id)


INVALID = {
    b"": "",
    b"[]": "",
    b"{": "",
    b"\xff": "",
    b"{}": "email",
    b'{"email": 5}': "email",
    b'{"email": null, "phone": "+1 555 0009"}': "email",
    b'{"email": "a@example.com", "email": "b@example.com"}': "email",
    b'{"email": "nobody"}': "email",
    b'{"email": "a@example.com", "phone": "12"}': "phone",
    b'{"email": "a@example.com", "name": 5}': "name",
    b'{"email": "a@example.com", "referralCode": "%s"}' % (b"x" * 41): "referralCode",
    b"[" * 100_000: "",
}


@pytest.mark.parametrize("body", INVALID)
def test_an_invalid_body_is_400_and_names_the_field(shop: Shop, body: bytes) -> None:
    response = post(shop, body)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request_body")
    assert [detail["field"] for detail in response.json()["details"]] == [INVALID[body]]
    assert Entry.objects.count() == 1


class TestRaces:
    def test_one_email_at_several_processes_at_once(self, server: Server, shop: Shop) -> None:
        """As a form that is sent twice, and a store that sends again before it has an answer."""
        callers = 24
        barrier = Barrier(callers)
        body = GRACE | {"referralCode": shop.entry.referral_code}

        def sign_up(number: int) -> requests.Response:
            api = Api(server.base_url)
            api.session.get(f"{server.base_url}/healthz")
            barrier.wait()
            email = GRACE["email"] if number % 2 else GRACE["email"].upper()
            headers = {"x-webhook-secret": SECRET}
            return api.post(f"/api/webhooks/signup/{shop.contest.pk}", json=body | {"email": email}, headers=headers)

        with ThreadPoolExecutor(callers) as pool:
            answers = list(pool.map(sign_up, range(callers)))
        assert Counter(answer.status_code for answer in answers) == {201: 1, 200: callers - 1}
        assert len({answer.json()["data"]["entryId"] for answer in answers}) == 1
        assert sum(answer.json()["data"]["pointsAwarded"]["advocate"] for answer in answers) == 50
        assert sorted(PointTransaction.objects.values_list("kind", "points")) == [("referral", 25), ("referral", 50)]
        assert faults() == []
