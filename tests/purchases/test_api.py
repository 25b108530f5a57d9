"""Reading, previewing, reconciling, refunding and voiding purchases over the API."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blitzrocket.emails import Email
from contests.models import Contest, PointTransaction
from contests.services import create_entry
from purchases.api.orders import explanation_of
from purchases.models import PendingRefund, Purchase, Refund, RejectedPurchase
from purchases.services import EntryMissing, NewPurchase, Recorded, preview_purchase, record_purchase
from tests.clock import Clock, clock
from tests.profiles import times
from tests.support import Api, Shop, make_shop, record, set_rules

__all__ = ["clock"]


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def data(response: Any) -> Any:
    assert response.ok, response.text
    return response.json()["data"]


def path(shop: Shop, name: str = "purchases") -> str:
    return f"/contests/{shop.contest.pk}/{name}"


def get_data(shop: Shop, ask: Callable[[], Recorded]) -> Any:
    """The response to an order, without the purchase's id."""
    try:
        response = ask()
    except EntryMissing:
        return "no entry"
    return (
        response.points_awarded,
        response.message,
        response.reason_code,
        response.already_exists,
        explanation_of(shop.contest.pk, response),
    )


class TestReading:
    def test_a_purchase_has_just_these_fields(self, api: Api, shop: Shop) -> None:
        recorded = record(shop, "49.90", order_id="#1")
        response = api.call(shop, "GET", path(shop))
        (purchase,) = data(response)
        times = {name: purchase.pop(name) for name in ("purchasedAt", "createdAt")}
        assert all(time.endswith("Z") for time in times.values())
        assert purchase == {
            "id": recorded.purchase_id,
            "orderId": "#1",
            "entryId": shop.entry.pk,
            "email": "ada@example.com",
            "amount": 49.9,
            "currency": "USD",
            "status": "recorded",
            "pointsAwarded": 50,
            "pointsNow": 50,
            "refundedAmount": 0,
        }
        assert '"amount":49.90' in response.text
        assert '"refundedAmount":0.00' in response.text

    def test_a_purchase_has_its_explanation_and_refunds(self, api: Api, shop: Shop) -> None:
        recorded = record(shop, "50.00", order_id="#1")
        body = {"orderId": "#1", "refundId": "r1", "amount": 20, "reason": "Back"}
        api.call(shop, "POST", path(shop, "refunds"), body)
        purchase_data = data(api.call(shop, "GET", path(shop, f"purchases/{recorded.purchase_id}")))
        assert purchase_data["explanation"]["points"] == 50
        assert purchase_data["explanation"]["sentence"].startswith("Order #1 of 50.00 USD earned 50 points")
        (refund,) = purchase_data["refunds"]
        assert refund.pop("createdAt").endswith("Z")
        assert refund == {
            "refundId": "r1", "amount": 20.0, "currency": "USD", "pointsReversed": 20, "reason": "Back",
        }  # fmt: skip
        assert (purchase_data["status"], purchase_data["pointsNow"], purchase_data["refundedAmount"]) == (
            "partially_refunded",
            30,
            20.0,
        )

    def test_the_list_is_filtered(self, api: Api, shop: Shop, clock: Clock) -> None:
        create_entry(shop.contest, "grace@example.com")
        clock.at = datetime.now(UTC) - timedelta(days=2)
        record(shop, order_id="#1")
        clock.go(days=2)
        record(shop, order_id="#2", currency="EUR", email=Email.parse("grace@example.com"))
        yesterday = f"{clock.go(days=-1):%Y-%m-%dT%H:%M:%SZ}"
        for query, order_ids in (
            ({"orderId": "#1"}, ["#1"]),
            ({"orderId": "1"}, []),
            ({"email": "GRACE@example.com"}, ["#2"]),
            ({"currency": "EUR"}, ["#2"]),
            ({"status": "recorded"}, ["#2", "#1"]),
            ({"status": "voided"}, []),
            ({"from": yesterday}, ["#2"]),
            ({"to": yesterday}, ["#1"]),
            ({}, ["#2", "#1"]),
        ):
            assert [row["orderId"] for row in data(api.call(shop, "GET", path(shop), params=query))] == order_ids, query
        for name, value in (("status", "x"), ("from", "yesterday"), ("to", "2026-01-01"), ("currency", "us")):
            response = api.call(shop, "GET", path(shop), params={name: value})
            assert (response.status_code, response.json()["details"][0]["field"]) == (400, name)


class TestPreview:
    def test_preview_of_a_new_order_writes_nothing(self, api: Api, shop: Shop) -> None:
        response = data(api.call(shop, "POST", path(shop, "purchases/preview"), shop.order(orderId="p1")))
        assert (response["purchaseId"], response["pointsAwarded"], response["alreadyExists"]) == (None, 50, False)
        assert response["explanation"]["points"] == 50
        assert not Purchase.objects.exists()
        assert not PointTransaction.objects.exists()

    def test_preview_of_a_duplicate_an_unknown_entry_and_a_paused_contest(self, api: Api, shop: Shop) -> None:
        order = shop.order()
        recorded = data(api.record(shop, order))
        repeat = data(api.call(shop, "POST", path(shop, "purchases/preview"), order | {"amount": 1}))
        assert (repeat["purchaseId"], repeat["alreadyExists"]) == (recorded["purchaseId"], True)
        assert repeat["differences"]["amount"] == {"recorded": 49.99, "received": 1.0}
        unknown = api.call(shop, "POST", path(shop, "purchases/preview"), shop.order(email="x@example.com"))
        assert (unknown.status_code, unknown.json()["code"]) == (404, "entry_not_found")
        assert not RejectedPurchase.objects.exists()
        Contest.objects.update(status="paused")
        paused = data(api.call(shop, "POST", path(shop, "purchases/preview"), shop.order()))
        assert (paused["pointsAwarded"], "the contest is paused" in paused["message"]) == (0, True)
        assert Purchase.objects.get().duplicates == 0

    @settings(max_examples=times(15, 60), suppress_health_check=list(HealthCheck))
    @given(
        amount=st.decimals("0.01", 5000, places=2),
        currency=st.sampled_from(["USD", "EUR"]),
        email=st.sampled_from(["ada@example.com", "grace@example.com", "nobody@example.com"]),
        number=st.integers(1, 40),
        cap=st.none() | st.integers(0, 3000),
    )
    def test_preview_is_the_response_of_recording(  # noqa: PLR0917  (hypothesis gives each by itself)
        self, shop: Shop, amount: Decimal, currency: str, email: str, number: int, cap: int | None
    ) -> None:
        if not shop.contest.entries.filter(email="grace@example.com").exists():
            create_entry(shop.contest, "grace@example.com")
        rules = ({"points_per_unit": 2, "currency": "USD"}, {"fixed_points": 5, "first_purchase_only": True})
        set_rules(shop.contest, *rules, cap_per_entry=cap)
        key, now = shop.keys["private"], timezone.now()
        order = NewPurchase(
            email=Email.parse(email), order_id=f"o{number}", amount=amount, currency=currency, purchased_at=now
        )
        tried = get_data(shop, lambda: preview_purchase(shop.contest.pk, order, api_key=key, received_at=now))
        refunded = get_data(shop, lambda: record_purchase(shop.contest.pk, order, api_key=key, received_at=now))
        assert tried == refunded


class TestReconcile:
    def test_each_order_has_its_status_in_order(self, api: Api, shop: Shop) -> None:
        api.record(shop, shop.order(orderId="ok", amount=10))
        api.record(shop, shop.order(orderId="differs", amount=10))
        api.record(shop, shop.order(orderId="held", email="late@example.com"))
        api.record(shop, shop.order(orderId="bad", amount="x"))
        orders = [
            {"orderId": "ok", "amount": 10, "currency": "usd", "email": "ADA@example.com"},
            {"orderId": "differs", "amount": 11, "currency": "EUR", "email": "x@example.com"},
            {"orderId": "held"},
            {"orderId": "bad"},
            {"orderId": 7},
        ]
        response = data(api.call(shop, "POST", path(shop, "purchases/reconcile"), {"orders": orders}))
        assert [row["status"] for row in response["results"]] == [
            "recorded",
            "different",
            "held",
            "rejected",
            "missing",
        ]
        assert set(response["results"][1]["differences"]) == {"amount", "currency", "email"}
        assert [row.get("code") for row in response["results"]][2:4] == ["entry_not_found", "invalid_request_body"]
        assert response["results"][4] == {"index": 4, "orderId": "7", "status": "missing", "pendingRefunds": 0}
        counts = {"recorded": 1, "different": 1, "held": 1, "rejected": 1, "missing": 1, "unknown": 0, "invalid": 0}
        assert response["counts"] == counts
        assert "incompleteSince" not in response

    @pytest.mark.parametrize("orders", [None, [], "x", {}, 7, [{"orderId": "a"}] * 1001])
    def test_an_invalid_list_is_refused(self, api: Api, shop: Shop, orders: Any) -> None:
        response = api.call(shop, "POST", path(shop, "purchases/reconcile"), {"orders": orders})
        assert (response.status_code, response.json()["code"]) == (400, "invalid_request_body")


class TestRefunds:
    def test_an_order_is_refunded_once_by_the_shops_ids(self, api: Api, shop: Shop) -> None:
        recorded = record(shop, "50.00", order_id="#1")
        body = {"orderId": "#1", "refundId": 77, "amount": 20, "reason": "Back"}
        first = api.call(shop, "POST", path(shop, "refunds"), body)
        repeat = api.call(shop, "POST", path(shop, "refunds"), body | {"amount": 21})
        assert (first.status_code, repeat.status_code) == (201, 200)
        assert data(first) == {
            "refundId": "77",
            "purchaseId": recorded.purchase_id,
            "entryId": shop.entry.pk,
            "amount": 20.0,
            "pointsReversed": 20,
            "alreadyExists": False,
            "message": "Refund recorded successfully",
        }
        assert data(repeat)["differences"] == {"amount": {"recorded": 20.0, "received": 21.0}}
        full_refund = data(api.call(shop, "POST", path(shop, "refunds"), {"orderId": "#1", "refundId": "all"}))
        assert (full_refund["amount"], full_refund["pointsReversed"]) == (30.0, 30)
        too_much = api.call(shop, "POST", path(shop, "refunds"), {"orderId": "#1", "refundId": "more", "amount": 1})
        assert (too_much.status_code, too_much.json()["code"]) == (409, "refund_exceeds_purchase")
        assert Refund.objects.count() == 2

    def test_a_refund_before_its_order_is_saved_and_applied(self, api: Api, shop: Shop) -> None:
        body = {"orderId": "#1", "refundId": "r1", "amount": 20}
        for _ in range(2):
            pending = api.call(shop, "POST", path(shop, "refunds"), body)
            assert (pending.status_code, pending.json()["code"]) == (404, "purchase_not_found")
        assert PendingRefund.objects.count() == 1
        api.record(shop, shop.order(orderId="#1", amount=50))
        assert Purchase.objects.get().points_now == 30
        assert api.call(shop, "POST", path(shop, "refunds"), body).status_code == 200

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"refundId": "r"}, "orderId"),
            ({"orderId": "#1"}, "refundId"),
            ({"orderId": "#1", "refundId": "r", "amount": "5"}, "amount"),
            ({"orderId": "#1", "refundId": "r", "amount": 0}, "amount"),
            ({"orderId": "#1", "refundId": "r", "reason": 7}, "reason"),
        ],
    )
    def test_an_invalid_refund_is_refused(self, api: Api, shop: Shop, body: Any, field: str) -> None:
        response = api.call(shop, "POST", path(shop, "refunds"), body)
        assert (response.status_code, response.json()["details"][0]["field"]) == (400, field)

    def test_a_void_is_made_once_and_has_its_api_key(self, api: Api, shop: Shop) -> None:
        recorded = record(shop, "50.00")
        for _ in range(2):
            voided = data(
                api.call(shop, "POST", path(shop, f"purchases/{recorded.purchase_id}/void"), {"reason": "Cancelled"})
            )
            assert (voided["status"], voided["pointsNow"]) == ("voided", 0)
        shop.entry.refresh_from_db()
        assert shop.entry.points == 0
        missing = api.call(shop, "POST", path(shop, "purchases/none/void"), {"reason": "x"})
        assert (missing.status_code, missing.json()["code"]) == (404, "purchase_not_found")
        assert api.call(shop, "POST", path(shop, f"purchases/{recorded.purchase_id}/void"), {}).status_code == 400
