"""Erasing a person while an order of theirs is being recorded: the order is erased with them, or is a stranger's."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import Email
from contests.models import Entry
from purchases.models import Purchase, RejectedPurchase
from purchases.privacy.erasing import erase_person
from purchases.privacy.person import find_person
from purchases.services import EntryMissing
from tests.purchases.orders import faults
from tests.support import Shop, make_shop, record, wait_for_blocked

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 8


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def erase(shop: Shop, email: str = "ada@example.com") -> None:
    erase_person(find_person(shop.team, email), audit=AuditContext(reason="Asked", at=timezone.now()))


def in_thread(run: object, *arguments: object) -> None:
    try:
        run(*arguments)  # type: ignore[operator]
    finally:
        connection.close()


def test_an_order_that_has_the_lock_is_erased_too(shop: Shop) -> None:
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            record(shop, order_id="first")  # its locks are held until the end of this transaction
            erasing = threads.submit(in_thread, erase, shop)
            wait_for_blocked()
        erasing.result(30)
    purchase = Purchase.objects.get(order_id="first")
    assert (purchase.email, purchase.email_key) == ("", "")
    assert Entry.objects.get(pk=shop.entry.pk).points == purchase.points_now == 50


def test_an_order_that_waits_for_the_lock_is_a_strangers(shop: Shop) -> None:
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            erase(shop)
            recording = threads.submit(in_thread, _record, shop, "late")
            wait_for_blocked()
        recording.result(30)
    assert not Purchase.objects.exists()
    assert RejectedPurchase.objects.get(order_id="late").state == RejectedPurchase.State.HELD
    assert Entry.objects.get(pk=shop.entry.pk).points == 0


def test_many_orders_at_once(shop: Shop) -> None:
    for number in range(ROUNDS):
        email = f"person-{number}@example.com"
        other = make_shop(email)
        barrier = Barrier(5)

        def sender(place: int, other: Shop = other, email: str = email, barrier: Barrier = barrier) -> None:
            barrier.wait()
            for each in range(4):
                _record(other, f"{place}-{each}", email)

        def eraser(other: Shop = other, email: str = email, barrier: Barrier = barrier) -> None:
            barrier.wait()
            erase(other, email)

        with ThreadPoolExecutor(5) as threads:
            running = [threads.submit(in_thread, sender, place) for place in range(4)]
            running.append(threads.submit(in_thread, eraser))
            for each in running:
                each.result(60)
        recorded = Purchase.objects.filter(contest=other.contest)
        held = RejectedPurchase.objects.filter(contest=other.contest, state=RejectedPurchase.State.HELD)
        assert set(recorded.values_list("email", "email_key")) <= {("", "")}
        assert recorded.count() + held.count() == 16
        assert Entry.objects.get(pk=other.entry.pk).points == 50 * recorded.count()
    assert faults() == []


def _record(shop: Shop, order_id: str, email: str = "ada@example.com") -> None:
    with suppress(EntryMissing):
        record(shop, order_id=order_id, email=Email.parse(email))
