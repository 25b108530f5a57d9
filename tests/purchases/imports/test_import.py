"""Past orders from another service: recorded with the points they had there, once."""

from decimal import Decimal

import pytest
from django.contrib.admin.utils import quote
from django.urls import reverse

from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import Email
from blitzrocket.jobs.queue import run_all_jobs
from contests.imports import start_import
from contests.models import Contest, Entry
from contests.services import adjust_points, create_entry
from purchases.api.orders import explanation_of
from purchases.imports.rows import create_purchase_import
from purchases.models import PendingRefund, Purchase, PurchaseImport, PurchaseImportRow, RejectedPurchase
from purchases.services import restore_purchase, void_purchase
from purchases.services.rejection_actions import dismiss_rejected_purchase
from tests.purchases.imports.past_orders import (
    HEADINGS,
    imported,
    ledger_of,
    outcomes,
    purchase_of,
    row,
    undone,
    upload,
)
from tests.purchases.orders import buy, faults, hold, lines_of, points_of, refund, refund_early, status_and_points
from tests.support import Shop, downloaded, make_shop, record, reject, set_rules, signed_in

Outcome, State = PurchaseImportRow.Outcome, PurchaseImport.State


def test_points_are_part_of_the_opening_balance(shop: Shop) -> None:
    adjust_points(shop.entry, 120, adjustment_id="opening", audit=AuditContext(reason="Moved here"))
    purchase_import = imported(shop.contest, row())
    assert (purchase_import.state, purchase_import.counts) == (State.IMPORTED, {"imported": 1})
    purchase = purchase_of()
    assert (purchase.status, purchase.points_awarded, purchase.points_now) == ("recorded", 50, 50)
    assert (purchase.rule_set, purchase.is_imported, purchase.money) == (None, True, Decimal("49.99"))
    assert purchase.purchased_at.isoformat() == "2025-11-20T17:00:00+00:00"
    assert ledger_of(shop.entry) == [
        "adjusted +120 (Moved here)",
        "earned +50 (Imported from another service)",
        "adjusted -50 (included in the opening balance)",
    ]
    assert points_of(shop.entry) == 120
    assert purchase.explain()["sentence"] == (
        "Order 1001 of 49.99 USD was imported from another service with 50 points, "
        "which are included in your opening balance."
    )
    assert faults() == []


def test_points_are_added_if_the_owner_chooses_so(shop: Shop) -> None:
    imported(shop.contest, row(), row("1002", points="0"), adds_points=True)
    assert ledger_of(shop.entry) == ["earned +50 (Imported from another service)"]
    assert points_of(shop.entry) == 50
    assert purchase_of().explain()["sentence"].endswith("was imported from another service with 50 points.")
    assert purchase_of("1002").explain()["sentence"].endswith("with 0 points.")
    assert faults() == []


def test_each_row_has_its_outcome(shop: Shop) -> None:
    record(shop, "49.99", order_id="here")
    record(shop, "20.00", order_id="differs")
    record(make_shop("eve@example.com"), order_id="elsewhere")
    refund_early(shop, "refunded", "5.00")
    refund_early(shop, "refunded", "6.00", refund_id="r2")
    hold(shop, order_id="held", email="nobody@example.com")
    purchase_import = upload(
        shop.contest,
        row("here"),
        row("differs", points="1"),
        row("elsewhere"),
        row("new", email="ADA@Example.com"),
        row("new", points="7"),
        "new,,,,,\n",
        row("held", email="nobody@example.com"),
        row("refunded"),
        row("", points="1"),
        row("bad-email", email="ada"),
        row("bad-amount", amount="0"),
        row("bad-points", points="1.5"),
        row("bad-points", points="1"),
    )
    assert purchase_import.state == State.READY
    assert outcomes(purchase_import) == [
        ("known", ""),
        ("known", "Recorded with 20.00 USD (here 49.99 USD)."),
        ("new", ""),
        ("new", ""),
        ("duplicate", "Same as line 5, which is used."),
        ("duplicate", "Same as line 5, which is used."),
        ("no_entry", "Not imported. Import its entry first, then this file again."),
        ("new", "2 pending refunds are applied."),
        ("error", "The row has no order ID."),
        ("error", "“ada” is not a valid email: An email address must have an @-sign."),
        ("error", "The amount must be more than 0 and at most 999,999,999,999, also rounded to the minor unit of USD."),
        ("error", "“1.5” is not a number of points: it is not a whole number."),
        ("new", ""),
    ]
    assert Purchase.objects.filter(contest=shop.contest).count() == 2, "nothing is imported yet"


def test_changes_between_check_and_import_count(shop: Shop) -> None:
    grace = create_entry(shop.contest, "grace@example.com")
    purchase_import = upload(shop.contest, row("1"), row("2", email="grace@example.com"), row("3"))
    record(shop, "10.00", order_id="1")
    grace.delete()
    refund_early(shop, "3", "49.99")
    start_import(purchase_import, audit=AuditContext())
    run_all_jobs()
    assert outcomes(purchase_import) == [
        ("known", "Recorded with 10.00 USD (here 49.99 USD)."),
        ("no_entry", "Not imported. Import its entry first, then this file again."),
        ("imported", "1 pending refund is applied."),
    ]
    assert status_and_points(purchase_of("3")) == ("refunded", 0)
    assert faults() == []


def test_the_same_file_again_imports_nothing_twice(shop: Shop) -> None:
    imported(shop.contest, row(), row("1002"))
    second_import = imported(shop.contest, row(), row("1002", points="99"))
    assert outcomes(second_import) == [("known", ""), ("known", "Recorded with 50 points (here 99 points).")]
    assert Purchase.objects.count() == 2


@pytest.mark.parametrize(
    ("points", "amount", "refunds", "points_left"),
    [
        ("50", "49.99", ["20.00"], [29]),
        ("50", "49.99", ["49.98"], [0]),
        ("50", "49.99", ["0.01"], [49]),
        ("100", "30.00", ["10.00", "10.00", "10.00"], [66, 33, 0]),
        ("1", "10.00", ["0.01"], [0]),
        ("7", "3.00", ["1.00", "1.00", "0.50"], [4, 2, 1]),
        ("0", "10.00", ["1.00"], [0]),
        ("999999999999", "999999999999", ["1"], [999999999998]),
        ("1000000000000", "0.03", ["0.01", "0.01"], [666666666666, 333333333333]),
    ],
)
def test_a_refund_keeps_points_in_proportion_to_the_amount_left(
    shop: Shop, points: str, amount: str, refunds: list[str], points_left: list[int]
) -> None:
    imported(shop.contest, row(amount=amount, points=points), adds_points=True)
    purchase = purchase_of()
    for part, stays in zip(refunds, points_left, strict=True):
        refund(purchase, part)
        assert status_and_points(purchase)[1] == points_of(shop.entry) == stays
    if purchase.money_left:
        refund(purchase)
    assert status_and_points(purchase) == ("refunded", 0)
    assert faults() == []


def test_refunds_of_included_points_lower_the_balance(shop: Shop) -> None:
    adjust_points(shop.entry, 120, adjustment_id="opening", audit=AuditContext())
    imported(shop.contest, row(amount="50.00"))
    refund(purchase_of(), "20.00")
    assert points_of(shop.entry) == 100
    void_purchase(purchase_of(), audit=AuditContext())
    assert points_of(shop.entry) == 70
    restore_purchase(purchase_of(), audit=AuditContext())
    assert points_of(shop.entry) == 100
    assert lines_of(purchase_of()) == ["earned +50", "refunded -20", "voided -30", "voided +30"]
    assert faults() == []


def test_pending_refunds_are_applied(shop: Shop) -> None:
    refund_early(shop, "1001", "20.00")
    refund_early(shop, "1001", "100.00", refund_id="too much")
    imported(shop.contest, row(amount="50.00"))
    assert status_and_points(purchase_of()) == ("partially_refunded", 30)
    assert points_of(shop.entry) == -20
    states = dict(PendingRefund.objects.values_list("refund_id", "state"))
    assert states == {"r1": "applied", "too much": "refused"}
    assert faults() == []


def test_rejected_and_held_orders_are_closed(shop: Shop) -> None:
    held = hold(shop, order_id="1001", email="typo@example.com")
    reject(shop)
    is_dismissed = hold(shop, order_id="1003", email="typo@example.com")
    dismiss_rejected_purchase(is_dismissed, audit=AuditContext())
    imported(shop.contest, row(), row("refused"), row("1003"))
    states = dict(RejectedPurchase.objects.values_list("order_id", "state"))
    assert states == {"1001": "recorded", "refused": "recorded", "1003": "dismissed"}
    held.refresh_from_db()
    assert held.purchase == purchase_of()
    create_entry(shop.contest, "typo@example.com")
    assert Purchase.objects.count() == 3, "the held order is not recorded once more"


def test_an_imported_order_received_again_is_a_duplicate(shop: Shop) -> None:
    imported(shop.contest, row())
    response = record(shop, "60.00", order_id="1001")
    assert (response.already_exists, response.points_awarded) == (True, 0)
    assert response.differences == {"amount": {"recorded": Decimal("49.99"), "received": Decimal("60.00")}}
    assert explanation_of(shop.contest.pk, response)["history"] is True
    assert points_of(shop.entry) == 0
    assert purchase_of().duplicates == 1


def test_an_imported_order_counts_as_an_earlier_purchase(shop: Shop) -> None:
    set_rules(shop.contest, {"points_per_unit": 0, "fixed_points": 100, "first_purchase_only": True})
    grace = create_entry(shop.contest, "grace@example.com")
    purchase_import = imported(shop.contest, row())
    assert record(shop).points_awarded == 0
    assert record(shop, email=Email.parse(grace.email)).points_awarded == 100
    undone(purchase_import)
    other = create_entry(shop.contest, "linus@example.com")
    removed_entry = imported(shop.contest, row("1002", email=other.email))
    undone(removed_entry)
    assert record(shop, email=Email.parse(other.email)).points_awarded == 100, "what is undone does not count"


@pytest.mark.parametrize("adds_points", [True, False])
def test_an_imported_order_counts_towards_the_cap_per_entry(shop: Shop, adds_points: bool) -> None:
    set_rules(shop.contest, {}, cap_per_entry=80)
    purchase_import = imported(shop.contest, row(points="50"), adds_points=adds_points)
    assert record(shop, "100.00").points_awarded == 30
    assert record(shop, "100.00").points_awarded == 0
    undone(purchase_import)
    assert record(shop, "100.00").points_awarded == 50


def test_orders_are_imported_in_any_state_of_contest_and_entry(shop: Shop) -> None:
    Contest.objects.filter(pk=shop.contest.pk).update(status="draft", tracking_enabled=False)
    Entry.objects.filter(pk=shop.entry.pk).update(is_disqualified=True)
    imported(shop.contest, row())
    assert status_and_points(purchase_of()) == ("recorded", 50)


def test_several_orders_of_one_entry_have_their_lines_in_the_order_of_the_file(shop: Shop) -> None:
    imported(shop.contest, *(row(str(number), points=str(number)) for number in range(9, 0, -1)), adds_points=True)
    assert [line.points for line in shop.entry.ledger.order_by("number")] == list(range(9, 0, -1))
    assert faults() == []


def test_a_purchase_recorded_here_is_not_imported(shop: Shop) -> None:
    assert not buy(shop).is_imported


LEFT_OUT = ("reversed", "Refunded or voided in the other service, so not imported.")


def test_our_own_export_is_imported_with_the_amounts_left(shop: Shop) -> None:
    buy(shop, "49.99", order_id="whole")
    refund(buy(shop, "49.99", order_id="partly"), "20.00")
    refund(buy(shop, "30.00", order_id="refunded"))
    void_purchase(buy(shop, "30.00", order_id="voided"), audit=AuditContext(reason="A test order"))
    address = reverse("admin:contests_contest_export_purchases", args=[quote(shop.contest.pk)])
    text = downloaded(signed_in(shop, "owner"), address)
    other = make_shop(shop.entry.email, slug="other")
    purchase_import = create_purchase_import(other.contest, "purchases.csv", text.encode(), adds_points=True, by=None)
    assert outcomes(purchase_import) == [("new", ""), ("new", ""), LEFT_OUT, LEFT_OUT]
    start_import(purchase_import, audit=AuditContext())
    run_all_jobs()
    columns = ("order_id", "amount", "currency", "points_now", "status")
    assert list(Purchase.objects.filter(contest=other.contest).order_by("pk").values_list(*columns)) == [
        ("whole", Decimal("49.99"), "USD", 50, "recorded"),
        ("partly", Decimal("29.99"), "USD", points_left(shop, "partly"), "recorded"),
    ]
    assert points_of(other.entry) == points_of(shop.entry)
    assert faults() == []


def points_left(shop: Shop, order_id: str) -> int:
    return Purchase.objects.values_list("points_now", flat=True).get(contest=shop.contest, order_id=order_id)


@pytest.mark.parametrize(
    ("refunded", "points_now", "status", "expected"),
    [
        ("", "", "", ("new", "49.99", 50)),
        ("0.00", "50", "recorded", ("new", "49.99", 50)),
        ("$9.99", "40", "partially_refunded", ("new", "40.00", 40)),
        ("10", "0", "Completed", ("new", "39.99", 0)),
        ("49.99", "0", "", ("reversed", "", 0)),
        ("60", "50", "recorded", ("reversed", "", 0)),
        ("", "", "VOIDED", ("reversed", "", 0)),
        ("nothing", "", "Refunded", ("reversed", "", 0)),
        ("-5", "50", "", ("error", "", 0)),
        ("a lot", "50", "", ("error", "", 0)),
        ("5", "40.5", "", ("error", "", 0)),
    ],
)
def test_refunded_amounts_are_subtracted(
    shop: Shop, refunded: str, points_now: str, status: str, expected: tuple[str, str, int]
) -> None:
    headings = HEADINGS.replace("\n", ",refunded,points now,status\n")
    line = row().replace("\n", f",{refunded},{points_now},{status}\n")
    purchase_import = create_purchase_import(
        shop.contest, "orders.csv", (headings + line).encode(), adds_points=False, by=None
    )
    outcome, amount, points = expected
    assert [outcome for outcome, _note in outcomes(purchase_import)] == [outcome]
    start_import(purchase_import, audit=AuditContext())
    run_all_jobs()
    imported_rows = Purchase.objects.filter(contest=shop.contest).values_list("amount", "points_awarded")
    assert list(imported_rows) == ([(Decimal(amount), points)] if amount else [])
