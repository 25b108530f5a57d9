"""Concurrent actions of users, shops and jobs on the same entries: none is lost or made twice, and none deadlocks."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from functools import partial
from io import StringIO
from threading import Barrier
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import Email
from contests.models import Entry, PointTransaction
from contests.services import BalanceTooLow, adjust_points, create_entry
from purchases.models import PendingRefund, Purchase, Refund, RejectedPurchase
from purchases.services import (
    AlreadyHandled,
    EntryMissing,
    NewPurchase,
    NewRefund,
    NotAttached,
    NotHeld,
    PurchaseNotFound,
    PurchaseVoided,
    RefundExceedsPurchase,
    RefundInOtherCurrency,
    attach_purchase,
    detach_purchase,
    dismiss_rejected_purchase,
    move_purchase,
    record_rejected_purchase,
    refund_order,
    release_held_purchases,
    reopen_rejected_purchase,
    restore_purchase,
    save_malformed_refund,
    void_purchase,
)
from tests.profiles import times
from tests.purchases.orders import buy, hold, lines_of, points_of, refund, refund_early, status_and_points
from tests.support import Shop, make_shop, record, wait_for_blocked

THREADS, OPERATIONS, ROUNDS = 8, times(400, 1000), times(9, 60)
DOCUMENTED = (
    BalanceTooLow,
    EntryMissing,
    NotAttached,
    NotHeld,
    AlreadyHandled,
    PurchaseNotFound,
    PurchaseVoided,
    RefundExceedsPurchase,
    RefundInOtherCurrency,
)


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


@pytest.fixture
def grace(shop: Shop) -> Entry:
    return create_entry(shop.contest, "grace@example.com")


def in_thread(pool: ThreadPoolExecutor, task: Callable[[], Any]) -> Future[Any]:
    """Do it over a connection of its own."""

    def run() -> Any:
        try:
            return task()
        finally:
            connection.close()

    return pool.submit(run)


def at_once(*tasks: Callable[[], Any]) -> list[Any]:
    """Do all at the same moment; what each returned, or the documented refusal it met."""
    barrier = Barrier(len(tasks))

    def run(task: Callable[[], Any]) -> Any:
        connection.ensure_connection()
        barrier.wait(30)
        try:
            return task()
        except DOCUMENTED as error:
            return error

    with ThreadPoolExecutor(len(tasks)) as pool:
        return [future.result(60) for future in [in_thread(pool, lambda task=task: run(task)) for task in tasks]]  # type: ignore[misc]


def assert_ledger_is_consistent() -> None:
    out = StringIO()
    try:
        call_command("check_ledger", stdout=out, stderr=out)
    except SystemExit:
        pytest.fail(out.getvalue())


class SupportDesk:
    """Does random actions on a few orders and entries, as one of several users at once."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop, self.choose = shop, random.Random(seed)
        self.adjusted = 0
        self.actions = [
            self.record,
            self.record,
            self.refund,
            self.adjust,
            self.on_purchase(void_purchase),
            self.on_purchase(restore_purchase),
            self.move,
            self.on_rejected(detach_purchase),
            self.on_rejected(dismiss_rejected_purchase),
            self.on_rejected(reopen_rejected_purchase),
            self.attach,
            self.record_by_hand,
            self.release,
        ]

    def work(self, operations: int) -> int:
        for _ in range(operations):
            with suppress(*DOCUMENTED):
                self.choose.choice(self.actions)()
        return self.adjusted

    def order_id(self) -> str:
        return str(self.choose.randrange(30))

    def entry(self) -> Entry:
        return self.choose.choice(list(self.shop.contest.entries.order_by("pk")))

    def record(self) -> None:
        name = self.choose.choice(["ada", "grace", "late", "nobody", "someone"])
        record(self.shop, "30.00", order_id=self.order_id(), email=Email.parse(f"{name}@example.com"))

    def refund(self) -> None:
        refund_order(
            self.shop.contest,
            self.order_id(),
            refund_id=self.choose.choice(["r1", "r2", "r3"]),
            amount=self.choose.choice([None, Decimal(7), Decimal("23.01"), Decimal(40)]),
            currency=self.choose.choice(["", "", "USD", "EUR"]),
            audit=AuditContext(),
            received_at=timezone.now(),
        )

    def adjust(self) -> None:
        points = self.choose.choice([-20, 5, 10])
        adjust_points(self.entry(), points, adjustment_id=str(self.choose.random()), audit=AuditContext())
        self.adjusted += points

    def on_purchase(self, action: Callable[..., Any]) -> Callable[[], None]:
        def audit() -> None:
            purchase = Purchase.objects.find_order(self.shop.contest.pk, self.order_id())
            if purchase:
                action(purchase, audit=AuditContext())

        return audit

    def on_rejected(self, action: Callable[..., Any]) -> Callable[[], None]:
        def audit() -> None:
            rejections = list(RejectedPurchase.objects.order_by("pk"))
            if rejections:
                action(self.choose.choice(rejections), audit=AuditContext())

        return audit

    def move(self) -> None:
        to = self.entry()
        self.on_purchase(lambda purchase, audit: move_purchase(purchase, to, audit=audit))()

    def attach(self) -> None:
        to = self.entry()
        self.on_rejected(lambda rejected, audit: attach_purchase(rejected, to, audit=audit))()

    def record_by_hand(self) -> None:
        email = Email.parse(self.choose.choice(["ada@example.com", "grace@example.com"]))

        def by_hand(rejected: RejectedPurchase, audit: AuditContext) -> None:
            record_rejected_purchase(rejected, self.shop.contest, new_order(rejected.order_id, email), audit=audit)

        self.on_rejected(by_hand)()

    def release(self) -> None:
        release_held_purchases(self.entry())


def new_order(order_id: str, email: Email) -> NewPurchase:
    return NewPurchase(
        email=email, order_id=order_id, amount=Decimal("30.00"), currency="USD", purchased_at=timezone.now()
    )


def test_concurrent_actions_keep_the_ledger_consistent(shop: Shop, grace: Entry) -> None:
    create_entry(shop.contest, "late@example.com")
    desks = [SupportDesk(shop, seed) for seed in range(THREADS)]
    adjusted = at_once(*[lambda desk=desk: desk.work(OPERATIONS // THREADS) for desk in desks])
    assert_ledger_is_consistent()
    by_hand = PointTransaction.objects.filter(kind="adjusted")
    assert sum(line.points for line in by_hand) == sum(adjusted)
    actions = Counter(AuditEvent.objects.values_list("action", flat=True))
    assert set(actions) >= {"adjusted", "refunded", "voided", "restored", "moved", "attached"}
    still_waiting = PendingRefund.objects.filter(state="pending").values_list("order_id", flat=True)
    assert set(still_waiting) & set(Purchase.objects.values_list("order_id", flat=True)) == set()


def test_concurrent_equal_refunds_are_one_refund(shop: Shop) -> None:
    purchase = buy(shop, "30.00")
    outcomes = at_once(*[lambda: refund(purchase, "10.00", "r1")] * THREADS)
    assert Counter(outcome.already_exists for outcome in outcomes) == {False: 1, True: THREADS - 1}
    assert (status_and_points(purchase), Refund.objects.count()) == (("partially_refunded", 20), 1)


def test_concurrent_refunds_never_exceed_the_amount(shop: Shop) -> None:
    purchase = buy(shop, "30.00")
    outcomes = at_once(*[lambda: refund(purchase, "5.00")] * THREADS)
    assert Counter(isinstance(outcome, RefundExceedsPurchase) for outcome in outcomes) == {False: 6, True: 2}
    assert status_and_points(purchase) == ("refunded", 0)
    assert_ledger_is_consistent()


def test_concurrent_voids_are_one_void(shop: Shop) -> None:
    purchase = buy(shop, "30.00")
    at_once(*[lambda: void_purchase(purchase, audit=AuditContext())] * THREADS)
    assert lines_of(purchase) == ["earned +30", "voided -30"]
    assert AuditEvent.objects.filter(action="voided").count() == 1


def test_the_same_action_sent_concurrently_is_one_action(shop: Shop, grace: Entry) -> None:
    purchase, moved, adjusted = buy(shop, "30.00"), AuditContext(), AuditContext()
    at_once(*[lambda: move_purchase(purchase, grace, audit=moved)] * THREADS)
    at_once(*[lambda: adjust_points(grace, 5, adjustment_id="a", audit=adjusted)] * THREADS)
    assert (points_of(shop.entry), points_of(grace)) == (0, 35)
    assert AuditEvent.objects.filter(pk__in=[moved.id, adjusted.id]).count() == 2


def test_concurrent_moves_and_voids_keep_the_ledger_consistent(shop: Shop, grace: Entry) -> None:
    purchase = buy(shop, "30.00")
    for _ in range(10):
        at_once(
            lambda: move_purchase(purchase, grace, audit=AuditContext()),
            lambda: move_purchase(purchase, shop.entry, audit=AuditContext()),
            lambda: void_purchase(purchase, audit=AuditContext()),
            lambda: restore_purchase(purchase, audit=AuditContext()),
            lambda: refund(purchase, "0.50"),
        )
    assert_ledger_is_consistent()
    restore_purchase(purchase, audit=AuditContext())
    assert status_and_points(purchase) == ("partially_refunded", 25)
    assert points_of(shop.entry) + points_of(grace) == 25


def test_concurrent_releases_record_each_order_once(shop: Shop) -> None:
    for number in range(10):
        hold(shop, str(number))
    entry = create_entry(shop.contest, "late@example.com")
    released = at_once(*[lambda: release_held_purchases(entry)] * THREADS)
    assert (sum(released), Purchase.objects.count(), points_of(entry)) == (10, 10, 100)
    assert set(RejectedPurchase.objects.values_list("state", flat=True)) == {"recorded"}


def test_a_held_order_is_recorded_once_by_concurrent_actions(shop: Shop, grace: Entry) -> None:
    entry = create_entry(shop.contest, "late@example.com")
    for number in range(ROUNDS // 3):
        Entry.objects.filter(pk=entry.pk).update(email_key="away")
        rejected = hold(shop, str(number))
        Entry.objects.filter(pk=entry.pk).update(email_key=entry.email_key)
        order = new_order(rejected.order_id, Email.parse(shop.entry.email))
        at_once(*ways_to_record(shop, rejected, order, grace, entry))
        rejected.refresh_from_db()
        assert rejected.state == "recorded"
    assert Purchase.objects.count() == ROUNDS // 3
    assert_ledger_is_consistent()


def ways_to_record(
    shop: Shop, rejected: RejectedPurchase, order: NewPurchase, grace: Entry, entry: Entry
) -> Iterable[Callable[[], Any]]:
    return [
        lambda: release_held_purchases(entry),
        lambda: attach_purchase(rejected, grace, audit=AuditContext()),
        lambda: record_rejected_purchase(rejected, shop.contest, order, audit=AuditContext()),
        lambda: record(shop, order_id=rejected.order_id),
        lambda: record(shop, order_id=rejected.order_id, email=Email.parse(entry.email)),
    ]


def test_an_order_dismissed_while_it_is_recorded_is_recorded(shop: Shop) -> None:
    entry = create_entry(shop.contest, "late@example.com")
    for number in range(ROUNDS):
        Entry.objects.filter(pk=entry.pk).update(email_key="away")
        rejected = hold(shop, str(number))
        Entry.objects.filter(pk=entry.pk).update(email_key=entry.email_key)
        at_once(
            lambda rejected=rejected: dismiss_rejected_purchase(rejected, audit=AuditContext()),  # type: ignore[misc]
            lambda number=number: record(shop, order_id=str(number), email=Email.parse(entry.email)),  # type: ignore[misc]
        )
    assert Purchase.objects.count() == ROUNDS
    assert RejectedPurchase.objects.open().count() == 0


def test_a_refund_while_its_order_is_recorded_is_applied(shop: Shop) -> None:
    """Whichever is first: none is left waiting. The small delays let each be first now and then.

    In the first round both refunds come before their order, in the second one after it.
    """
    delay = random.Random(7)

    def delayed(task: Callable[[], Any]) -> Callable[[], Any]:
        seconds = delay.uniform(0, 0.01)

        def wait_and_do() -> Any:
            time.sleep(seconds)
            return task()

        return wait_and_do

    for number in range(ROUNDS):
        order_id = str(number)
        recording = partial(buy, shop, "30.00", order_id=order_id)
        refunding = [partial(refund_by_order, shop, order_id, *each) for each in (("r1", "10.00"), ("r2", "5.00"))]
        if number == 0:
            at_once(*refunding)
            at_once(recording)
        elif number == 1:
            at_once(recording)
            at_once(*refunding)
        else:
            at_once(delayed(recording), *(delayed(each) for each in refunding))
    assert set(Purchase.objects.values_list("refunded_amount", "points_now")) == {(Decimal(15), 15)}
    waited = Counter(PendingRefund.objects.values_list("state", flat=True))
    assert set(waited) == {"applied"}
    assert 2 <= waited["applied"] <= 2 * (ROUNDS - 1)
    assert_ledger_is_consistent()


def refund_by_order(shop: Shop, order_id: str, refund_id: str, amount: str, currency: str = "") -> None:
    refund_order(
        shop.contest,
        order_id,
        refund_id=refund_id,
        amount=Decimal(amount),
        currency=currency,
        audit=AuditContext(),
        received_at=timezone.now(),
    )


def save_malformed(shop: Shop, order_id: str, refund_id: str) -> None:
    refund = NewRefund(refund_id=refund_id, received_at=timezone.now())
    save_malformed_refund(
        shop.contest, order_id, refund, AuditContext(api_key=shop.keys["private"]), "amount: no number"
    )


@pytest.mark.parametrize("is_recorded", [True, False])
def test_concurrent_refunds_with_one_id_are_one_row(shop: Shop, is_recorded: bool) -> None:
    """Whatever comes first: made where it fits once, else refused; never both, and none is left waiting."""
    for number in range(ROUNDS):
        order_id = str(number)
        if is_recorded:
            buy(shop, "30.00", order_id=order_id)
        at_once(
            lambda order_id=order_id: buy(shop, "30.00", order_id=order_id),  # type: ignore[misc]
            lambda order_id=order_id: refund_by_order(shop, order_id, "r1", "40.00"),  # type: ignore[misc]
            lambda order_id=order_id: refund_by_order(shop, order_id, "r1", "10.00"),  # type: ignore[misc]
            lambda order_id=order_id: refund_by_order(shop, order_id, "r1", "10.00", "EUR"),  # type: ignore[misc]
            lambda order_id=order_id: save_malformed(shop, order_id, "r1"),  # type: ignore[misc]
        )
        refunds = Refund.objects.filter(order_id=order_id, refund_id="r1")
        rows = PendingRefund.objects.filter(order_id=order_id, refund_id="r1")
        assert [row.state for row in rows if row.state != "applied"] == ([] if refunds.exists() else ["refused"])
        if is_recorded:
            assert refunds.get().amount == 10
    assert_ledger_is_consistent()


def test_a_refund_waits_for_a_recording_that_is_not_committed(shop: Shop) -> None:
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            purchase = buy(shop, "30.00", order_id="7")
            refunding = in_thread(pool, lambda: refund_by_order(shop, "7", "r1", "10.00"))
            wait_for_blocked()
        refunding.result(30)
    assert (status_and_points(purchase)[1], PendingRefund.objects.count()) == (20, 0)


def test_a_recording_waits_for_a_pending_refund_being_saved(shop: Shop) -> None:
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            refund_early(shop, "7", "10.00")
            recording = in_thread(pool, lambda: buy(shop, "30.00", order_id="7"))
            wait_for_blocked()
        purchase = recording.result(30)
    assert (status_and_points(purchase)[1], PendingRefund.objects.get().state) == (20, "applied")


def test_held_orders_wait_in_their_order_where_the_database_ends_the_first(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    first = hold(shop, "1")
    hold(shop, "2")
    entry = create_entry(shop.contest, "late@example.com")

    def release() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        return release_held_purchases(entry)

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        RejectedPurchase.objects.select_for_update().get(contest=shop.contest, pk=first.pk)
        assert in_thread(pool, release).result(30) == 0
    (line,) = [line for line in caplog.records if line.name == "purchases.services.release"]
    assert (line.levelname, line.exc_info) == ("WARNING", None)
    assert not Purchase.objects.exists()
    assert release_held_purchases(entry) == 2
    assert list(Purchase.objects.order_by("pk").values_list("order_id", flat=True)) == ["1", "2"]
