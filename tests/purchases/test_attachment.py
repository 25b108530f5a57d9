"""Orders and refunds that came too early: released, attached, detached, put right by hand, dismissed, each once."""

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
from tests.support import Shop, record, reject, set_rules


@pytest.fixture
def grace(shop: Shop) -> Entry:
    return create_entry(shop.contest, "grace@example.com")


def late_enters(shop: Shop) -> Entry:
    return create_entry(shop.contest, "late@example.com")


def state_of(rejected: RejectedPurchase) -> tuple[str, str | None]:
    """Its state, and the order id of the purchase that it names."""
    rejected.refresh_from_db()
    return rejected.state, rejected.purchase.order_id if rejected.purchase else None


def order_by_hand(rejected: RejectedPurchase, email: str = "ada@example.com", amount: str = "20.00") -> NewPurchase:
    return NewPurchase(
        email=Email.parse(email),
        order_id=rejected.order_id,
        amount=Decimal(amount),
        currency="USD",
        purchased_at=rejected.first_received_at,
    )


def rejected_order(shop: Shop) -> RejectedPurchase:
    reject(shop)
    return RejectedPurchase.objects.get(order_id="refused")


# Released when its entry appears


def test_an_order_that_waits_is_recorded_when_its_entry_appears(shop: Shop) -> None:
    rejected = hold(shop)
    late = late_enters(shop)
    assert release_held_purchases(late) == 1
    assert (state_of(rejected), points_of(late)) == (("recorded", "7"), 10)
    assert release_held_purchases(late) == 0
    assert faults() == []


def test_all_that_wait_are_released_the_oldest_first(shop: Shop) -> None:
    set_rules(shop.contest, {"points_per_unit": 0, "fixed_points": 100, "first_purchase_only": True})
    for order_id in ("b", "a", "c"):
        hold(shop, order_id)
    hold(shop, "other", "other@example.com")
    assert release_held_purchases(late_enters(shop)) == 3
    earned = Purchase.objects.values_list("order_id", "points_awarded")
    assert dict(earned) == {"b": 100, "a": 0, "c": 0}


def test_it_is_judged_by_the_rules_and_the_time_of_its_first_receipt(shop: Shop) -> None:
    rejected, rules_then = hold(shop), shop.contest.rule_set
    set_rules(shop.contest, {"points_per_unit": 7}, cap_per_entry=1)
    release_held_purchases(late_enters(shop))
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
def test_what_happened_to_the_contest_since_does_not_count(shop: Shop, since: dict[str, Any]) -> None:
    hold(shop)
    Contest.objects.filter(pk=shop.contest.pk).update(**since)
    release_held_purchases(late_enters(shop))
    assert Purchase.objects.get().points_awarded == 10


def test_what_stood_in_the_way_then_still_does(shop: Shop) -> None:
    Contest.objects.filter(pk=shop.contest.pk).update(status="paused")
    hold(shop)
    Contest.objects.filter(pk=shop.contest.pk).update(status="active")
    release_held_purchases(late_enters(shop))
    purchase = Purchase.objects.get()
    assert (purchase.points_awarded, purchase.scoring_facts.contest_status) == (0, "paused")


def test_a_contest_that_wants_it_by_hand_leaves_it(shop: Shop) -> None:
    Contest.objects.filter(pk=shop.contest.pk).update(attaches_automatically=False)
    rejected, late = hold(shop), late_enters(shop)
    assert release_held_purchases(late) == 0
    attach_purchase(rejected, late, audit=AuditContext())
    assert (state_of(rejected), points_of(late)) == (("recorded", "7"), 10)


def test_an_entry_without_an_address_releases_nothing(shop: Shop) -> None:
    hold(shop)
    assert release_held_purchases(Entry.objects.create(contest=shop.contest, phone="1")) == 0


def test_an_order_of_another_contest_stays(shop: Shop) -> None:
    rejected = hold(shop)
    other = Contest.objects.create(team=shop.team, slug="other")
    assert release_held_purchases(create_entry(other, "late@example.com")) == 0
    assert state_of(rejected) == ("held", None)


# Attached and detached by hand


def test_an_order_is_attached_to_an_entry_with_another_address(shop: Shop, grace: Entry) -> None:
    rejected = hold(shop)
    agent = User.objects.create_user("agent")
    audit = AuditContext(reason="mistyped", user=agent)
    purchase = attach_purchase(rejected, grace, audit=audit)
    assert (purchase.entry, purchase.email, points_of(grace)) == (grace, "late@example.com", 10)
    line = AuditEvent.objects.about(rejected).get()
    assert (line.id, line.action, line.reason, line.actor) == (audit.id, "attached", "mistyped", agent)
    assert (line.before, line.after) == (
        {"state": "held"},
        {"state": "recorded", "purchase": purchase.pk, "entry": grace.pk},
    )


def test_detaching_voids_it_and_lets_it_wait_again(shop: Shop, grace: Entry) -> None:
    rejected = hold(shop)
    purchase = attach_purchase(rejected, grace, audit=AuditContext())
    rejected.refresh_from_db()
    assert is_attached(rejected)
    detach_purchase(rejected, audit=AuditContext(reason="wrong one"))
    assert (status_and_points(purchase), points_of(grace), state_of(rejected)) == (("voided", 0), 0, ("held", None))
    assert not is_attached(rejected)
    line = AuditEvent.objects.about(rejected).first()
    assert line is not None
    assert (line.action, line.reason) == ("detached", "wrong one")
    assert line.before == {"state": "recorded", "purchase": purchase.pk, "entry": grace.pk}


def test_attached_again_to_the_right_entry_it_is_restored_and_moved(shop: Shop, grace: Entry) -> None:
    rejected = hold(shop)
    purchase = attach_purchase(rejected, grace, audit=AuditContext())
    detach_purchase(rejected, audit=AuditContext())
    restored = attach_purchase(rejected, shop.entry, audit=AuditContext())
    assert (restored, status_and_points(purchase), state_of(rejected)) == (
        purchase,
        ("recorded", 10),
        ("recorded", "7"),
    )
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
    late = late_enters(shop)
    assert release_held_purchases(late) == 1
    assert (status_and_points(purchase), points_of(grace), points_of(late)) == (("recorded", 10), 0, 10)
    assert state_of(rejected) == ("recorded", "7")


def test_a_detached_order_with_a_refund_comes_back_with_what_is_left(shop: Shop, grace: Entry) -> None:
    rejected = hold(shop)
    purchase = attach_purchase(rejected, grace, audit=AuditContext())
    detach_purchase(rejected, audit=AuditContext())
    refund(purchase, "4.00")
    attach_purchase(rejected, shop.entry, audit=AuditContext())
    assert (status_and_points(purchase), points_of(shop.entry), points_of(grace)) == (("partially_refunded", 6), 6, 0)


def test_a_detached_order_waits_on_when_the_shop_sends_it_again(shop: Shop, grace: Entry) -> None:
    rejected = hold(shop)
    attach_purchase(rejected, grace, audit=AuditContext())
    detach_purchase(rejected, audit=AuditContext())
    duplicate = record(shop, "10.00", order_id="7", email=Email.parse("late@example.com"))
    assert (duplicate.already_exists, state_of(rejected)) == (True, ("held", None))
    assert release_held_purchases(late_enters(shop)) == 1


def test_restoring_a_detached_order_leaves_nothing_that_waits(shop: Shop, grace: Entry) -> None:
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


def test_nothing_to_detach(shop: Shop, grace: Entry) -> None:
    waits = hold(shop, "waits")
    released = hold(shop, "released", "other@example.com")
    release_held_purchases(create_entry(shop.contest, "other@example.com"))
    voided = hold(shop, "voided")
    void_purchase(attach_purchase(voided, grace, audit=AuditContext()), audit=AuditContext())
    for rejected in (waits, released, voided):
        with pytest.raises(NotAttached):
            detach_purchase(rejected, audit=AuditContext())


@pytest.mark.parametrize("between", ["nothing", "detached", "attached elsewhere"])
def test_the_same_attaching_again_changes_nothing(shop: Shop, grace: Entry, between: str) -> None:
    rejected, audit = hold(shop), AuditContext()
    purchase = attach_purchase(rejected, grace, audit=audit)
    if between != "nothing":
        detach_purchase(rejected, audit=AuditContext())
    if between == "attached elsewhere":
        attach_purchase(rejected, shop.entry, audit=AuditContext())
    before = (status_and_points(purchase), state_of(rejected), lines_of(purchase), AuditEvent.objects.count())
    assert attach_purchase(rejected, grace, audit=audit) == purchase
    assert (status_and_points(purchase), state_of(rejected), lines_of(purchase), AuditEvent.objects.count()) == before


def test_the_same_detaching_again_changes_nothing(shop: Shop, grace: Entry) -> None:
    rejected, audit = hold(shop), AuditContext()
    purchase = attach_purchase(rejected, grace, audit=AuditContext())
    detach_purchase(rejected, audit=audit)
    attach_purchase(rejected, grace, audit=AuditContext())
    detach_purchase(rejected, audit=audit)
    assert (status_and_points(purchase), state_of(rejected)) == (("recorded", 10), ("recorded", "7"))


def test_attaching_is_foreseen(shop: Shop, grace: Entry) -> None:
    rejected = hold(shop)
    assert changes_by_attaching(rejected, grace) == {grace.pk: 10}
    assert (points_of(grace), state_of(rejected), Purchase.objects.count()) == (0, ("held", None), 0)
    attach_purchase(rejected, grace, audit=AuditContext())
    assert points_of(grace) == 10


def test_a_disqualified_entry_gets_the_order_without_points(shop: Shop, grace: Entry) -> None:
    rejected = hold(shop)
    Entry.objects.filter(pk=grace.pk).update(is_disqualified=True)
    assert attach_purchase(rejected, grace, audit=AuditContext()).points_awarded == 0


# Recorded by hand, dismissed, opened again


def test_a_rejected_order_is_recorded_with_corrected_values(shop: Shop) -> None:
    rejected, audit = rejected_order(shop), AuditContext(reason="0 was sent")
    recorded = record_rejected_purchase(rejected, shop.contest, order_by_hand(rejected), audit=audit)
    purchase = Purchase.objects.get()
    assert (purchase.pk, purchase.amount, purchase.points_now, purchase.api_key) == (
        recorded.purchase_id,
        Decimal(20),
        20,
        None,
    )
    assert (state_of(rejected), purchase.purchased_at) == (("recorded", "refused"), rejected.first_received_at)
    line = AuditEvent.objects.about(rejected).get()
    assert (line.action, line.before) == ("recorded", {"state": "rejected"})
    assert line.after == {"state": "recorded", "purchase": purchase.pk}


def test_a_rejected_order_is_scored_by_the_live_rules(shop: Shop) -> None:
    rejected = rejected_order(shop)
    set_rules(shop.contest, {"points_per_unit": 3})
    assert (
        record_rejected_purchase(rejected, shop.contest, order_by_hand(rejected), audit=AuditContext()).points_awarded
        == 60
    )


def test_recording_by_hand_needs_an_entry(shop: Shop) -> None:
    rejected = rejected_order(shop)
    with pytest.raises(EntryMissing):
        record_rejected_purchase(
            rejected, shop.contest, order_by_hand(rejected, "nobody@example.com"), audit=AuditContext()
        )
    assert state_of(rejected) == ("rejected", None)


def test_recording_by_hand_twice_is_once(shop: Shop) -> None:
    rejected, audit = rejected_order(shop), AuditContext()
    first, second = (
        record_rejected_purchase(rejected, shop.contest, order_by_hand(rejected), audit=audit) for _ in range(2)
    )
    assert (second.purchase_id, second.already_exists, points_of(shop.entry)) == (first.purchase_id, True, 20)
    with pytest.raises(AlreadyHandled):
        record_rejected_purchase(rejected, shop.contest, order_by_hand(rejected), audit=AuditContext())


def record_it(shop: Shop, rejected: RejectedPurchase) -> None:
    record(shop, "10.00", order_id=rejected.order_id)


def record_by_hand(shop: Shop, rejected: RejectedPurchase) -> None:
    record_rejected_purchase(rejected, shop.contest, order_by_hand(rejected, amount="10.00"), audit=AuditContext())


def attach(shop: Shop, rejected: RejectedPurchase) -> None:
    attach_purchase(rejected, shop.entry, audit=AuditContext())


def release(shop: Shop, _: RejectedPurchase) -> None:
    release_held_purchases(late_enters(shop))


WAYS: list[Callable[[Shop, RejectedPurchase], None]] = [record_it, record_by_hand, attach, release]
ways = pytest.mark.parametrize("way", WAYS, ids=[way.__name__ for way in WAYS])


@ways
def test_all_attempts_at_an_order_are_closed_when_it_is_recorded(
    shop: Shop, way: Callable[[Shop, RejectedPurchase], None]
) -> None:
    other = rejected_order(shop)
    rejected, elsewhere = hold(shop, "refused"), hold(shop, "8", "other@example.com")
    way(shop, rejected)
    assert (state_of(rejected), state_of(other)) == (("recorded", "refused"), ("recorded", "refused"))
    assert state_of(elsewhere) == ("held", None)


@ways
def test_refunds_that_waited_are_applied_in_turn(shop: Shop, way: Callable[[Shop, RejectedPurchase], None]) -> None:
    rejected = hold(shop)
    for refund_id, amount in (("r1", "4.00"), ("r2", "6.03"), ("r3", None), ("r4", "0.01"), ("r1", "9.00")):
        refund_early(shop, "7", amount, refund_id)
    way(shop, rejected)
    purchase = Purchase.objects.get()
    assert (status_and_points(purchase), purchase.refunded_amount) == (("refunded", 0), Decimal(10))
    assert lines_of(purchase) == ["earned +10", "refunded -4", "refunded -6"]
    waited = {row.refund_id: (row.state, row.problem) for row in PendingRefund.objects.all()}
    assert waited == {
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


def test_a_refund_that_waits_and_rounds_to_nothing_is_refused_then(shop: Shop) -> None:
    refund_early(shop, "7", "0.4")
    record(shop, "1000", order_id="7", currency="JPY")
    assert PendingRefund.objects.get().problem == "The amount is 0 when rounded to the minor unit of JPY."


def test_a_refund_waits_for_its_own_order_only(shop: Shop) -> None:
    refund_early(shop, "7", "4.00")
    record(shop, "10.00", order_id="8")
    assert PendingRefund.objects.get().state == "pending"


def test_a_dismissed_order_is_not_released(shop: Shop) -> None:
    rejected, audit = hold(shop), AuditContext(reason="test order")
    dismiss_rejected_purchase(rejected, audit=audit)
    assert release_held_purchases(late_enters(shop)) == 0
    assert state_of(rejected) == ("dismissed", None)
    line = AuditEvent.objects.about(rejected).get()
    assert (line.id, line.before, line.after) == (audit.id, {"state": "held"}, {"state": "dismissed"})


@pytest.mark.parametrize(("create_rejected", "state"), [(hold, "held"), (rejected_order, "rejected")])
def test_opened_again_it_is_what_it_was(
    shop: Shop, create_rejected: Callable[[Shop], RejectedPurchase], state: str
) -> None:
    rejected = create_rejected(shop)
    dismiss_rejected_purchase(rejected, audit=AuditContext())
    audit = AuditContext()
    for _ in range(2):
        reopen_rejected_purchase(rejected, audit=audit)
    assert (state_of(rejected)[0], AuditEvent.objects.about(rejected).count()) == (state, 2)


def test_a_dismissed_order_that_was_recorded_since_is_not_opened_again(shop: Shop) -> None:
    rejected = hold(shop)
    dismiss_rejected_purchase(rejected, audit=AuditContext())
    record(shop, "10.00", order_id="7")
    with pytest.raises(AlreadyHandled):
        reopen_rejected_purchase(rejected, audit=AuditContext())


def test_what_is_dealt_with_cannot_be_dealt_with_again(shop: Shop, grace: Entry) -> None:
    rejected = hold(shop)
    with pytest.raises(AlreadyHandled):
        reopen_rejected_purchase(rejected, audit=AuditContext())
    attach_purchase(rejected, grace, audit=AuditContext())
    for refusal, happens in {
        "NotHeld": lambda audit: attach_purchase(rejected, shop.entry, audit=audit),
        "AlreadyHandled": lambda audit: dismiss_rejected_purchase(rejected, audit=audit),
    }.items():
        audit = AuditContext()
        assert outcome_of(lambda happens=happens, audit=audit: happens(audit), audit) == refusal  # type: ignore[misc]
    with pytest.raises(AlreadyHandled):
        record_rejected_purchase(rejected, shop.contest, order_by_hand(rejected), audit=AuditContext())
    assert (points_of(grace), points_of(shop.entry)) == (10, 0)


def test_the_purchase_of_a_detached_order_cannot_be_moved_while_it_waits(shop: Shop, grace: Entry) -> None:
    rejected = hold(shop)
    purchase = attach_purchase(rejected, grace, audit=AuditContext())
    detach_purchase(rejected, audit=AuditContext())
    with pytest.raises(PurchaseVoided):
        move_purchase(purchase, shop.entry, audit=AuditContext())
