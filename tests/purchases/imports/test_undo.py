"""Undone imports of past orders: voided orders, restored balances, and importing them again."""

from decimal import Decimal

from blitzrocket.audit.context import AuditContext
from contests.models import Entry
from contests.services import adjust_points, create_entry
from purchases.services import attach_purchase, move_purchase, restore_purchase, void_purchase
from purchases.services.rejection_actions import dismiss_rejected_purchase, reopen_rejected_purchase
from tests.purchases.imports.past_orders import imported, ledger_of, outcomes, purchase_of, row, undone
from tests.purchases.imports.test_import import State
from tests.purchases.orders import faults, hold, lines_of, points_of, refund, refund_early, status_and_points
from tests.support import Shop, record


def test_undo_voids_the_orders_and_restores_the_balances(shop: Shop) -> None:
    adjust_points(shop.entry, 120, adjustment_id="opening", audit=AuditContext())
    purchase_import = undone(imported(shop.contest, row(), row("1002", points="0")))
    assert (purchase_import.state, purchase_import.counts) == (State.UNDONE, {"undone": 2})
    assert status_and_points(purchase_of()) == ("voided", 0)
    assert ledger_of(shop.entry)[3:] == ["voided -50 (The wrong file)", "adjusted +50 (The wrong file)"]
    assert points_of(shop.entry) == 120
    assert record(shop, order_id="1001").already_exists, "the order id stays taken"
    assert points_of(shop.entry) == 120
    assert faults() == []


def test_undo_removes_added_points(shop: Shop) -> None:
    undone(imported(shop.contest, row(), adds_points=True))
    assert points_of(shop.entry) == 0
    assert faults() == []


def test_undo_keeps_orders_that_were_changed_since(shop: Shop) -> None:
    grace = create_entry(shop.contest, "grace@example.com")
    refund_early(shop, "pending", "10.00")
    orders = ["left alone", "refunded", "moved", "moved back", "voided", "restored", "pending", "nothing"]
    purchase_import = imported(
        shop.contest, *(row(order_id, points="0" if order_id == "nothing" else "50") for order_id in orders)
    )
    refund(purchase_of("refunded"), "10.00")
    refund(purchase_of("refunded"), "10.00")
    move_purchase(purchase_of("moved"), grace, audit=AuditContext())
    move_purchase(purchase_of("moved back"), grace, audit=AuditContext())
    move_purchase(purchase_of("moved back"), shop.entry, audit=AuditContext())
    void_purchase(purchase_of("voided"), audit=AuditContext())
    void_purchase(purchase_of("restored"), audit=AuditContext())
    restore_purchase(purchase_of("restored"), audit=AuditContext())
    move_purchase(purchase_of("nothing"), grace, audit=AuditContext())
    before = {order_id: status_and_points(purchase_of(order_id)) for order_id in orders}
    undone(purchase_import)
    assert outcomes(purchase_import) == [
        ("undone", ""),
        ("stayed", "Refunded"),
        ("stayed", "Moved"),
        ("stayed", "Moved"),
        ("stayed", "Voided"),
        ("stayed", "Voided, Restored"),
        ("stayed", "Refunded"),
        ("stayed", "Moved"),
    ]
    after = {order_id: status_and_points(purchase_of(order_id)) for order_id in orders}
    assert after == before | {"left alone": ("voided", 0)}
    assert faults() == []


def test_importing_again_restores_undone_orders(shop: Shop) -> None:
    purchase_import = imported(shop.contest, row(), row("1002", points="0"))
    first = purchase_of()
    undone(purchase_import)
    second_import = imported(shop.contest, row(), row("1002", points="0"))
    assert [note for _outcome, note in outcomes(second_import)] == ["Its import was undone; it is restored."] * 2
    assert second_import.counts == {"imported": 2}
    restored = purchase_of()
    assert restored.pk == first.pk
    assert (restored.source_import, restored.import_undone_at) == (second_import, None)
    assert status_and_points(restored) == ("recorded", 50)
    assert lines_of(restored) == ["earned +50", "voided -50", "voided +50"]
    assert points_of(shop.entry) == 0
    refund(restored, "10.00")
    assert points_of(shop.entry) == -11
    assert faults() == []
    assert undone(second_import).counts == {"stayed": 1, "undone": 1}
    assert faults() == []


def test_a_corrected_file_corrects_undone_orders(shop: Shop) -> None:
    grace = create_entry(shop.contest, "grace@example.com")
    undone(imported(shop.contest, row("1"), row("2"), row("3", points="0"), row("4")))
    corrected = imported(
        shop.contest,
        row("1", points="70", amount="69.99"),
        row("2", email="grace@example.com"),
        row("3", email="grace@example.com", points="5"),
        row("4", points="0"),
    )
    assert corrected.counts == {"imported": 4}
    outcomes = {
        order_id: (purchase.entry.email, purchase.points_awarded, purchase.points_now, purchase.explain()["points"])
        for order_id, purchase in ((number, purchase_of(number)) for number in "1234")
    }
    assert outcomes == {
        "1": ("ada@example.com", 70, 70, 70),
        "2": ("grace@example.com", 50, 50, 50),
        "3": ("grace@example.com", 5, 5, 5),
        "4": ("ada@example.com", 0, 0, 0),
    }
    assert purchase_of("1").money == Decimal("69.99")
    assert (points_of(shop.entry), points_of(grace)) == (0, 0)
    refund(purchase_of("2"), "49.99")
    assert (points_of(shop.entry), points_of(grace)) == (0, -50)
    assert faults() == []
    assert undone(corrected).counts == {"undone": 3, "stayed": 1}
    assert (points_of(shop.entry), points_of(grace)) == (0, -50)
    assert faults() == []


def test_points_may_be_added_the_second_time(shop: Shop) -> None:
    undone(imported(shop.contest, row()))
    undone(imported(shop.contest, row(), adds_points=True))
    assert points_of(shop.entry) == 0
    imported(shop.contest, row(), adds_points=True)
    assert points_of(shop.entry) == 50
    assert faults() == []


def test_a_refund_of_an_undone_order_counts_after_its_restore(shop: Shop) -> None:
    undone(imported(shop.contest, row("1", amount="50.00"), row("2", amount="50.00"), row("3", amount="50.00")))
    for order_id in "123":
        refund(purchase_of(order_id), "20.00")
    second_import = imported(
        shop.contest, row("1", amount="50.00"), row("2", amount="50.00", points="100"), row("3", amount="60.00")
    )
    assert outcomes(second_import) == [
        ("imported", "Its import was undone; it is restored."),
        ("imported", "Its import was undone; it is restored."),
        ("error", "It was refunded since its import was undone, as 50.00 USD: write that amount."),
    ]
    assert [status_and_points(purchase_of(order_id)) for order_id in "123"] == [
        ("partially_refunded", 30),
        ("partially_refunded", 60),
        ("voided", 0),
    ]
    assert points_of(shop.entry) == -20 - 40
    assert faults() == []


def test_support_restores_an_order_whose_import_was_undone(shop: Shop) -> None:
    purchase_import = imported(shop.contest, row())
    undone(purchase_import)
    changing = restore_purchase(purchase_of(), audit=AuditContext(reason="It was right"))
    assert [(line.kind, line.points) for line in changing.lines] == [("voided", 50), ("adjusted", -50)]
    assert status_and_points(purchase_of()) == ("recorded", 50)
    assert points_of(shop.entry) == 0
    assert outcomes(imported(shop.contest, row())) == [("known", "")]
    assert faults() == []
    void_purchase(purchase_of(), audit=AuditContext())
    assert outcomes(imported(shop.contest, row())) == [("known", "")], "what a person voided stays void"
    assert faults() == []


def test_an_order_reopened_after_the_undo_is_attached_as_imported(shop: Shop) -> None:
    grace = create_entry(shop.contest, "grace@example.com")
    rejected = hold(shop, order_id="1001", email="typo@example.com")
    dismiss_rejected_purchase(rejected, audit=AuditContext())
    undone(imported(shop.contest, row()))
    reopen_rejected_purchase(rejected, audit=AuditContext())
    attach_purchase(rejected, grace, audit=AuditContext())
    assert (purchase_of().entry, purchase_of().points_now, points_of(grace)) == (grace, 50, 50)
    assert points_of(shop.entry) == -50, "its opening balance included them"
    assert faults() == []


def test_included_points_do_not_change_the_rank_among_equals(shop: Shop) -> None:
    later = create_entry(shop.contest, "grace@example.com")
    adjust_points(shop.entry, 120, adjustment_id="a", audit=AuditContext())
    adjust_points(later, 120, adjustment_id="a", audit=AuditContext())
    undone(imported(shop.contest, row()))
    leaderboard = Entry.objects.on_leaderboard(shop.contest.pk)
    assert list(leaderboard) == [shop.entry, later]
