"""The orders that draft rules are held against."""

from copy import copy
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blitzrocket.ids import new_id
from contests.models import Contest, PointRule
from contests.models.rules import MAX_RULES
from contests.services import TooManyRules, add_rule_for_currency
from purchases.models import Purchase, RejectedPurchase
from purchases.services.recent_orders import LAST_ORDERS, currencies_coming_in, last_orders
from tests.support import Shop, hold, make_shop, record, set_rules


def test_the_last_orders_are_of_the_contest_and_count(shop: Shop) -> None:
    record(make_shop("eve@example.com"), currency="GBP")
    record(shop, "10.5")
    record(shop, "1000", currency="JPY")
    record(shop, "99", order_id="voided")
    Purchase.objects.filter(order_id="voided").update(status="voided", points_now=0, points_at_void=99)
    orders = last_orders(shop.contest.pk)
    assert [(str(order.amount), order.currency, order.is_first_purchase) for order in orders] == [
        ("1000", "JPY", False),
        ("10.50", "USD", True),
    ]


def test_the_number_of_orders_read_is_limited(shop: Shop, monkeypatch: Any) -> None:
    for _ in range(3):
        record(shop)
    monkeypatch.setattr("purchases.services.recent_orders.LAST_ORDERS", 2)
    assert len(last_orders(shop.contest.pk)) == 2
    assert LAST_ORDERS == 100


def hold_many(shop: Shop, number: int) -> None:
    """So many orders on hold, and what PostgreSQL knows of them: on an empty table any index is as good."""
    held = hold(shop, order_id="1")
    rows = [copy(held) for _ in range(number)]
    for place, row in enumerate(rows):
        row.pk, row.order_id, row.number = new_id("rejected"), f"o-{place}", held.number + 1 + place
    RejectedPurchase.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE purchases_rejectedpurchase")


def test_the_last_orders_are_read_by_an_index(shop: Shop) -> None:
    hold_many(make_shop(), 500)
    with CaptureQueriesContext(connection) as captured, connection.cursor() as cursor:
        last_orders(shop.contest.pk)
        currencies_coming_in(shop.contest.pk)
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        plans = []
        for query in list(captured):
            if query["sql"].startswith('SELECT "purchases'):
                cursor.execute(f"EXPLAIN {query['sql']}")
                plans.append(" ".join(row[0] for row in cursor.fetchall()))
    assert len(plans) == 3
    assert all("Backward using purchase_by_contest_and_id" in plan for plan in plans[:2])
    assert "Backward using rejected_held_by_time" in plans[2]


def test_currencies_of_orders_on_hold_come_in_too(shop: Shop) -> None:
    record(shop)
    hold(shop, currency="CHF")
    assert currencies_coming_in(shop.contest.pk) == ["USD", "CHF"]


def test_the_most_frequent_currency_comes_first(shop: Shop) -> None:
    record(shop, currency="EUR")
    for _ in range(2):
        record(shop)
    assert currencies_coming_in(shop.contest.pk) == ["USD", "EUR"]


class TestAddingARuleForACurrency:
    def test_a_rule_is_added_and_published_once(self, shop: Shop) -> None:
        set_rules(shop.contest, {"currency": "USD", "points_per_unit": Decimal(2)})
        published = add_rule_for_currency(shop.contest, "EUR", timezone.now())
        assert published
        assert [str(rule) for rule in PointRule.objects.order_by("pk")] == [
            "2 points per 1.00 USD",
            "2 points per 1.00 EUR",
        ]
        assert Contest.objects.get(pk=shop.contest.pk).rule_set_id == published.pk
        assert add_rule_for_currency(shop.contest, "EUR", timezone.now()) is None
        assert PointRule.objects.count() == 2

    def test_a_full_contest_gets_no_more_rules(self, shop: Shop) -> None:
        set_rules(shop.contest, *[{"currency": "USD"}] * MAX_RULES)
        with pytest.raises(TooManyRules):
            add_rule_for_currency(shop.contest, "EUR", timezone.now())
