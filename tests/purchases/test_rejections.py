"""Rejected orders are saved, so that support finds them; those without an order id are counted."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from apikeys.models import ApiKey
from blitzrocket.emails import Email
from contests.models import PointRule
from contests.services import create_entry, publish_rules
from purchases.models import Purchase, RejectedPurchase, RejectionCount
from purchases.services import Rejection, holding, record_rejection
from purchases.services.locking import lock_orders
from tests.support import Api, Shop, make_shop, record, set_rules


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def rejection_counts() -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in RejectionCount.objects.all():
        counts[row.code] = counts.get(row.code, 0) + row.times
    return counts


@pytest.mark.parametrize(
    ("fields", "code", "as_sent"),
    [
        ({"amount": "49.99"}, "invalid_request_body", ("ada@example.com", '"49.99"', "USD")),
        ({"amount": 0}, "amount_not_positive", ("ada@example.com", "0", "USD")),
        ({"email": None, "currency": "?"}, "invalid_request_body", ("", "49.99", "?")),
        ({"email": ["x"], "currency": 1}, "invalid_request_body", ('["x"]', "49.99", "1")),
        ({"email": "y" * 400}, "invalid_request_body", ("y" * 300, "49.99", "USD")),
    ],
)
def test_a_rejected_body_with_an_order_id_is_saved(
    api: Api, shop: Shop, fields: dict[str, Any], code: str, as_sent: tuple[str, str, str]
) -> None:
    api.record(shop, shop.order(orderId="#a-7", **fields))
    rejected = RejectedPurchase.objects.get()
    assert (rejected.code, rejected.order_id, rejected.order_key, rejected.state) == (code, "#a-7", "A-7", "rejected")
    assert (rejected.email, rejected.amount, rejected.currency) == as_sent
    assert (rejected.contest, rejected.team, rejected.api_key) == (shop.contest, shop.team, shop.keys["private"])
    assert rejected.details


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"orderId": null}', b'{"orderId": ""}', b'{"orderId": "a", "orderId": "b"}']
)
def test_a_rejected_body_without_an_order_id_is_not_saved(api: Api, shop: Shop, body: bytes) -> None:
    assert api.record(shop, body).status_code == 400
    assert RejectedPurchase.objects.count() == 0


def test_each_order_and_code_has_one_row_with_the_last_values(api: Api, shop: Shop) -> None:
    for amount in ("1", "2"):
        api.record(shop, shop.order(orderId="7", amount=amount))
    api.record(shop, shop.order(orderId="7", amount=0))
    rejected = {row.code: (row.times, row.amount) for row in RejectedPurchase.objects.all()}
    assert rejected == {"invalid_request_body": (2, '"2"'), "amount_not_positive": (1, "0")}


def test_an_order_sent_with_a_public_key_is_saved(api: Api, shop: Shop) -> None:
    assert api.record(shop, key=shop.public_key).status_code == 403
    rejected = RejectedPurchase.objects.get()
    assert (rejected.code, rejected.api_key, rejected.contest) == (
        "private_key_required",
        shop.keys["public"],
        shop.contest,
    )


def test_an_order_of_an_unknown_or_another_teams_contest_is_saved(api: Api, shop: Shop) -> None:
    other = make_shop()
    for contest_id in ("none", other.contest.pk, "%00"):
        api.record(shop, contest_id=contest_id)
    rejected = RejectedPurchase.objects.order_by("contest_sent")
    assert {row.contest_sent for row in rejected} == {"none", other.contest.pk, "�"}
    assert {(row.contest, row.team, row.code) for row in rejected} == {(None, shop.team, "contest_not_found")}


def test_an_order_without_an_entry_is_held_with_the_current_rules(api: Api, shop: Shop) -> None:
    body = shop.order(email="Late@example.com", currency="eur")
    api.record(shop, body)
    rules_then = shop.contest.rule_set
    PointRule.objects.create(contest=shop.contest, points_per_unit=5)
    publish_rules(shop.contest)
    api.record(shop, body)
    held = RejectedPurchase.objects.get()
    assert (held.state, held.times, held.rule_set) == ("held", 2, rules_then)
    assert (held.email, held.amount, held.currency) == ("Late@example.com", "49.99", "EUR")
    assert held.purchased_at == held.first_received_at


def test_a_held_order_is_scored_by_the_rules_of_its_first_receipt(api: Api, shop: Shop) -> None:
    body = shop.order(email="late@example.com", amount=10)
    api.record(shop, body)
    rules_then = shop.contest.rule_set
    set_rules(shop.contest, {"points_per_unit": 7}, cap_per_entry=1)
    create_entry(shop.contest, "late@example.com")
    data = api.record(shop, body).json()["data"]
    held, purchase = RejectedPurchase.objects.get(), Purchase.objects.get()
    assert (held.state, held.purchase_id) == ("recorded", data["purchaseId"])
    assert (data["pointsAwarded"], purchase.rule_set) == (10, rules_then)
    assert purchase.purchased_at == held.first_received_at


def meanwhile(monkeypatch: pytest.MonkeyPatch, action: Callable[[], object]) -> None:
    """Let another process do something between a call's look for the entry and its holding of the order."""

    def lock(*arguments: Any) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(over_a_connection_of_its_own, action).result(30)
        lock_orders(*arguments)

    monkeypatch.setattr(holding, "lock_orders", lock)


def over_a_connection_of_its_own(action: Callable[[], object]) -> None:
    try:
        action()
    finally:
        connection.close()


def test_an_entry_created_while_its_order_is_held_gets_the_order(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    meanwhile(monkeypatch, lambda: create_entry(shop.contest, "late@example.com"))
    recorded = record(shop, email=Email.parse("late@example.com"))
    held = RejectedPurchase.objects.get()
    assert (held.state, held.purchase_id) == ("recorded", recorded.purchase_id)


def test_an_order_recorded_while_it_is_held_is_a_duplicate(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    meanwhile(monkeypatch, lambda: record(shop, order_id="7"))
    repeat = record(shop, order_id="7", email=Email.parse("nobody@example.com"))
    assert (repeat.already_exists, list(repeat.differences)) == (True, ["email"])
    assert not RejectedPurchase.objects.exists()


def test_other_rejections_are_only_counted(api: Api, shop: Shop) -> None:
    path = f"/api/v1/contests/{shop.contest.pk}/purchases"
    api.post(path, json=shop.order())
    api.post(path, json=shop.order(), headers={"x-api-key": "nonsense"})
    api.record(shop, b"x" * 70_000)
    ApiKey.objects.update(rate_limit=1)
    assert [api.record(shop).status_code for _ in range(2)] == [201, 429]
    assert rejection_counts() == {
        "missing_api_key": 1,
        "invalid_api_key": 1,
        "request_body_too_large": 1,
        "rate_limit_exceeded": 1,
    }
    assert (RejectedPurchase.objects.count(), Purchase.objects.count()) == (0, 1)


def test_rejections_beyond_a_keys_daily_limit_are_only_counted(shop: Shop, settings: Any) -> None:
    settings.REJECTED_PURCHASES_PER_KEY_AND_DAY = 2
    for order_id in ("1", "2", "3", "4", "1"):
        rejection = Rejection(
            api_key=shop.keys["private"],
            contest_sent=shop.contest.pk,
            contest=shop.contest,
            order_id=order_id,
            code="amount_not_positive",
        )
        record_rejection(rejection, timezone.now())
    assert {row.order_id: row.times for row in RejectedPurchase.objects.all()} == {"1": 2, "2": 1}
    assert rejection_counts() == {"too_many_rejected": 2}


def test_each_key_has_its_own_daily_limit(shop: Shop, settings: Any) -> None:
    settings.REJECTED_PURCHASES_PER_KEY_AND_DAY = 1
    for order_id, kind in (("1", "private"), ("1", "public"), ("2", "private"), ("3", "public")):
        rejection = Rejection(
            api_key=shop.keys[kind],
            contest_sent=shop.contest.pk,
            contest=shop.contest,
            order_id=order_id,
            code="amount_not_positive",
        )
        record_rejection(rejection, timezone.now())
    rejected = {row.order_id: row.api_key.kind for row in RejectedPurchase.objects.all()}
    assert rejected == {"1": "private", "3": "public"}


def test_old_rejected_orders_are_deleted(api: Api, shop: Shop, settings: Any) -> None:
    api.record(shop, shop.order(orderId="old", amount=0))
    long_ago = timezone.now() - timedelta(days=settings.REJECTED_PURCHASE_DAYS, minutes=1)
    RejectedPurchase.objects.update(last_received_at=long_ago)
    api.record(shop, shop.order(orderId="new", amount=0))
    out = StringIO()
    call_command("purge_rejected_purchases", stdout=out)
    assert [row.order_id for row in RejectedPurchase.objects.all()] == ["new"]
    assert "Deleted 1 rejected orders" in out.getvalue()
