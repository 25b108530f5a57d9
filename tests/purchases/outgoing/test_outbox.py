"""The outbox: each fact writes one event for each subscriber, in its transaction, and nothing where there is none."""

from decimal import Decimal

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import Email
from blitzrocket.strict_json import read
from contests.models import Contest, Entry
from contests.services import adjust_points, enter
from contests.services.entries import NewEntry, announce_reachable, sign_up
from contests.services.referrals import remove_referral_points
from purchases.models import EventKind, OutgoingEvent, Purchase
from purchases.outgoing.chores import tell_ended_contests
from purchases.outgoing.messages import bodies_of
from purchases.services import move_purchase, record_batch, restore_purchase, void_purchase
from purchases.services.order_scoring import NewPurchase
from tests.purchases.orders import buy, refund, refund_early
from tests.purchases.outgoing.receiver import events, subscribe
from tests.support import Shop, hold, make_shop, record

RECORDED, REFUNDED, VOIDED = EventKind.RECORDED, EventKind.REFUNDED, EventKind.VOIDED
HELD, ADJUSTED, CREATED, ENDED = EventKind.HELD, EventKind.ADJUSTED, EventKind.CREATED, EventKind.ENDED


def statements(shop: Shop) -> int:
    with CaptureQueriesContext(connection) as captured:
        record(shop)
    return len([query for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))])


def test_a_recording_takes_as_many_statements_with_and_without_subscribers(shop: Shop) -> None:
    record(shop)
    before = statements(shop)
    assert events(shop) == []
    subscribe(shop, RECORDED)
    assert statements(shop) == before
    subscribe(shop, RECORDED)
    assert statements(shop) == before
    assert events(shop) == [RECORDED] * 3


def test_nothing_is_written_for_other_kinds_and_other_contests(shop: Shop) -> None:
    subscribe(shop, VOIDED)
    subscribe(make_shop("other@example.com"))
    buy(shop)
    hold(shop)
    assert not OutgoingEvent.objects.exists()


def test_a_batch_tells_of_each_new_order(shop: Shop) -> None:
    subscribe(shop, RECORDED, HELD)
    purchase = record(shop, order_id="known")
    orders = [
        NewPurchase(email=Email.parse(email), order_id=order_id, amount=Decimal(10), currency="USD", purchased_at=now)
        for now in [timezone.now()]
        for order_id, email in [
            ("a", shop.entry.email),
            ("known", shop.entry.email),
            ("b", shop.entry.email),
            ("c", "nobody@example.com"),
        ]
    ]
    record_batch(shop.contest.pk, orders, api_key=shop.keys["private"], received_at=timezone.now())
    rows = OutgoingEvent.objects.exclude(object_id=purchase.purchase_id)
    new = Purchase.objects.filter(order_id__in=["a", "b"]).values_list("pk", flat=True)
    assert sorted(rows.filter(kind=RECORDED).values_list("object_id", flat=True)) == sorted(new)
    assert rows.filter(kind=HELD).count() == 1


def test_acts_on_an_order(shop: Shop) -> None:
    subscribe(shop)
    purchase = buy(shop)
    refund(purchase, "10.00", "r1")
    refund(purchase, "10.00", "r1")
    assert events(shop) == [RECORDED, REFUNDED]
    void_purchase(purchase, audit=AuditContext())
    void_purchase(purchase, audit=AuditContext())
    assert events(shop) == [RECORDED, REFUNDED, VOIDED]
    restore_purchase(purchase, audit=AuditContext())
    other = enter(shop.contest, NewEntry(email=Email.parse("eve@example.com")), audit=AuditContext())[0]
    move_purchase(purchase, other, audit=AuditContext())
    assert events(shop)[3:] == [ADJUSTED, CREATED, ADJUSTED, ADJUSTED]


def test_a_held_order_sends_one_event_and_another_when_it_is_recorded(shop: Shop) -> None:
    subscribe(shop)
    hold(shop, order_id="late")
    hold(shop, order_id="late")
    assert events(shop) == [HELD]
    entry = sign_up(shop.contest, NewEntry(email=Email.parse("late@example.com")), audit=AuditContext()).entry
    announce_reachable([entry])
    assert events(shop) == [HELD, CREATED, RECORDED]


def test_a_refund_before_its_order(shop: Shop) -> None:
    subscribe(shop)
    refund_early(shop, "early", "5.00")
    assert events(shop) == []
    record(shop, order_id="early")
    assert events(shop) == [RECORDED, REFUNDED]


def test_adjustments_and_referrals(shop: Shop) -> None:
    subscribe(shop)
    adjust_points(shop.entry, 5, adjustment_id="a", audit=AuditContext())
    adjust_points(shop.entry, 5, adjustment_id="a", audit=AuditContext())
    assert events(shop) == [ADJUSTED]
    Contest.objects.update(advocate_points=3, friend_points=2)
    shop.contest.refresh_from_db()
    new = NewEntry(email=Email.parse("friend@example.com"), referral_code=shop.entry.referral_code)
    friend = sign_up(shop.contest, new, audit=AuditContext()).entry
    assert events(shop)[1:] == [CREATED, ADJUSTED, ADJUSTED]
    remove_referral_points(friend, audit=AuditContext())
    assert events(shop)[4:] == [ADJUSTED, ADJUSTED]


def test_no_event_is_sent_of_what_is_rolled_back(shop: Shop) -> None:
    subscribe(shop)
    with transaction.atomic():
        buy(shop)
        transaction.set_rollback(True)
    assert events(shop) == []


def test_the_sum_of_all_events_is_the_balance(shop: Shop) -> None:
    """Whatever is done, a system that adds up what it is told has the entry's points."""
    subscribe(shop)
    purchase = buy(shop)
    refund(purchase, "10.00")
    void_purchase(purchase, audit=AuditContext())
    restore_purchase(purchase, audit=AuditContext())
    adjust_points(shop.entry, 7, adjustment_id="a", audit=AuditContext())
    refund(buy(shop), "3.00")
    rows = list(OutgoingEvent.objects.order_by("pk"))
    data = [read(body)["data"] for body in bodies_of(shop.contest, rows).values()]
    total = sum(each.get("pointsAwarded", 0) + each.get("points", 0) - each.get("pointsRemoved", 0) for each in data)
    assert total == Entry.objects.get(pk=shop.entry.pk).points


def test_the_end_of_a_contest_is_sent_once(shop: Shop) -> None:
    subscribe(shop)
    assert tell_ended_contests() == 0
    Contest.objects.update(ends_at=timezone.now())
    subscribe(shop)  # it was over before
    assert [tell_ended_contests(), tell_ended_contests()] == [1, 0]
    Contest.objects.update(ends_at=None)
    assert tell_ended_contests() == 0
    Contest.objects.update(status=Contest.Status.ENDED)
    assert [tell_ended_contests(), tell_ended_contests()] == [2, 0]
    assert events(shop) == [ENDED] * 3
