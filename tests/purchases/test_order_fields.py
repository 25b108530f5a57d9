"""The fields of an order as shops send them: with space around, empty, null, in other forms of a time."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from purchases.models import PendingRefund, Purchase, RejectedPurchase
from tests.openapi import description
from tests.support import Api, Shop, make_shop, record


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


@pytest.mark.parametrize(
    "around", [" ", "\t\n", "\u00a0", "\u200b", "\ufeff", "\u200d\u2060", "\u00ad", "\u202a \u202c", "\u3000\u180e"]
)
class TestTrimming:
    def test_every_text_of_an_order_is_trimmed(self, api: Api, shop: Shop, around: str) -> None:
        moment = (timezone.now() - timedelta(days=1)).isoformat()
        plain = {"email": "ada@example.com", "orderId": "1001", "currency": "eur", "purchasedAt": moment}
        body = {name: f"{around}{text}{around}" for name, text in plain.items()}
        assert api.record(shop, body | {"amount": 5}).status_code == 201
        purchase = Purchase.objects.get()
        assert (purchase.order_id, purchase.email, purchase.currency) == ("1001", "ada@example.com", "EUR")
        assert purchase.purchased_at.isoformat() == moment
        response = api.record(shop, plain | {"amount": 5})
        assert (response.status_code, response.json()["data"].get("differences")) == (200, None)

    def test_an_order_id_is_the_same_in_every_call(self, api: Api, shop: Shop, around: str) -> None:
        body = f"{around}1001{around}"
        rows = [shop.order(orderId=body), shop.order(orderId="1001")]
        batch = api.call(shop, "POST", f"/contests/{shop.contest.pk}/purchases/batch", {"purchases": rows})
        assert [(row["orderId"], row["status"]) for row in batch.json()["data"]["results"]] == [
            ("1001", "recorded"), ("1001", "duplicate"),
        ]  # fmt: skip
        refund = {"orderId": body, "refundId": f"{around}r1{around}", "amount": 1}
        first = api.call(shop, "POST", f"/contests/{shop.contest.pk}/refunds", refund)
        second = api.call(shop, "POST", f"/contests/{shop.contest.pk}/refunds", refund | {"refundId": "r1"})
        assert (first.status_code, second.status_code, second.json()["data"]["refundId"]) == (201, 200, "r1")
        orders = api.call(shop, "POST", f"/contests/{shop.contest.pk}/purchases/reconcile", {"orders": [refund]})
        assert orders.json()["data"]["results"][0]["orderId"] == "1001"

    def test_white_space_within_text_counts(self, api: Api, shop: Shop, around: str) -> None:
        for order_id in (f"10{around}01", "1001"):
            status = api.record(shop, shop.order(orderId=order_id)).status_code
            assert status == (400 if "\n" in order_id else 201)


@pytest.mark.parametrize("value", [None, "", " ", "\ufeff", "\u200b\t"])
class TestEmptyText:
    def test_an_empty_time_of_purchase_is_as_if_it_were_absent(self, api: Api, shop: Shop, value: Any) -> None:
        assert api.record(shop, shop.order(purchasedAt=value)).status_code == 201
        purchase = Purchase.objects.get()
        assert purchase.purchased_at == purchase.created_at

    def test_an_empty_required_one_is_missing(self, api: Api, shop: Shop, value: Any) -> None:
        for field in ("email", "orderId", "amount"):
            (detail,) = api.record(shop, shop.order(**{field: value})).json()["details"]
            assert detail["field"] == field
            assert detail["message"].startswith("Send "), field

    def test_an_empty_currency_is_refused_and_null_is_usd(self, api: Api, shop: Shop, value: Any) -> None:
        response = api.record(shop, shop.order(currency=value))
        if value is None:
            assert (response.status_code, Purchase.objects.get().currency) == (201, "USD")
        else:
            assert [detail["field"] for detail in response.json()["details"]] == ["currency"]
            assert RejectedPurchase.objects.exists()

    def test_an_empty_amount_of_a_refund_is_refused(self, api: Api, shop: Shop, value: Any) -> None:
        record(shop, order_id="known")
        for order_id in ("known", "not-yet"):
            body = {"orderId": order_id, "refundId": "r1", "amount": value}
            response = api.call(shop, "POST", f"/contests/{shop.contest.pk}/refunds", body)
            assert [detail["field"] for detail in response.json()["details"]] == ["amount"]
        assert Purchase.objects.get().refunded_amount == 0
        assert {refund.state for refund in PendingRefund.objects.all()} == {"refused"}

    def test_a_refund_may_have_an_empty_reason(self, api: Api, shop: Shop, value: Any) -> None:
        record(shop, order_id="known")
        body = {"orderId": "known", "refundId": "r1", "reason": value}
        assert api.call(shop, "POST", f"/contests/{shop.contest.pk}/refunds", body).status_code == 201


def test_a_code_without_minor_unit_is_refused_with_the_reason(api: Api, shop: Shop) -> None:
    for code in ("XAU", " xag ", "XDR", "xts", "XXX"):
        (detail,) = api.record(shop, shop.order(currency=code)).json()["details"]
        assert f"{code.strip().upper()} has no minor unit" in detail["message"]


@pytest.mark.parametrize("email", ["a..b@docomo.ne.jp", ".ab@ezweb.ne.jp", "ab.@softbank.ne.jp", "a...@ido.ne.jp"])
def test_an_address_with_dots_anywhere_matches_its_entry(api: Api, shop: Shop, email: str) -> None:
    assert api.record(shop, shop.order(orderId="1", email=email)).json()["code"] == "entry_not_found"
    entry = api.call(shop, "POST", f"/contests/{shop.contest.pk}/entries", {"email": email}).json()["data"]
    assert Purchase.objects.get().entry_id == entry["id"]
    data = api.record(shop, shop.order(email=email.upper())).json()["data"]
    assert data["entryId"] == entry["id"]


# As strftime takes them.
FORMS = [
    "%Y-%m-%dT%H:%M:%Sz",
    "%Y-%m-%dt%H:%M:%S.123456789+00:00",
    "%Y-%m-%d %H:%M:%S -0000",
    "%Y-%m-%dT%HZ",
    "%Y%m%dT%H%M%S+00",
    "%G-W%V-%uT%H:%M-05:30",
    "%GW%V%u_%H%M%S,5Z",
    "  %Y-%m-%dT%H:%M:60Z\n",
]
NO_FORMS = [
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d",
    "%Y-%jT%H:%M:%SZ",
    "%Y-%m-%dT%H:%M:61Z",
    "%Y-%m-%dT%H:%M:%S UTC",
    "%Y-%m-%dT24:00:00Z",
    "%d.%m.%YT%H:%MZ",
]


def test_the_openapi_pattern_matches_the_accepted_times(api: Api, shop: Shop) -> None:
    pattern = description()["components"]["schemas"]["RecordPurchase"]["properties"]["purchasedAt"]["pattern"]
    for form in [*FORMS, *NO_FORMS]:
        text = f"{timezone.now().replace(microsecond=0) - timedelta(days=3):{form}}"
        status = api.record(shop, shop.order(purchasedAt=text)).status_code
        assert status == (201 if form in FORMS else 400), form
        assert bool(re.search(pattern, text)) is (status == 201), form
