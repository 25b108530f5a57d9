"""Held and rejected orders: released, attached, detached, corrected and dismissed, each once."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from blitzrocket.accounts.models import User
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import Email
from contests.models import Contest, Entry
from contests.services import create_entry
from purchases.models import PendingRefund, Purchase, RejectedPurchase
from purchases.services import (
    AlreadyHandled,
    EntryMissing,
    NewPurchase,
    NotAttached,
    NotHeld,
    PurchaseVoided,
    attach_purchase,
    changes_by_attaching,
    detach_purchase,
    dismiss_rejected_purchase,
    is_attached,
    move_purchase,
    record_rejected_purchase,
    release_held_purchases,
    reopen_rejected_purchase,
    restore_purchase,
    void_purchase,
)
from tests.purchases.orders import (
    faults,
    hold,
    lines_of,
    outcome_of,
    points_of,
    refund,
    refund_early,
    status_and_points,
)
from tests.support import Shop, record, refuse, set_rules


@pytest.fixture
def grace(shop: Shop) -> Entry:
    return create_entry(shop.contest, "grace@example.com")


def create_late_entry(shop: Shop) -> Entry:
    return create_entry(shop.contest, "late@example.com")


def state_of(rejected: RejectedPurchase) -> tuple[str, str | None]:
    """Its state, and the order id of the purchase that it names."""
    rejected.refresh_from_db()
    return rejected.state, rejected.purchase.order_id if rejected.purchase else None


def corrected_order(rejected: RejectedPurchase, email: str = "ada@example.com", amount: str = "20.00") -> NewPurchase:
    return NewPurchase(
        email=Email.parse(email),
        order_id=rejected.order_id,
        amount=Decimal(amount),
        currency="USD",
        purchased_at=rejected.first_received_at,
    )


def make_refused(shop: Shop) -> RejectedPurchase:
    refuse(shop)
    return RejectedPurchase.objects.get(order_id="refused")


# Released when its entry appears


def test_a_held_order_is_recorded_once_its_entry_is_created(shop: Shop) -> None:
    rejected = hold(shop)
    entry = create_late_entry(shop)
    assert release_held_purchases(entry) == 1
    assert (state_of(rejected), points_of(entry)) == (("recorded", "7"), 10)
    assert release_held_purchases(entry) == 0
    assert faults() == []


def test_held_orders_are_released_the_oldest_first(shop: Shop) -> None:
    set_rules(shop.contest, {"points_per_unit": 0, "fixed_points": 100, "first_purchase_only": True})
    for order_id in ("b", "a", "c"):
        hold(shop, order_id)
    hold(shop, "other", "other@example.com")
    assert release_held_purchases(create_late_entry(shop)) == 3
    earned = Purchase.objects.values_list("order_id", "points_awarded")
    assert dict(earned) == {"b": 100, "a": 0, "c": 0}


def test_a_held_order_is_scored_as_of_its_first_receipt(shop: Shop) -> None:
    rejected, rules_then = hold(shop), shop.contest.rule_set
    set_rules(shop.contest, {"points_per_unit": 7}, cap_per_entry=1)
    release_held_purchases(create_late_entry(shop))
    purchase = Purchase.objects.get()
    assert (purchase.points_awarded, purchase.rule_set) == (10, rules_then)
    assert purchase.purchased_at == rejected.first_received_at


@pytest.mark.parametrize(
    "since",
    [
        {"status": "ended"},
        {"status": "paused"},
        {"tracking_enabled": False},
        {"ends_at": timezone.now() - timedelta(days=1)},
        {"starts_at": timezone.now() + timedelta(days=1)},
    ],
)
def test_later_changes_of_the_contest_do_not_count(shop: Shop, since: dict[str, Any]) -> None:
    hold(shop)
    Contest.objects.filter(pk=shop.contest.pk).update(**since)
    release_held_purchases(create_late_entry(shop))
    assert Purchase.objects.get().points_awarded == 10


def test_a_held_order_of_a_paused_contest_earns_nothing_later(shop: Shop) -> None:
    Contest.objects.filter(pk=shop.contest.pk).update(status="paused")
    hold(shop)
    Contest.objects.filter(pk=shop.contest.pk).update(status="active")
    release_held_purchases(create_late_entry(shop))
    purchase = Purchase.objects.get()
    assert (purchase.points_awarded, purchase.scoring_facts.contest_status) == (0, "paused")


def test_a_contest_with_manual_attaching_releases_nothing(shop: Shop) -> None:
    Contest.objects.filter(pk=shop.contest.pk).update(attaches_automatically=False)
    rejected, entry = hold(shop), create_late_entry(shop)
    assert release_held_purchases(entry) == 0
    attach_purchase(rejected, entry, audit=AuditContext())
    assert (state_of(rejected), points_of(entry)) == (("recorded", "7"), 10)


def test_an_entry_without_an_address_releases_nothing(shop: Shop) -> None:
    hold(shop)
    assert release_held_purchases(Entry.objects.create(contest=shop.contest, phone="1")) == 0


def test_an_order_of_another_contest_stays_on_hold(shop: Shop) -> None:
    rejected = hold(shop)
    other = Contest.objects.create(team=shop.team, slug="other")
    assert release_held_purchases(create_entry(other, "late@example.com")) == 0
    assert state_of(rejected) == ("held", None)


# Attached and detached


def test_an_order_is_attached_to_an_entry_with_another_address(shop: Shop, grace: Entry) -> None:
    rejected = hold(shop)
    agent = User.objects.create_user("agent")
    audit = AuditContext(reason="mistyped", user=agent)
    purchase = attach_purchase(rejected, grace, audit=audit)
    assert (purchase.entry, purchase.email, points_of(grace)) == (grace, "late@example.com", 10)
    event = AuditEvent.objects.about(rejected).get()
    assert (event.id, event.action, event.reason, event.actor) == (audit.id, "attached", "mistyped", agent)
    assert (event.before, event.after) == (
        {"state": "held"},
        {"state": "recorded", "purchase": purchase.pk, "entry": grace.pk},
    )


def test_detaching_voids_the_purchase_and_holds_the_order(shop: Shop, grace: Entry) -> None:
    rejected = hold(shop)
    purchase = attach_purchase(rejected, grace, audit=AuditContext())
    rejected.refresh_from_db()
    assert is_attached(rejected)
    detach_purchase(rejected, audit=AuditContext(reason="wrong one"))
    assert (status_and_points(purchase), points_of(grace), state_of(rejected)) == (("voided", 0), 0, ("held", None))
    assert not is_attached(rejected)
    event = AuditEvent.objects.about(rejected).first()
    assert event is not None
    assert (event.action, event.reason) == ("detached", "wrong one")
    assert event.before == {"state": "recorded", "purchase": purchase.pk, "entry": grace.pk}


def test_attaching_a_detached_order_restores_and_moves_its_purchase(shop: Shop, grace: Entry) -> None:
    rejected = hold(shop)
    purchase = attach_purchase(rejected, grace, audit=AuditContext())
    detach_purchase(rejected, audit=AuditContext())
    repeat = attach_purchase(rejected, shop.entry, audit=AuditContext())
    assert (repeat, status_and_points(purchase), state_of(rejected)) == (purchase, ("recorded", 10), ("recorded", "7"))
    assert (points_of(grace), points_of(shop.entry)) == (0, 10)
    assert lines_of(purchase, names=True) == [
        "grace earned +10",
        "grace voided -10",
        "grace voided +10",
        "grace moved_out -10",
        "ada moved_in +10",
    ]
    assert faults() == []


def test_a_detached_order_is_released_to_the_entry_that_appears(shop: Shop, grace: Entry) -> None:
    rejected = hold(shop)
    purchase = attach_purchase(rejected, grace, audit=AuditContext())
    detach_purchase(rejected, audit=AuditContext())
    entry = create_late_entry(shop)
    assert release_held_purchases(entry) == 1
    assert (status_and_points(purchase), points_of(grace), points_of(entry)) == (("recorded", 10), 0, 10)
    assert state_of(rejected) == ("recorded", "7")


def test_a_detached_order_with_a_refund_is_restored_with_the_amount_left(shop: Shop, grace: Entry) -> None:
    rejected = hold(shop)
    purchase = attach_purchase(rejected, grace, audit=AuditContext())
    detach_purchase(rejected, audit=AuditContext())
    refund(purchase, "4.00")
    attach_purchase(rejected, shop.entry, audit=AuditContext())
    assert (status_and_points(purchase), points_of(shop.entry), points_of(grace)) == (("partially_refunded", 6), 6, 0)


def test_a_detached_order_stays_on_hold_when_it_is_received_again(shop: Shop, grace: Entry) -> None:
    rejected = hold(shop)
    attach_purchase(rejected, grace, audit=AuditContext())
    detach_purchase(rejected, audit=AuditContext())
    repeat = record(shop, "10.00", order_id="7", email=Email.parse("late@example.com"))
    assert (repeat.already_exists, state_of(rejected)) == (True, ("held", None))
    assert release_held_purchases(create_late_entry(shop)) == 1


def test_restoring_a_detached_order_closes_its_rejection(shop: Shop, grace: Entry) -> None:
    rejected = hold(shop)
    purchase = attach_purchase(rejected, grace, audit=AuditContext())
    detach_purchase(rejected, audit=AuditContext())
    restore_purchase(purchase, audit=AuditContext())
    assert (status_and_points(purchase), state_of(rejected)) == (("recorded", 10), ("recorded", "7"))
    with pytest.raises(NotHeld):
        attach_purchase(rejected, shop.entry, audit=AuditContext())


def test_detaching_follows_a_purchase_that_was_moved(shop: Shop, grace: Entry) -> None:
    rejected = hold(shop)
    purchase = attach_purchase(rejected, grace, audit=AuditContext())
    move_purchase(purchase, shop.entry, audit=AuditContext())
    detach_purchase(rejected, audit=AuditContext())
    assert (points_of(shop.entry), points_of(grace), faults()) == (0, 0, [])


def test_only_an_attached_order_can_be_detached(shop: Shop, grace: Entry) -> None:
    held_order = hold(shop, "waits")
    released = hold(shop, "released", "other@example.com")
    release_held_purchases(create_entry(shop.contest, "other@example.com"))
    voided = hold(shop, "voided")
    void_purchase(attach_purchase(voided, grace, audit=AuditContext()), audit=AuditContext())
    for rejected in (held_order, released, voided):
        with pytest.raises(NotAttached):
            detach_purchase(rejected, audit=AuditContext())


@pytest.mark.parametrize("between", ["nothing", "detached", "attached elsewhere"])
def test_the_same_attach_sent_again_changes_nothing(shop: Shop, grace: Entry, between: str) -> None:
    rejected, audit = hold(shop), AuditContext()
    purchase = attach_purchase(rejected, grace, audit=audit)
    if between != "nothing":
        detach_purchase(rejected, audit=AuditContext())
    if between == "attached elsewhere":
        attach_purchase(rejected, shop.entry, audit=AuditContext())
    before = (status_and_points(purchase), state_of(rejected), lines_of(purchase), AuditEvent.objects.count())
    assert attach_purchase(rejected, grace, audit=audit) == purchase
    assert (status_and_points(purchase), state_of(rejected), lines_of(purchase), AuditEvent.objects.count()) == before


def test_the_same_detach_sent_again_changes_nothing(shop: Shop, grace: Entry) -> None:
    rejected, audit = hold(shop), AuditContext()
    purchase = attach_purchase(rejected, grace, audit=AuditContext())
    detach_purchase(rejected, audit=audit)
    attach_purchase(rejected, grace, audit=AuditContext())
    detach_purchase(rejected, audit=audit)
    assert (status_and_points(purchase), state_of(rejected)) == (("recorded", 10), ("recorded", "7"))


def test_attaching_is_foreseen(shop: Shop, grace: Entry) -> None:
    attempt = hold(shop)
    assert changes_by_attaching(attempt, grace) == {grace.pk: 10}
    assert (points_of(grace), state_of(attempt), Purchase.objects.count()) == (0, ("held", None), 0)
    attach_purchase(attempt, grace, audit=AuditContext())
    assert points_of(grace) == 10


def test_a_disqualified_entry_gets_the_order_without_points(shop: Shop, grace: Entry) -> None:
    rejected = hold(shop)
    Entry.objects.filter(pk=grace.pk).update(is_disqualified=True)
    assert attach_purchase(rejected, grace, audit=AuditContext()).points_awarded == 0


# Corrected and recorded, dismissed, reopened


def test_a_rejected_order_is_recorded_with_corrected_values(shop: Shop) -> None:
    rejected, audit = make_refused(shop), AuditContext(reason="0 was sent")
    recorded = record_rejected_purchase(rejected, shop.contest, corrected_order(rejected), audit=audit)
    purchase = Purchase.objects.get()
    assert (purchase.pk, purchase.amount, purchase.points_now, purchase.api_key) == (
        recorded.purchase_id,
        Decimal(20),
        20,
        None,
    )
    assert (state_of(rejected), purchase.purchased_at) == (("recorded", "refused"), rejected.first_received_at)
    event = AuditEvent.objects.about(rejected).get()
    assert (event.action, event.before) == ("recorded", {"state": "refused"})
    assert event.after == {"state": "recorded", "purchase": purchase.pk}


def test_a_rejected_order_is_scored_by_the_current_rules(shop: Shop) -> None:
    rejected = make_refused(shop)
    set_rules(shop.contest, {"points_per_unit": 3})
    assert (
        record_rejected_purchase(rejected, shop.contest, corrected_order(rejected), audit=AuditContext()).points_awarded
        == 60
    )


def test_a_corrected_order_needs_an_entry(shop: Shop) -> None:
    rejected = make_refused(shop)
    with pytest.raises(EntryMissing):
        record_rejected_purchase(
            rejected, shop.contest, corrected_order(rejected, "nobody@example.com"), audit=AuditContext()
        )
    assert state_of(rejected) == ("refused", None)


def test_recording_a_corrected_order_twice_is_one_action(shop: Shop) -> None:
    rejected, audit = make_refused(shop), AuditContext()
    first, repeat = (
        record_rejected_purchase(rejected, shop.contest, corrected_order(rejected), audit=audit) for _ in range(2)
    )
    assert (repeat.purchase_id, repeat.already_exists, points_of(shop.entry)) == (first.purchase_id, True, 20)
    with pytest.raises(AlreadyHandled):
        record_rejected_purchase(rejected, shop.contest, corrected_order(rejected), audit=AuditContext())


def send_again(shop: Shop, rejected: RejectedPurchase) -> None:
    record(shop, "10.00", order_id=rejected.order_id)


def record_by_hand(shop: Shop, rejected: RejectedPurchase) -> None:
    record_rejected_purchase(rejected, shop.contest, corrected_order(rejected, amount="10.00"), audit=AuditContext())


def attach(shop: Shop, rejected: RejectedPurchase) -> None:
    attach_purchase(rejected, shop.entry, audit=AuditContext())


def release(shop: Shop, _: RejectedPurchase) -> None:
    release_held_purchases(create_late_entry(shop))


RECORDINGS: list[Callable[[Shop, RejectedPurchase], None]] = [send_again, record_by_hand, attach, release]
recording = pytest.mark.parametrize(
    "record_order", RECORDINGS, ids=[record_order.__name__ for record_order in RECORDINGS]
)


@recording
def test_all_rejections_of_an_order_are_closed_when_it_is_recorded(
    shop: Shop, record_order: Callable[[Shop, RejectedPurchase], None]
) -> None:
    other = make_refused(shop)
    rejected, elsewhere = hold(shop, "refused"), hold(shop, "8", "other@example.com")
    record_order(shop, rejected)
    assert (state_of(rejected), state_of(other)) == (("recorded", "refused"), ("recorded", "refused"))
    assert state_of(elsewhere) == ("held", None)


@recording
def test_pending_refunds_are_applied_in_the_order_received(
    shop: Shop, record_order: Callable[[Shop, RejectedPurchase], None]
) -> None:
    rejected = hold(shop)
    for refund_id, amount in (("r1", "4.00"), ("r2", "6.03"), ("r3", None), ("r4", "0.01"), ("r1", "9.00")):
        refund_early(shop, "7", amount, refund_id)
    record_order(shop, rejected)
    purchase = Purchase.objects.get()
    assert (status_and_points(purchase), purchase.refunded_amount) == (("refunded", 0), Decimal(10))
    assert lines_of(purchase) == ["earned +10", "refunded -4", "refunded -6"]
    refunds = {row.refund_id: (row.state, row.problem) for row in PendingRefund.objects.all()}
    assert refunds == {
        "r1": ("applied", ""),
        "r2": ("refused", "Only 6.00 USD of this order is left to refund."),
        "r3": ("applied", ""),
        "r4": ("refused", "Only 0.00 USD of this order is left to refund."),
    }
    assert faults() == []


def test_an_applied_pending_refund_sent_again_is_a_duplicate(shop: Shop) -> None:
    refund_early(shop, "7", "4.00")
    record(shop, "10.00", order_id="7")
    assert refund(Purchase.objects.get(), "4.00", "r1").already_exists
    assert Purchase.objects.get().points_now == 6


def test_a_pending_refund_that_rounds_to_zero_is_refused_when_applied(shop: Shop) -> None:
    refund_early(shop, "7", "0.4")
    record(shop, "1000", order_id="7", currency="JPY")
    assert PendingRefund.objects.get().problem == "The amount is 0 when rounded to the minor unit of JPY."


def test_a_pending_refund_applies_to_its_own_order_only(shop: Shop) -> None:
    refund_early(shop, "7", "4.00")
    record(shop, "10.00", order_id="8")
    assert PendingRefund.objects.get().state == "waiting"


def test_a_dismissed_order_is_not_released(shop: Shop) -> None:
    rejected, audit = hold(shop), AuditContext(reason="test order")
    dismiss_rejected_purchase(rejected, audit=audit)
    assert release_held_purchases(create_late_entry(shop)) == 0
    assert state_of(rejected) == ("dismissed", None)
    event = AuditEvent.objects.about(rejected).get()
    assert (event.id, event.before, event.after) == (audit.id, {"state": "held"}, {"state": "dismissed"})


@pytest.mark.parametrize(("make_rejected", "state"), [(hold, "held"), (make_refused, "refused")])
def test_a_reopened_order_has_its_earlier_state(
    shop: Shop, make_rejected: Callable[[Shop], RejectedPurchase], state: str
) -> None:
    rejected = make_rejected(shop)
    dismiss_rejected_purchase(rejected, audit=AuditContext())
    audit = AuditContext()
    for _ in range(2):
        reopen_rejected_purchase(rejected, audit=audit)
    assert (state_of(rejected)[0], AuditEvent.objects.about(rejected).count()) == (state, 2)


def test_a_dismissed_order_recorded_since_cannot_be_reopened(shop: Shop) -> None:
    rejected = hold(shop)
    dismiss_rejected_purchase(rejected, audit=AuditContext())
    record(shop, "10.00", order_id="7")
    with pytest.raises(AlreadyHandled):
        reopen_rejected_purchase(rejected, audit=AuditContext())


def test_a_handled_order_cannot_be_handled_again(shop: Shop, grace: Entry) -> None:
    rejected = hold(shop)
    with pytest.raises(AlreadyHandled):
        reopen_rejected_purchase(rejected, audit=AuditContext())
    attach_purchase(rejected, grace, audit=AuditContext())
    for refusal, action in {
        "NotHeld": lambda audit: attach_purchase(rejected, shop.entry, audit=audit),
        "AlreadyHandled": lambda audit: dismiss_rejected_purchase(rejected, audit=audit),
    }.items():
        audit = AuditContext()
        assert outcome_of(lambda action=action, audit=audit: action(audit), audit) == refusal  # type: ignore[misc]
    with pytest.raises(AlreadyHandled):
        record_rejected_purchase(rejected, shop.contest, corrected_order(rejected), audit=AuditContext())
    assert (points_of(grace), points_of(shop.entry)) == (10, 0)


def test_the_purchase_of_a_detached_order_cannot_be_moved(shop: Shop, grace: Entry) -> None:
    rejected = hold(shop)
    purchase = attach_purchase(rejected, grace, audit=AuditContext())
    detach_purchase(rejected, audit=AuditContext())
    with pytest.raises(PurchaseVoided):
        move_purchase(purchase, shop.entry, audit=AuditContext())
