"""Many orders are recorded in parts: what happens to one of these is nothing to the others."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import count
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from blitzrocket.emails import Email
from contests.services import create_entry
from purchases.models import Purchase
from purchases.services import NewPurchase, Recorded, record_batch
from purchases.services import record as recording
from tests.purchases.orders import faults
from tests.support import Shop, make_shop, record

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER, ENTRIES = recording.SMALL_BATCH + 20, 40


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def orders_of_many_entries(shop: Shop) -> list[NewPurchase]:
    emails = [create_entry(shop.contest, f"e{number}@example.com").email for number in range(ENTRIES)]
    return [
        NewPurchase(
            email=Email.parse(emails[number % ENTRIES]),
            order_id=f"order {number}",
            amount=Decimal("10.00"),
            currency="USD",
            purchased_at=timezone.now(),
        )
        for number in range(NUMBER)
    ]


def record_all(shop: Shop, orders: Sequence[NewPurchase]) -> list[Recorded]:
    received_at = timezone.now()
    outcomes = record_batch(shop.contest.pk, orders, api_key=shop.keys["private"], received_at=received_at)
    return [outcome for outcome in outcomes if isinstance(outcome, Recorded)]


def elsewhere(act: Callable[[], object]) -> None:
    """Do it on a connection of its own."""

    def run() -> None:
        act()
        connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join(30)


@pytest.mark.parametrize("place", range(1, recording.PARTS + 1))
def test_a_part_with_an_order_that_another_call_records_first_is_recorded_without_it(
    shop: Shop, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders, parts, lost = orders_of_many_entries(shop), count(1), []
    write = recording._score_and_write

    def write_second(call: Any, part: Sequence[NewPurchase], facts: Any) -> Any:
        if len(part) > 1 and next(parts) == place:
            lost.append(part[-1].order_id)
            elsewhere(lambda: record(shop, order_id=lost[0]))
        return write(call, part, facts)

    monkeypatch.setattr(recording, "_score_and_write", write_second)
    results = record_all(shop, orders)
    duplicates = [order.order_id for order, result in zip(orders, results, strict=True) if result.already_exists]
    assert duplicates == lost
    assert Purchase.objects.count() == NUMBER
    assert Purchase.objects.get(entry=shop.entry).order_id == lost[0]
    assert not faults()


def test_an_error_in_a_part_keeps_those_before_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    orders, parts = orders_of_many_entries(shop), count(1)
    write = recording._score_and_write

    def fail_third(call: Any, part: Sequence[NewPurchase], facts: Any) -> Any:
        if next(parts) == 3:
            raise InterruptedError
        return write(call, part, facts)

    monkeypatch.setattr(recording, "_score_and_write", fail_third)
    with pytest.raises(InterruptedError):
        record_all(shop, orders)
    kept = Purchase.objects.count()
    assert 0 < kept < NUMBER
    assert not faults()
    monkeypatch.setattr(recording, "_score_and_write", write)
    assert sum(result.already_exists for result in record_all(shop, orders)) == kept
    assert Purchase.objects.count() == NUMBER


def test_orders_of_which_something_is_known_are_recorded_in_their_parts(shop: Shop) -> None:
    orders = orders_of_many_entries(shop)
    record_all(shop, orders[::30])
    results = record_all(shop, orders)
    assert [result.already_exists for result in results] == [number % 30 == 0 for number in range(NUMBER)]
    assert not faults()
