"""Backtests: their figures are what recording by the draft rules would have given."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import Email
from blitzrocket.ids import first_id_at
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import run_all_jobs
from contests.models import Entry, PointTransaction
from contests.rule_text import sentence_of
from contests.scoring import Rule, Terms
from contests.services import create_entry, terms_as_edited
from purchases.models import Purchase, RecalculatedAward
from purchases.services import move_purchase, void_purchase
from purchases.services.backtest import start_backtest
from purchases.services.recalculation import start_recalculation, undo_recalculation
from purchases.services.rescoring import CHUNK
from tests.profiles import times
from tests.purchases.orders import buy, faults, points_of, refund
from tests.support import Shop, make_shop, set_rules

PEOPLE = ("ada@example.com", "grace@example.com", "linus@example.com")


def with_rules(shop: Shop, *rules: dict[str, Any], **caps: Any) -> Terms:
    """The contest's rules as if these were published; the contest keeps its own."""
    with transaction.atomic():
        set_rules(shop.contest, *rules, **caps)
        terms = terms_as_edited(shop.contest)
        transaction.set_rollback(True)
    shop.contest.refresh_from_db()
    return terms


def backtest(shop: Shop, terms: Terms, days: int = 0) -> dict[str, Any]:
    """The result of a backtest that the background process has run."""
    job = start_backtest(shop.contest, terms, days=days, by=None)
    assert run_all_jobs() == 1
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.problem
    result: dict[str, Any] = job.result
    assert (job.done, job.total) == (result["purchases"], result["purchases"])
    return result


def sentence(row: dict[str, Any]) -> str:
    return sentence_of(msgspec.convert(row["rule"], Rule))


def test_points_are_compared_in_total_and_by_rule(shop: Shop) -> None:
    buy(shop, "10.00")
    buy(shop, "20.50")
    result = backtest(shop, with_rules(shop, {"points_per_unit": 2}, {"fixed_points": 5, "points_per_unit": 0}))
    assert (result["purchases"], result["changed"]) == (2, 2)
    assert (result["points_before"], result["points_after"]) == (31, 71)
    assert (result["entries_up"], result["entries_down"]) == (1, 0)
    rules = [(sentence(rule), rule["points_before"], rule["points_after"]) for rule in result["rules"]]
    assert sorted(rules) == [
        ("1 point per 1.00", Decimal("30.5"), 0),
        ("2 points per 1.00", 0, 61),
        ("5 points", 0, 10),
    ]


def test_a_backtest_changes_no_purchase_entry_or_ledger_line(shop: Shop) -> None:
    purchase = buy(shop)
    before = list(Purchase.objects.values()), list(Entry.objects.values()), list(PointTransaction.objects.values())
    backtest(shop, with_rules(shop))
    assert before == (
        list(Purchase.objects.values()),
        list(Entry.objects.values()),
        list(PointTransaction.objects.values()),
    )
    assert not RecalculatedAward.objects.exists()
    assert shop.contest.current_rules() == purchase.rule_set


def test_only_purchases_of_the_period_are_scored(shop: Shop) -> None:
    buy(shop, "10.00")
    long_ago = timezone.now() - timedelta(days=8)
    old = buy(shop, "100.00", order_id="old")
    old.pk, old.order_id, old.created_at = first_id_at("purchase", long_ago), "older", long_ago
    old.save(force_insert=True)
    terms = with_rules(shop, {"points_per_unit": 2})
    assert [backtest(shop, terms, days)["purchases"] for days in (7, 30, 0)] == [2, 3, 3]


def test_partly_refunded_orders_count_with_the_amount_left_and_voided_ones_not_at_all(shop: Shop) -> None:
    part, whole, void = (buy(shop, "40.00") for _ in range(3))
    refund(part, "30.00")
    refund(whole)
    void_purchase(void, audit=AuditContext())
    result = backtest(shop, with_rules(shop, {"points_per_unit": 3}))
    assert (result["purchases"], result["points_before"], result["points_after"]) == (1, 10, 30)


def test_a_removed_rule_is_listed_with_the_points_it_gave(shop: Shop) -> None:
    buy(shop, "10.00")
    result = backtest(shop, with_rules(shop))
    assert (result["points_before"], result["points_after"], result["entries_down"]) == (10, 0, 1)
    assert [(sentence(rule), rule["points_before"]) for rule in result["rules"]] == [("1 point per 1.00", 10)]


def test_the_first_places_before_and_after(shop: Shop) -> None:
    """Without purchases the points stay; disqualified entries are left out; the same points share a place."""
    grace, linus, tim = (create_entry(shop.contest, f"{name}@example.com") for name in ("grace", "linus", "tim"))
    buy(shop, "10.00")
    buy(shop, "15.00", email=Email.parse(grace.email), currency="EUR")
    Entry.objects.filter(pk=tim.pk).update(points=12)
    buy(shop, "90.00", email=Email.parse(linus.email))
    Entry.objects.filter(pk=linus.pk).update(is_disqualified=True)
    result = backtest(shop, with_rules(shop, {"points_per_unit": 2, "currency": "USD"}))
    places = [
        (place["entry"], place["place_before"], place["place_after"], place["points_after"])
        for place in result["places"]
    ]
    assert places == [(shop.entry.pk, 3, 1, 20), (tim.pk, 2, 2, 12), (grace.pk, 1, 3, 0)]


def test_an_entry_below_the_first_places_is_listed_if_it_comes_in(shop: Shop) -> None:
    """Thirty people with purchases, of whom 25 are shown; all but the last lose their points by the draft rules."""
    for number in range(30):
        entry = create_entry(shop.contest, f"p{number}@example.com")
        buy(shop, f"{100 - number}.00", email=Email.parse(entry.email), currency="USD" if number < 29 else "EUR")
    last = Entry.objects.get(email="p29@example.com")
    result = backtest(shop, with_rules(shop, {"currency": "EUR"}))
    first = result["places"][0]
    assert (first["entry"], first["place_before"], first["place_after"]) == (last.pk, 30, 1)
    dropped = [place for place in result["places"] if place["place_after"] is None]
    assert all(place["place_before"] <= 25 and place["points_after"] == 0 for place in dropped)
    assert len(result["places"]) >= 26


def test_an_entry_may_have_more_purchases_than_a_chunk(shop: Shop) -> None:
    buy(shop, "10.00", order_id="0")
    purchase = Purchase.objects.get()
    copies = []
    for number in range(1, 2 * CHUNK + 10):
        values = {field.attname: getattr(purchase, field.attname) for field in Purchase._meta.concrete_fields}
        copies.append(Purchase(**values | {"id": f"{purchase.pk}{number:05}", "order_id": str(number)}))
    Purchase.objects.bulk_create(copies)
    Entry.objects.update(points=10 * (len(copies) + 1))
    result = backtest(shop, with_rules(shop, {"points_per_unit": 2}, cap_per_entry=30_000))
    assert result["points_before"] == 10 * (len(copies) + 1)
    assert result["points_after"] == 30_000
    assert result["places"][0]["points_after"] == 30_000


def test_a_new_backtest_cancels_the_users_earlier_one(shop: Shop) -> None:
    terms = terms_as_edited(shop.contest)
    first = start_backtest(shop.contest, terms, days=7, by=None)
    start_backtest(shop.contest, terms, days=30, by=None)
    first.refresh_from_db()
    assert first.state == Job.State.CANCELLED
    assert run_all_jobs() == 1


# --- For any rules and purchases --------------------------------------------------------------------------------

DAY = datetime(2026, 12, 1, tzinfo=UTC)
money = st.sampled_from([None, Decimal(20), Decimal(50)])
days = st.sampled_from([None, DAY, DAY + timedelta(days=10)])


@st.composite
def rule(draw: st.DrawFn) -> dict[str, Any]:
    low, high = draw(money), draw(money)
    start, end = draw(days), draw(days)
    return {
        "points_per_unit": draw(st.decimals(0, 3, places=3)),
        "fixed_points": draw(st.integers(1, 40)),
        "currency": draw(st.sampled_from(["", "USD", "EUR"])),
        "amount_from": min(low, high) if low and high else low,
        "amount_to": max(low, high) if low and high else high,
        "valid_from": start,
        "valid_until": end if end and (not start or end > start) else None,
        "first_purchase_only": draw(st.booleans()),
        "is_active": draw(st.sampled_from([True, True, False])),
    }


rule_sets = st.tuples(
    st.lists(rule(), max_size=3),
    st.fixed_dictionaries(
        {
            "rounding": st.sampled_from(["nearest", "up", "down"]),
            "cap_per_purchase": st.none() | st.integers(0, 100),
            "cap_per_entry": st.none() | st.integers(0, 200),
        }
    ),
)
orders = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.decimals("0.01", 120, places=2),
        st.sampled_from(["USD", "EUR"]),
        st.sampled_from([DAY - timedelta(days=1), DAY, DAY + timedelta(days=10)]),
    ),
    max_size=8,
)
DrawnRules = tuple[list[dict[str, Any]], dict[str, Any]]
Orders = list[tuple[str, Decimal, str, datetime]]


def shop_with(rules: DrawnRules, drawn: Orders, prefix: str) -> Shop:
    """A shop whose orders were recorded under these rules."""
    shop = make_shop()
    for person in PEOPLE[1:]:
        create_entry(shop.contest, person)
    set_rules(shop.contest, *rules[0], **rules[1])
    for number, (person, amount, currency, at) in enumerate(drawn):
        order_id = f"{prefix}{number}"
        buy(shop, str(amount), email=Email.parse(person), currency=currency, purchased_at=at, order_id=order_id)
    return shop


def points_by_order(shop: Shop) -> list[int]:
    return [purchase.points_now for purchase in Purchase.objects.filter(contest=shop.contest).order_by("pk")]


@pytest.mark.django_db
@settings(max_examples=times(6, 60), suppress_health_check=[HealthCheck.too_slow])
@given(rule_sets, rule_sets, orders)
def test_backtest_and_recalculation_give_the_points_that_recording_gives(
    current: DrawnRules, draft: DrawnRules, drawn: Orders
) -> None:
    with transaction.atomic():
        expected = points_by_order(shop_with(draft, drawn, "e"))
        shop = shop_with(current, drawn, "a")
        before = points_by_order(shop)
        result = backtest(shop, with_rules(shop, *draft[0], **draft[1]))
        assert (result["points_before"], result["points_after"]) == (sum(before), sum(expected))

        set_rules(shop.contest, *draft[0], **draft[1])
        recalculation = start_recalculation(
            shop.contest, shop.contest.current_rules(), days=0, audit=AuditContext(reason="As announced")
        )
        assert run_all_jobs() == 1
        assert points_by_order(shop) == expected
        assert faults() == []

        recalculation.refresh_from_db()
        undo_recalculation(recalculation, audit=AuditContext(reason="A mistake"))
        assert run_all_jobs() == 1
        assert points_by_order(shop) == before
        assert faults() == []
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(max_examples=times(4, 30), suppress_health_check=[HealthCheck.too_slow])
@given(rule_sets, orders, st.lists(st.tuples(st.integers(0, 7), st.integers(1, 100)), max_size=4))
def test_the_same_rules_change_no_points_after_any_refunds(
    rules: DrawnRules, drawn: Orders, refunds: list[tuple[int, int]]
) -> None:
    """Points that a refund removed leave room under a cap, which earlier orders don't get."""
    with transaction.atomic():
        shop = shop_with(rules, drawn, "a")
        purchases = list(Purchase.objects.filter(contest=shop.contest).order_by("pk"))
        for place, percent in refunds:
            if place < len(purchases):
                purchases[place].refresh_from_db()
                amount_left = purchases[place].money_left
                refund_amount = min(
                    amount_left, max(Decimal("0.01"), (amount_left * percent / 100).quantize(Decimal("0.01")))
                )
                if amount_left:
                    refund(purchases[place], str(refund_amount))
        if len(purchases) > 1:
            move_purchase(purchases[0], purchases[1].entry, audit=AuditContext())
        result = backtest(shop, terms_as_edited(shop.contest))
        assert (result["changed"], result["points_before"]) == (0, result["points_after"])
        transaction.set_rollback(True)


def test_recalculation_gives_the_points_of_its_backtest(shop: Shop) -> None:
    buy(shop, "10.00")
    set_rules(shop.contest, {"points_per_unit": 3})
    expected = backtest(shop, terms_as_edited(shop.contest))["places"][0]["points_after"]
    start_recalculation(shop.contest, shop.contest.current_rules(), days=0, audit=AuditContext(reason="As announced"))
    run_all_jobs()
    assert points_of(shop.entry) == expected == 30
