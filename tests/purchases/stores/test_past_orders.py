"""A store's own file of orders: recorded exactly once, whatever its deliveries brought or will bring; and undone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from blitzrocket.audit.context import AuditContext
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import run_all_jobs
from contests.imports import start_import
from contests.services import create_entry
from purchases.imports.store_orders import import_step
from purchases.models import PendingRefund, Purchase, RejectedPurchase
from purchases.services import release_all_held_purchases, restore_purchase, void_purchase
from tests.purchases.orders import faults, points_of, refund, refund_early
from tests.purchases.outgoing.receiver import events, subscribe
from tests.purchases.stores.deliveries import (
    Store,
    connect,
    shopify_order,
    shopify_refund,
    stripe_charge,
    stripe_event,
    stripe_refund,
    stripe_session,
    woocommerce_order,
)
from tests.purchases.stores.order_files import (
    SHOPIFY,
    STRIPE,
    WOOCOMMERCE,
    brought_in,
    checked,
    outcomes,
    shopify_row,
    stripe_row,
    undone,
    woocommerce_row,
)
from tests.support import Shop, make_shop, record, set_rules

pytestmark = pytest.mark.django_db(transaction=True)
BIG = "9007199254740993"  # one more than a double can hold
PAID_AT = datetime(2026, 11, 20, 15, 29, 59, tzinfo=UTC)


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def purchase(shop: Shop, order_id: str = BIG) -> Purchase:
    return Purchase.objects.get(contest=shop.contest, order_id=order_id)


def state(shop: Shop, order_id: str = BIG) -> tuple[Decimal, Decimal, int]:
    """Amount and refunded amount of the contest's only order, and the entry's points."""
    (only,) = Purchase.objects.filter(contest=shop.contest)
    assert only.order_id == order_id
    assert faults() == []
    return only.amount, only.refunded_amount, points_of(shop.entry)


def test_an_order_is_scored_by_current_rules_at_its_own_time(shop: Shop) -> None:
    long_ago = datetime(2025, 3, 1, 12, tzinfo=UTC)  # further back than a call of the API may be
    set_rules(
        shop.contest,
        {"points_per_unit": 2, "valid_until": long_ago + timedelta(days=1)},
        {"points_per_unit": 1, "valid_from": long_ago + timedelta(days=1)},
    )
    store = connect(shop, "shopify")
    brought_in(store, SHOPIFY + shopify_row(paid_at="2025-03-01 07:00:00 -0500"))
    recorded = purchase(shop)
    assert (recorded.purchased_at, recorded.points_awarded, recorded.api_key) == (
        long_ago,
        160,
        store.connection.api_key,
    )
    assert recorded.rule_set_id == shop.contest.rule_set_id


def test_the_oldest_order_is_the_first_purchase(shop: Shop) -> None:
    set_rules(
        shop.contest, {"points_per_unit": 0, "fixed_points": 100, "first_purchase_only": True}, {"points_per_unit": 1}
    )
    rows = [shopify_row(id=str(day), name=f"#{day}", paid_at=f"2026-11-{day} 10:00:00 +0000") for day in (12, 11, 10)]
    store = connect(shop, "shopify")
    expected = dict(checked(store, SHOPIFY + "".join(rows)).rows.values_list("values__order_id", "points"))
    assert expected == {"12": 80, "11": 80, "10": 180}
    brought_in(store, SHOPIFY + "".join(rows))
    assert {each.order_id: each.points_now for each in Purchase.objects.all()} == expected


def test_orders_outside_the_contest_and_the_days_are_skipped(shop: Shop) -> None:
    type(shop.contest).objects.update(
        starts_at=datetime(2026, 11, 1, tzinfo=UTC), ends_at=datetime(2026, 11, 20, tzinfo=UTC)
    )
    days = ["2026-10-31 23:59:59", "2026-11-01 00:00:00", "2026-11-10 00:00:00", "2026-11-20 00:00:00"]
    rows = [shopify_row(id=str(number), paid_at=f"{day} +0000") for number, day in enumerate(days, start=1)]
    purchase_import = brought_in(connect(shop, "shopify"), SHOPIFY + "".join(rows), datetime(2026, 11, 5, tzinfo=UTC))
    assert outcomes(purchase_import) == [
        ("skipped", "Paid before the contest's start"),
        ("skipped", "Paid before the chosen days"),
        ("imported", ""),
        ("skipped", "Paid after the contest's end"),
    ]


SALES: dict[str, tuple[str, str, str, Callable[[Store], Any]]] = {
    "shopify": (
        "shopify",
        SHOPIFY + shopify_row(refunded="30.00"),
        BIG,
        lambda store: store.deliver("orders/paid", shopify_order()),
    ),
    "stripe by order id": (
        "stripe",
        STRIPE + stripe_row(refunded="30.00", order_id="ORD-1"),
        "ORD-1",
        lambda store: store.deliver("", stripe_event("checkout.session.completed", stripe_session())),
    ),
    "woocommerce": (
        "woocommerce",
        WOOCOMMERCE + woocommerce_row(total="80.00", refunded="30.00"),
        "727",
        lambda store: store.deliver("order.updated", woocommerce_order(total="80.00")),
    ),
}
REFUNDS: dict[str, Callable[[Store], Any]] = {
    "shopify": lambda store: store.deliver("refunds/create", shopify_refund(5, "30.00")),
    "stripe by order id": lambda store: [
        store.deliver("", stripe_event("charge.refunded", stripe_charge(3000), "evt_2")),
        store.deliver("", stripe_event("refund.created", stripe_refund("re_1", 3000), "evt_3")),
    ],
    "woocommerce": lambda store: store.deliver(
        "order.updated", woocommerce_order(total="80.00", refunds=[{"id": 9, "total": "-30.00"}])
    ),
}


@pytest.mark.parametrize("name", SALES)
def test_orders_and_refunds_count_once_in_any_sequence(shop: Shop, name: str) -> None:
    kind, data, order_id, sale = SALES[name]

    def file(store: Store) -> None:
        brought_in(store, data)

    for sequence in (
        [file, sale, REFUNDS[name]],
        [file, REFUNDS[name], sale],
        [sale, REFUNDS[name], file],
        [REFUNDS[name], file, sale],
        [file, file, REFUNDS[name]],
    ):
        shop = make_shop()
        store = connect(shop, kind)
        for step in sequence:
            step(store)
        assert state(shop, order_id) == (Decimal(80), Decimal(30), 50), sequence


@pytest.mark.parametrize("is_first", [True, False])
def test_a_refund_counts_once_where_only_a_part_earned(shop: Shop, is_first: bool) -> None:
    store = connect(shop, "woocommerce", amount="without_shipping")
    order = woocommerce_order(refunds=[{"id": 9, "total": "-10.00"}])
    if is_first:
        store.deliver("order.updated", woocommerce_order(status="pending", refunds=order["refunds"]))
    brought_in(store, WOOCOMMERCE + woocommerce_row(shipping_tax="0.00", refunded="10.00"))
    store.deliver("order.updated", order)
    assert state(shop, "727") == (Decimal("19.35"), Decimal("6.59"), 13)


def test_a_further_refund_after_the_file_counts(shop: Shop) -> None:
    store = connect(shop, "shopify")
    brought_in(store, SHOPIFY + shopify_row(refunded="30.00"))
    store.deliver("refunds/create", shopify_refund(5, "30.00"))
    store.deliver("refunds/create", shopify_refund(6, "20.00"))
    assert state(shop) == (Decimal(80), Decimal(50), 30)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_payment_is_one_order_by_whichever_id(shop: Shop, is_first: bool) -> None:
    """The file does not have the Checkout session's own order id."""
    store = connect(shop, "stripe")
    session = stripe_event("checkout.session.completed", stripe_session())
    if is_first:
        store.deliver("", session)
    brought_in(store, STRIPE + stripe_row())
    store.deliver("", session)
    store.deliver("", stripe_event("charge.refunded", stripe_charge(3000), "evt_2"))
    assert state(shop, "ORD-1" if is_first else "pi_1") == (Decimal(80), Decimal(30), 50)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_payment_is_one_order_also_where_the_file_has_another_id(shop: Shop, is_first: bool) -> None:
    """The metadata of the payment, which is not the Checkout session's."""
    store = connect(shop, "stripe")
    session = stripe_event("checkout.session.completed", stripe_session())
    if is_first:
        store.deliver("", session)
    brought_in(store, STRIPE + stripe_row(order_id="M-1"))
    store.deliver("", session | {"id": "evt_2"})
    assert state(shop, "ORD-1" if is_first else "M-1") == (Decimal(80), Decimal(0), 80)


def test_refunds_by_others_are_not_made_again(shop: Shop) -> None:
    refund_early(shop, BIG, "20.00", refund_id="5")
    store = connect(shop, "shopify")
    brought_in(store, SHOPIFY + shopify_row(refunded="30.00"))
    assert state(shop) == (Decimal(80), Decimal(30), 50)
    store.deliver("refunds/create", shopify_refund(5, "20.00"))
    store.deliver("refunds/create", shopify_refund(6, "10.00"))
    assert state(shop) == (Decimal(80), Decimal(30), 50)


def test_a_recorded_order_is_not_changed(shop: Shop) -> None:
    record(shop, "80.00", order_id=BIG)
    purchase_import = checked(connect(shop, "shopify"), SHOPIFY + shopify_row(refunded="30.00"))
    note = "Recorded with a refunded amount of 0.00 USD (in the file 30.00 USD)."
    assert outcomes(purchase_import) == [("known", note)]
    start_import(purchase_import, audit=AuditContext())
    run_all_jobs()
    assert state(shop) == (Decimal(80), Decimal(0), 80)


def test_an_order_without_an_entry_is_held_with_its_refund(shop: Shop) -> None:
    store = connect(shop, "shopify")
    data = SHOPIFY + shopify_row(email="late@example.com", refunded="30.00") + shopify_row(email="", id="2", name="#2")
    purchase_import = checked(store, data)
    assert [outcome for outcome, _note in outcomes(purchase_import)] == ["to_hold", "to_hold"]
    assert [outcome for outcome, _note in outcomes(brought_in(store, data))] == ["held", "held"]
    assert outcomes(checked(store, data)) == [("known", "On hold already.")] * 2
    entry = create_entry(shop.contest, "late@example.com")
    release_all_held_purchases()
    recorded = purchase(shop)
    assert (recorded.entry_id, recorded.purchased_at, recorded.refunded_amount) == (entry.pk, PAID_AT, Decimal(30))
    assert (points_of(entry), PendingRefund.objects.get().state) == (50, "applied")


def test_rows_that_are_duplicates_or_invalid(shop: Shop) -> None:
    rows = [
        shopify_row(),
        shopify_row(),
        shopify_row(id="2", email="=cmd|x"),
        shopify_row(id="", name="#3"),
        shopify_row(id="5.5E+12", name="#4"),
        shopify_row(id="5", paid_at="soon", created_at=""),
        shopify_row(id="6", paid_at="2999-01-01 00:00:00 +0000"),
        shopify_row(id="7", currency="EUR", email="Ada@Example.com"),
    ]
    purchase_import = brought_in(connect(shop, "shopify"), SHOPIFY + "".join(rows))
    result = outcomes(purchase_import)
    assert [outcome for outcome, _note in result] == [
        "imported",
        "duplicate",
        "error",
        "error",
        "error",
        "error",
        "error",
        "imported",
    ]
    assert result[1][1] == "Same as line 2, which is used."
    assert "shortened the order ID" in result[4][1]
    assert purchase(shop, "7").currency == "EUR"


def test_an_undone_import_takes_back_what_it_brought(shop: Shop) -> None:
    store = connect(shop, "shopify")
    data = SHOPIFY + shopify_row(refunded="30.00") + shopify_row(id="2", name="#2", email="late@example.com")
    purchase_import = undone(brought_in(store, data))
    assert [outcome for outcome, _note in outcomes(purchase_import)] == ["undone", "undone"]
    assert (purchase(shop).status, points_of(shop.entry)) == ("voided", 0)
    assert RejectedPurchase.objects.get().state == "dismissed"
    store.deliver("orders/paid", shopify_order())  # the store sends it again
    assert points_of(shop.entry) == 0
    second = brought_in(store, data)
    assert outcomes(second) == [
        ("imported", "Its import was undone; it is restored."),
        ("held", "Its import was undone; it is restored."),
    ]
    assert state(shop) == (Decimal(80), Decimal(30), 50)
    assert RejectedPurchase.objects.get().state == "held"
    assert [outcome for outcome, _note in outcomes(undone(second))] == ["undone", "undone"]
    assert points_of(shop.entry) == 0


def test_other_systems_are_told_of_no_import_and_no_undo(shop: Shop) -> None:
    """But of what comes afterwards."""
    subscribe(shop)
    store = connect(shop, "shopify")
    data = SHOPIFY + shopify_row(refunded="30.00") + shopify_row(id="2", name="#2", email="late@example.com")
    undone(brought_in(store, data))
    brought_in(store, data)  # restores and reopens them
    assert events(shop) == []
    refund(purchase(shop), "10.00")
    assert events(shop) == ["purchase.refunded"]


def test_orders_changed_since_stay_unless_only_the_store_changed_them(shop: Shop) -> None:
    store = connect(shop, "shopify")
    rows = [shopify_row(id=str(number), name=f"#{number}") for number in range(1, 5)]
    purchase_import = brought_in(store, SHOPIFY + "".join(rows))
    refund(purchase(shop, "1"), "10.00")
    store.deliver("refunds/create", shopify_refund(5, "30.00", order_id=2))
    store.deliver("orders/cancelled", shopify_order(3, cancelled_at="2026-11-21T10:00:00Z"))
    undone(purchase_import)
    assert outcomes(purchase_import) == [("stayed", "Refunded"), ("undone", ""), ("stayed", ""), ("undone", "")]
    assert points_of(shop.entry) == 70


@pytest.mark.parametrize("restored", [True, False])
def test_what_a_person_decided_stands(shop: Shop, restored: bool) -> None:
    store = connect(shop, "shopify")
    undone(brought_in(store, SHOPIFY + shopify_row()))
    restore_purchase(purchase(shop), audit=AuditContext())
    if not restored:
        void_purchase(purchase(shop), audit=AuditContext())
    assert outcomes(brought_in(store, SHOPIFY + shopify_row())) == [("known", "")]
    assert points_of(shop.entry) == (80 if restored else 0)


def test_a_reopened_order_is_not_restored_after_its_import_was_undone(shop: Shop) -> None:
    store = connect(shop, "woocommerce")
    purchase_import = brought_in(store, WOOCOMMERCE + woocommerce_row())
    store.deliver("order.updated", woocommerce_order(status="cancelled"))
    store.deliver("order.updated", woocommerce_order())
    assert points_of(shop.entry) == 29
    undone(purchase_import)
    store.deliver("order.updated", woocommerce_order())
    assert points_of(shop.entry) == 0


def test_a_killed_import_goes_on_and_applies_what_waited(shop: Shop) -> None:
    store = connect(shop, "stripe")
    store.deliver("", stripe_event("charge.refunded", stripe_charge(3000)))
    rows = [stripe_row(), stripe_row(id="ch_2", payment="pi_2"), stripe_row(id="ch_3", payment="pi_3", email="l@e.de")]
    purchase_import = checked(store, STRIPE + "".join(rows))
    job = start_import(purchase_import, audit=AuditContext())
    with transaction.atomic():  # the first step, whose process is killed after its commit
        import_step(purchase_import, list(purchase_import.rows.filter(outcome="new").order_by("pk")[:1]), job)
        Job.objects.filter(pk=job.pk).update(done=1, total=3)
    assert not purchase(shop, "pi_1").refunded_amount
    run_all_jobs()
    assert [outcome for outcome, _note in outcomes(purchase_import)] == ["imported", "imported", "held"]
    assert purchase(shop, "pi_1").refunded_amount == Decimal(30)
    assert points_of(shop.entry) == 130


def test_an_entry_that_comes_between_check_and_import_gets_its_order(shop: Shop) -> None:
    store = connect(shop, "shopify")
    purchase_import = checked(store, SHOPIFY + shopify_row(email="late@example.com"))
    entry = create_entry(shop.contest, "late@example.com")
    start_import(purchase_import, audit=AuditContext())
    run_all_jobs()
    assert outcomes(purchase_import) == [("imported", "")]
    assert points_of(entry) == 80
