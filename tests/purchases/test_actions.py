"""What each act does to an order in each state, and that each is done once and kept."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from blitzrocket.accounts.models import User
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests.models import Entry, PointTransaction
from contests.services import BalanceTooLow, adjust_points, create_contest, create_entry
from contests.services.preview import PointChanges
from purchases.models import Purchase, Refund
from purchases.services import (
    OtherContest,
    PurchaseVoided,
    RefundExceedsPurchase,
    RefundNotPositive,
    changes_by_moving,
    changes_by_refunding,
    changes_by_restoring,
    changes_by_voiding,
    move_purchase,
    refund_order,
    restore_purchase,
    void_purchase,
)
from tests.purchases.orders import buy, faults, lines_of, outcome_of, points_of, refund, refund_early, status_and_points
from tests.support import Shop, record, set_rules


@pytest.fixture
def grace(shop: Shop) -> Entry:
    return create_entry(shop.contest, "grace@example.com")


@pytest.fixture
def agent(db: None) -> User:
    return User.objects.create_user("agent")


# An order of 30.00 that earned 30 points. Where something was given back, it was 10.00 with the refund "r1".
STATES: dict[str, Callable[[Purchase], Any]] = {
    "recorded": lambda _: None,
    "partly refunded": lambda purchase: refund(purchase, "10", "r1"),
    "fully refunded": lambda purchase: [refund(purchase, "10", "r1"), refund(purchase, "20")],
    "voided": lambda purchase: [refund(purchase, "10", "r1"), void_purchase(purchase, audit=AuditContext())],
}
EVENTS: dict[str, Callable[[Shop, Purchase, Entry, AuditContext], Any]] = {
    "record again": lambda shop, purchase, _, __: record(shop, "30.00", order_id=purchase.order_id),
    "refund 12.00": lambda _, purchase, __, audit: refund(purchase, "12", audit=audit),
    "refund all": lambda _, purchase, __, audit: refund(purchase, audit=audit),
    "refund 30.03": lambda _, purchase, __, audit: refund(purchase, "30.03", audit=audit),
    "refund 20.02": lambda _, purchase, __, audit: refund(purchase, "20.02", audit=audit),
    "refund in EUR": lambda _, purchase, __, audit: refund(purchase, "1", currency="EUR", audit=audit),
    "refund r1 again": lambda _, purchase, __, audit: refund(purchase, "10", "r1", audit=audit),
    "void": lambda _, purchase, __, audit: void_purchase(purchase, audit=audit),
    "restore": lambda _, purchase, __, audit: restore_purchase(purchase, audit=audit),
    "move to Grace": lambda _, purchase, grace, audit: move_purchase(purchase, grace, audit=audit),
}
# state, event: what it answers; status and points of the order; points of Ada and Grace; the new ledger lines
TABLE: list[tuple[str, str, str, str, int, tuple[int, int], list[str]]] = [
    ("recorded", "record again", "nothing", "recorded", 30, (30, 0), []),
    ("recorded", "refund 12.00", "done", "partially_refunded", 18, (18, 0), ["ada refunded -12"]),
    ("recorded", "refund all", "done", "refunded", 0, (0, 0), ["ada refunded -30"]),
    ("recorded", "refund 30.03", "RefundExceedsPurchase", "recorded", 30, (30, 0), []),
    ("recorded", "refund 20.02", "done", "partially_refunded", 10, (10, 0), ["ada refunded -20"]),
    ("recorded", "refund in EUR", "RefundInOtherCurrency", "recorded", 30, (30, 0), []),
    ("recorded", "void", "done", "voided", 0, (0, 0), ["ada voided -30"]),
    ("recorded", "restore", "nothing", "recorded", 30, (30, 0), []),
    ("recorded", "move to Grace", "done", "recorded", 30, (0, 30), ["ada moved_out -30", "grace moved_in +30"]),
    ("partly refunded", "record again", "nothing", "partially_refunded", 20, (20, 0), []),
    ("partly refunded", "refund 12.00", "done", "partially_refunded", 8, (8, 0), ["ada refunded -12"]),
    ("partly refunded", "refund all", "done", "refunded", 0, (0, 0), ["ada refunded -20"]),
    ("partly refunded", "refund 30.03", "RefundExceedsPurchase", "partially_refunded", 20, (20, 0), []),
    ("partly refunded", "refund 20.02", "done", "refunded", 0, (0, 0), ["ada refunded -20"]),
    ("partly refunded", "refund in EUR", "RefundInOtherCurrency", "partially_refunded", 20, (20, 0), []),
    ("partly refunded", "refund r1 again", "nothing", "partially_refunded", 20, (20, 0), []),
    ("partly refunded", "void", "done", "voided", 0, (0, 0), ["ada voided -20"]),
    ("partly refunded", "restore", "nothing", "partially_refunded", 20, (20, 0), []),
    (
        "partly refunded",
        "move to Grace",
        "done",
        "partially_refunded",
        20,
        (0, 20),
        ["ada moved_out -20", "grace moved_in +20"],
    ),
    ("fully refunded", "record again", "nothing", "refunded", 0, (0, 0), []),
    ("fully refunded", "refund 12.00", "RefundExceedsPurchase", "refunded", 0, (0, 0), []),
    ("fully refunded", "refund all", "RefundExceedsPurchase", "refunded", 0, (0, 0), []),
    ("fully refunded", "refund 30.03", "RefundExceedsPurchase", "refunded", 0, (0, 0), []),
    ("fully refunded", "refund 20.02", "RefundExceedsPurchase", "refunded", 0, (0, 0), []),
    ("fully refunded", "refund in EUR", "RefundInOtherCurrency", "refunded", 0, (0, 0), []),
    ("fully refunded", "refund r1 again", "nothing", "refunded", 0, (0, 0), []),
    ("fully refunded", "void", "done", "voided", 0, (0, 0), []),
    ("fully refunded", "restore", "nothing", "refunded", 0, (0, 0), []),
    ("fully refunded", "move to Grace", "done", "refunded", 0, (0, 0), []),
    ("voided", "record again", "nothing", "voided", 0, (0, 0), []),
    ("voided", "refund 12.00", "done", "voided", 0, (0, 0), []),
    ("voided", "refund all", "done", "voided", 0, (0, 0), []),
    ("voided", "refund 30.03", "RefundExceedsPurchase", "voided", 0, (0, 0), []),
    ("voided", "refund 20.02", "done", "voided", 0, (0, 0), []),
    ("voided", "refund in EUR", "RefundInOtherCurrency", "voided", 0, (0, 0), []),
    ("voided", "refund r1 again", "nothing", "voided", 0, (0, 0), []),
    ("voided", "void", "nothing", "voided", 0, (0, 0), []),
    ("voided", "restore", "done", "partially_refunded", 20, (20, 0), ["ada voided +20"]),
    ("voided", "move to Grace", "PurchaseVoided", "voided", 0, (0, 0), []),
]


@pytest.mark.parametrize(
    ("state", "event", "answer", "status", "points", "balances", "lines"),
    TABLE,
    ids=[f"{event}, {state}" for state, event, *_ in TABLE],
)
def test_what_happens_to_an_order(  # noqa: PLR0917  (a parameter for each column of the table)
    shop: Shop,
    grace: Entry,
    state: str,
    event: str,
    answer: str,
    status: str,
    points: int,
    balances: tuple[int, int],
    lines: list[str],
) -> None:
    purchase = buy(shop, "30.00")
    STATES[state](purchase)
    before = lines_of(purchase, names=True)
    audit = AuditContext()
    assert outcome_of(lambda: EVENTS[event](shop, purchase, grace, audit), audit) == answer
    assert status_and_points(purchase) == (status, points)
    assert (points_of(shop.entry), points_of(grace)) == balances
    assert lines_of(purchase, names=True)[len(before) :] == lines
    assert faults() == []


def test_each_event_meets_each_state() -> None:
    """But for the refund that is known, which an order from which nothing was given back does not have."""
    met = {(state, event) for state, event, *_ in TABLE}
    assert {(state, event) for state in STATES for event in EVENTS} - met == {("recorded", "refund r1 again")}


def test_recording_a_voided_order_again_is_a_duplicate_that_earns_nothing(shop: Shop) -> None:
    purchase = buy(shop, "30.00")
    void_purchase(purchase, audit=AuditContext())
    duplicate = record(shop, "30.00", order_id=purchase.order_id)
    assert (duplicate.already_exists, duplicate.points_awarded, duplicate.purchase_id) == (True, 0, purchase.pk)


def test_a_fixed_award_stays_until_nothing_is_left(shop: Shop) -> None:
    set_rules(shop.contest, {"points_per_unit": 0, "fixed_points": 100})
    purchase = buy(shop, "30.00")
    stays = []
    for amount in ("10.00", "19.99", "0.01"):
        refund(purchase, amount)
        stays.append(status_and_points(purchase)[1])
    assert stays == [100, 100, 0]


def test_a_fixed_award_goes_with_the_condition_that_gave_it(shop: Shop) -> None:
    set_rules(shop.contest, {}, {"points_per_unit": 0, "fixed_points": 100, "amount_from": "20"})
    purchase = buy(shop, "30.00")
    refund(purchase, "10.00")
    assert status_and_points(purchase)[1] == 120
    refund(purchase, "0.01")
    assert status_and_points(purchase)[1] == 20


def test_a_refund_that_meets_a_condition_gives_no_points(shop: Shop) -> None:
    set_rules(shop.contest, {}, {"points_per_unit": 0, "fixed_points": 100, "amount_to": "20"})
    purchase = buy(shop, "30.00")
    refund(purchase, "15.00")
    assert status_and_points(purchase)[1] == 30
    refund(purchase, "15.00")
    assert status_and_points(purchase)[1] == 0


def test_three_thirds_end_at_exactly_nothing(shop: Shop) -> None:
    purchase = buy(shop, "10.00")
    for amount in ("3.33", "3.33", "3.34"):
        refund(purchase, amount)
    assert status_and_points(purchase) == ("refunded", 0)
    assert lines_of(purchase) == ["earned +10", "refunded -3", "refunded -4", "refunded -3"]


def test_refunds_are_judged_by_the_rules_of_the_recording(shop: Shop) -> None:
    purchase = buy(shop, "30.00")
    set_rules(shop.contest, {"points_per_unit": 7}, cap_per_purchase=1)
    refund(purchase, "10.00")
    assert status_and_points(purchase)[1] == 20


def test_room_freed_under_a_cap_is_not_handed_to_earlier_orders(shop: Shop) -> None:
    set_rules(shop.contest, {}, cap_per_entry=40)
    first, second = buy(shop, "30.00"), buy(shop, "30.00")
    refund(first)
    assert status_and_points(second)[1] == 10
    assert buy(shop, "50.00").points_awarded == 30


def test_a_currency_without_minor_digits(shop: Shop) -> None:
    purchase = buy(shop, "1000", currency="JPY")
    done = refund(purchase, "333.5")
    assert (done.refund.amount, status_and_points(purchase)) == (Decimal(334), ("partially_refunded", 666))
    with pytest.raises(RefundExceedsPurchase, match="666 JPY of this order is left"):
        refund(purchase, "669")
    refund(purchase, "666")
    assert status_and_points(purchase) == ("refunded", 0)


@pytest.mark.parametrize(("given_back", "left"), [(None, "30.00"), ("10", "20.00"), ("30", "0.00")])
def test_more_than_was_paid_is_refused_with_what_is_left(shop: Shop, given_back: str | None, left: str) -> None:
    purchase = buy(shop, "30.00")
    if given_back:
        refund(purchase, given_back)
    with pytest.raises(RefundExceedsPurchase, match=f"{left} USD of this order is left") as refused:
        refund(purchase, "30.04")
    assert str(refused.value.money_left) == left
    assert Refund.objects.count() == bool(given_back)


@pytest.mark.parametrize("amount", ["0", "-1", "0.004"])
def test_a_refund_of_an_invalid_amount_is_refused(shop: Shop, amount: str) -> None:
    with pytest.raises(RefundNotPositive):
        refund(buy(shop), amount)


@pytest.mark.parametrize("amount", ["0", "-1", "0.00004"])
def test_an_early_refund_of_an_invalid_amount_is_refused(shop: Shop, amount: str) -> None:
    with pytest.raises(RefundNotPositive):
        refund_early(shop, "7", amount)
    assert shop.contest.pending_refunds.get().state == "refused"


def test_a_known_refund_with_another_amount_says_what_differs(shop: Shop) -> None:
    purchase = buy(shop)
    refund(purchase, "10", "r1")
    duplicate = refund(purchase, "12.345", "r1")
    assert duplicate.already_exists
    assert duplicate.differences == {"amount": {"recorded": Decimal("10.00"), "received": Decimal("12.35")}}


def test_the_refund_ids_of_two_orders_are_their_own(shop: Shop) -> None:
    for purchase in (buy(shop), buy(shop)):
        assert not refund(purchase, "10", "r1").already_exists
    assert points_of(shop.entry) == 40


def test_refunding_a_voided_order_is_kept_and_moves_no_points(shop: Shop) -> None:
    purchase = buy(shop)
    void_purchase(purchase, audit=AuditContext())
    done = refund(purchase, "10.00")
    purchase.refresh_from_db()
    assert (done.refund.points_reversed, purchase.status, purchase.refunded_amount) == (0, "voided", Decimal(10))


@pytest.mark.parametrize(
    ("amount", "status", "points"), [("10.00", "partially_refunded", 20), ("30.00", "refunded", 0)]
)
def test_restoring_after_a_refund_gives_only_what_stays(shop: Shop, amount: str, status: str, points: int) -> None:
    purchase = buy(shop)
    void_purchase(purchase, audit=AuditContext())
    refund(purchase, amount)
    restore_purchase(purchase, audit=AuditContext())
    assert status_and_points(purchase) == (status, points)
    assert lines_of(purchase)[2:] == ["voided +30", f"refunded {points - 30}"]
    assert (points_of(shop.entry), faults()) == (points, [])


def test_voids_and_restores_in_turn_come_back_to_the_same_points(shop: Shop, grace: Entry) -> None:
    purchase = buy(shop)
    for to in (grace, shop.entry, grace):
        void_purchase(purchase, audit=AuditContext())
        restore_purchase(purchase, audit=AuditContext())
        move_purchase(purchase, to, audit=AuditContext())
    assert (status_and_points(purchase), points_of(shop.entry), points_of(grace)) == (("recorded", 30), 0, 30)
    assert faults() == []


def test_a_moved_order_keeps_its_first_purchase_award(shop: Shop, grace: Entry) -> None:
    set_rules(shop.contest, {}, {"points_per_unit": 0, "fixed_points": 100, "first_purchase_only": True})
    purchase = buy(shop)
    move_purchase(purchase, grace, audit=AuditContext())
    refund(purchase, "10.00")
    assert (status_and_points(purchase)[1], points_of(grace), points_of(shop.entry)) == (120, 120, 0)


def test_a_move_into_another_contest_is_refused(shop: Shop) -> None:
    other = create_contest(shop.team, title="Other", slug="other")
    with pytest.raises(OtherContest):
        move_purchase(buy(shop), create_entry(other, "grace@example.com"), audit=AuditContext())


@pytest.mark.parametrize("event", ["refund all", "void", "move to Grace"])
def test_acts_on_orders_may_bring_an_entry_below_nothing(shop: Shop, grace: Entry, event: str) -> None:
    purchase = buy(shop)
    adjust_points(shop.entry, -25, adjustment_id="spent", audit=AuditContext())
    EVENTS[event](shop, purchase, grace, AuditContext())
    assert (points_of(shop.entry), faults()) == (-25, [])


def test_a_hand_adjustment_may_not(shop: Shop) -> None:
    buy(shop)
    with pytest.raises(BalanceTooLow) as refused:
        adjust_points(shop.entry, -31, adjustment_id="a", audit=AuditContext())
    assert (refused.value.balance, points_of(shop.entry)) == (30, 30)


def test_an_entry_below_nothing_can_be_given_points_by_hand(shop: Shop) -> None:
    purchase = buy(shop)
    adjust_points(shop.entry, -25, adjustment_id="spent", audit=AuditContext())
    void_purchase(purchase, audit=AuditContext())
    adjust_points(shop.entry, 5, adjustment_id="thanks", audit=AuditContext())
    assert points_of(shop.entry) == -20


# What each act is done to, and how its line of the audit reads.
ACTS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "refund 12.00": ("refunded", {}, {"status": "partially_refunded", "points": 18, "refunded": Decimal("12.0000")}),
    "void": ("voided", {}, {"status": "voided", "points": 0}),
    "move to Grace": ("moved", {}, {"entry": "grace"}),
    "restore": ("restored", {"status": "voided", "points": 0}, {"status": "recorded", "points": 30}),
}


@pytest.mark.parametrize("event", ACTS)
def test_an_act_leaves_one_line_of_the_audit(shop: Shop, grace: Entry, agent: User, event: str) -> None:
    purchase = buy(shop)
    if event == "restore":
        void_purchase(purchase, audit=AuditContext())
    action, before, after = ACTS[event]
    plain = {"status": "recorded", "entry": shop.entry.pk, "points": 30, "refunded": 0}
    audit = AuditContext(reason="asked for", user=agent)
    EVENTS[event](shop, purchase, grace, audit)
    line = AuditEvent.objects.get(reason="asked for")
    after = {name: grace.pk if value == "grace" else value for name, value in after.items()}
    assert (line.id, line.action, line.object_type, line.object_id) == (audit.id, action, "purchase", purchase.pk)
    assert (line.before, line.after) == (plain | before, plain | after)
    assert (line.actor, line.contest_id, line.team_id) == (agent, shop.contest.pk, shop.team.pk)


def test_an_adjustment_leaves_one_line_of_the_audit(shop: Shop, agent: User) -> None:
    audit = AuditContext(reason="thanks", user=agent)
    for _ in range(2):
        adjust_points(shop.entry, 5, adjustment_id="a", audit=audit)
    line = AuditEvent.objects.get(reason="thanks")
    assert (line.action, line.object_id, line.before, line.after) == (
        "adjusted",
        shop.entry.pk,
        {"points": 0},
        {"points": 5},
    )
    assert (points_of(shop.entry), line.actor) == (5, agent)


def test_the_lines_of_an_act_name_its_reason_and_who(shop: Shop, grace: Entry, agent: User) -> None:
    move_purchase(buy(shop), grace, audit=AuditContext(reason="wrong person", user=agent))
    moved = PointTransaction.objects.filter(kind__startswith="moved")
    assert {(line.reason, line.actor) for line in moved} == {("wrong person", agent)}


@pytest.mark.parametrize("event", ["void", "move to Grace", "refund r1 again"])
def test_a_repeated_action_runs_once_also_after_other_actions(shop: Shop, grace: Entry, event: str) -> None:
    purchase, audit = buy(shop), AuditContext()
    EVENTS[event](shop, purchase, grace, audit)
    restore_purchase(purchase, audit=AuditContext())
    move_purchase(purchase, shop.entry, audit=AuditContext())
    before = (status_and_points(purchase), lines_of(purchase), AuditEvent.objects.count())
    EVENTS[event](shop, purchase, grace, audit)
    assert (status_and_points(purchase), lines_of(purchase), AuditEvent.objects.count()) == before


def test_the_same_restore_again_is_done_once(shop: Shop) -> None:
    purchase, audit = buy(shop), AuditContext()
    void_purchase(purchase, audit=AuditContext())
    restore_purchase(purchase, audit=audit)
    void_purchase(purchase, audit=AuditContext())
    restore_purchase(purchase, audit=audit)
    assert status_and_points(purchase) == ("voided", 0)


def written_rows(shop: Shop) -> list[Any]:
    """All rows that actions on orders write."""
    purchase = Purchase.objects.filter(contest=shop.contest).values_list("status", "points_now", "refunded_amount")
    entries = Entry.objects.filter(contest=shop.contest).values_list("points", "line_count")
    written = [model.objects.count() for model in (PointTransaction, Refund, AuditEvent)]
    return [list(purchase), list(entries.order_by("pk")), written]


CHANGES: dict[str, Callable[[Purchase, Entry], PointChanges]] = {
    "refund 12.00": lambda purchase, _: changes_by_refunding(purchase, Decimal(12)),
    "refund all": lambda purchase, _: changes_by_refunding(purchase),
    "refund 30.03": lambda purchase, _: changes_by_refunding(purchase, Decimal("30.03")),
    "refund 20.02": lambda purchase, _: changes_by_refunding(purchase, Decimal("20.02")),
    "void": lambda purchase, _: changes_by_voiding(purchase),
    "restore": lambda purchase, _: changes_by_restoring(purchase),
    "move to Grace": lambda purchase, grace: changes_by_moving(purchase, grace.pk),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("event", CHANGES)
def test_a_preview_foresees_what_the_act_does_or_why_it_is_refused(
    shop: Shop, grace: Entry, event: str, state: str
) -> None:
    purchase = buy(shop)
    STATES[state](purchase)
    purchase.refresh_from_db()
    before = written_rows(shop)
    points = {entry.pk: points_of(entry) for entry in (shop.entry, grace)}
    changes, refusal = outcome(lambda: CHANGES[event](purchase, grace))
    assert written_rows(shop) == before
    _, refused_with = outcome(lambda: EVENTS[event](shop, purchase, grace, AuditContext()))
    assert refusal == refused_with
    assert {pk: points[pk] + (changes or {}).get(pk, 0) for pk in points} == {
        entry.pk: points_of(entry) for entry in (shop.entry, grace)
    }


def outcome(call: Callable[[], Any]) -> tuple[Any, str]:
    """The result of a call, or its error in words."""
    try:
        return call(), ""
    except (PurchaseVoided, RefundExceedsPurchase) as refused:
        return None, f"{type(refused).__name__}: {refused}"


def test_refunding_by_the_shops_own_ids(shop: Shop) -> None:
    purchase = buy(shop)
    received_at = timezone.now() - timedelta(hours=1)
    done = refund_order(
        shop.contest,
        purchase.order_id,
        refund_id="#r-1",
        amount=Decimal(10),
        audit=AuditContext(reason="damaged", api_key=shop.keys["private"]),
        received_at=received_at,
    ).refund
    assert (done.purchase, done.refund_key, done.currency, done.points_reversed) == (purchase, "R-1", "USD", 10)
    assert (done.reason, done.api_key, done.received_at) == ("damaged", shop.keys["private"], received_at)
