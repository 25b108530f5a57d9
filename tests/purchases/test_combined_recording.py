"""Orders of several calls, recorded in one transaction."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blitzrocket.emails import Email
from contests.models import Entry
from contests.services import create_entry
from purchases.models import Purchase, RejectedPurchase
from purchases.services import EntryMissing, NewPurchase, Recorded, record_purchase
from purchases.services.combined_recording import _Call, _record
from purchases.services.locking import lock_order
from purchases.services.record import ContestMissing, Outcome, _parts, record_batch, record_free
from tests.purchases.orders import faults
from tests.support import Api, Server, Shop, hold, make_shop, record, set_rules, wait_for_blocked

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    shop = make_shop()
    set_rules(shop.contest, {"points_per_unit": 0, "fixed_points": 10})
    return shop


def order(order_id: str, email: str = "ada@example.com", **fields: Any) -> NewPurchase:
    values: dict[str, Any] = {"amount": Decimal(20), "currency": "USD", "purchased_at": timezone.now()} | fields
    return NewPurchase(email=Email.parse(email), order_id=order_id, **values)


def record_all(shop: Shop, *orders: NewPurchase) -> list[Outcome | None]:
    return record_free(shop.contest.pk, orders, api_key=shop.keys["private"], received_at=timezone.now())


def ids(outcomes: list[Outcome | None]) -> list[str]:
    """How each order was decided."""
    return [
        "alone" if each is None else "held" if isinstance(each, EntryMissing) else str(each.already_exists)
        for each in outcomes
    ]


@contextmanager
def in_transaction(do: Callable[[], Any]) -> Iterator[None]:
    """What this thread does in a transaction that goes on."""
    with transaction.atomic():
        do()
        yield


def in_thread(shop: Shop, *orders: NewPurchase) -> list[Outcome | None]:
    def work() -> list[Outcome | None]:
        with closing(connection):
            return record_all(shop, *orders)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result(20)


def test_orders_of_every_kind_are_recorded_together(shop: Shop) -> None:
    record(shop, "20.00", order_id="known")
    create_entry(shop.contest, "eve@example.com")
    orders = [order("new"), order("known"), order("late", "nobody@example.com"), order("other", "eve@example.com")]
    with CaptureQueriesContext(connection) as statements:
        outcomes = record_all(shop, *orders)
    assert ids(outcomes) == ["False", "True", "held", "False"]
    assert len(statements) == 7  # locks, reading, writing; lock, holding, entries; counting
    assert set(Purchase.objects.values_list("order_id", "duplicates")) == {("new", 0), ("known", 1), ("other", 0)}
    assert RejectedPurchase.objects.get().order_id == "late"
    assert Entry.objects.get(pk=shop.entry.pk).points == 20


def test_orders_of_one_entry_follow_each_other(shop: Shop) -> None:
    rules: list[dict[str, Any]] = [
        {"points_per_unit": 0, "fixed_points": 100, "first_purchase_only": True},
        {"points_per_unit": 0, "fixed_points": 10},
    ]
    set_rules(shop.contest, *rules, cap_per_entry=125)
    outcomes = record_all(shop, *(order(f"order-{number}") for number in range(4)))
    assert [each.points_awarded for each in outcomes if isinstance(each, Recorded)] == [110, 10, 5, 0]
    assert list(shop.entry.ledger.order_by("number").values_list("balance", flat=True)) == [110, 120, 125]


def test_of_an_order_that_comes_twice_the_first_is_recorded(shop: Shop) -> None:
    outcomes = record_all(shop, order("twice"), order("once"), order("twice", amount=Decimal(30)))
    assert ids(outcomes) == ["False", "False", "alone"]
    assert Purchase.objects.get(order_id="twice").amount == 20


def test_an_order_with_a_pending_refund_is_left_out(shop: Shop, api: Api) -> None:
    body = {"orderId": "refunded", "refundId": "r-1", "amount": 5}
    assert api.call(shop, "POST", f"/contests/{shop.contest.pk}/refunds", body).status_code == 404
    assert ids(record_all(shop, order("refunded"), order("new"))) == ["alone", "False"]


def test_an_order_whose_entry_is_locked_is_left_out(shop: Shop) -> None:
    create_entry(shop.contest, "eve@example.com")
    with in_transaction(lambda: Entry.objects.locked(shop.contest.pk, shop.entry.email_key)):
        outcomes = in_thread(shop, order("waits"), order("new", "eve@example.com"))
    assert ids(outcomes) == ["alone", "False"]


def test_an_order_that_is_locked_is_left_out(shop: Shop) -> None:
    with in_transaction(lambda: lock_order(shop.contest.pk, "waits")):
        outcomes = in_thread(shop, order("waits"))
    assert ids(outcomes) == ["alone"]
    assert not Purchase.objects.exists()


def test_an_order_on_hold_keeps_its_first_receipt(shop: Shop) -> None:
    held = hold(shop, order_id="late")
    shop.contest.attaches_automatically = False
    shop.contest.save()
    create_entry(shop.contest, "late@example.com")
    assert ids(record_all(shop, order("late", "late@example.com"), order("new"))) == ["False", "False"]
    assert Purchase.objects.get(order_id="late").purchased_at == held.purchased_at
    held.refresh_from_db()
    assert held.state == "recorded"


def test_another_teams_contest_is_missing(shop: Shop) -> None:
    other = make_shop()
    with pytest.raises(ContestMissing):
        record_free(other.contest.pk, [order("new")], api_key=shop.keys["private"], received_at=timezone.now())


def test_an_error_of_one_order_leaves_each_to_itself(shop: Shop) -> None:
    now = timezone.now()
    too_large = order("too large", amount=Decimal(10) ** 20)
    calls = [_Call(shop.contest.pk, each, shop.keys["private"], now) for each in (order("good"), too_large)]
    assert _record(calls) == [None, None]
    assert not Purchase.objects.exists()
    with pytest.raises(DataError):
        _record(calls[1:])
    record_purchase(shop.contest.pk, order("good"), api_key=shop.keys["private"], received_at=now)


def test_others_are_recorded_while_one_waits_for_its_entry(server: Server, shop: Shop) -> None:
    create_entry(shop.contest, "eve@example.com")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Entry.objects.locked(shop.contest.pk, shop.entry.email_key)
            waiting = pool.submit(Api(server.base_url).record, shop)
            wait_for_blocked()
            answers = [Api(server.base_url).record(shop, shop.order(email="eve@example.com")) for _ in range(5)]
            assert Counter(answer.status_code for answer in answers) == {201: 5}
        assert waiting.result(20).status_code == 201


def test_a_batch_is_recorded_in_parts_of_the_entries(shop: Shop) -> None:
    """So that other batches go on with the parts that it has finished; in the order sent all the same."""
    emails = [create_entry(shop.contest, f"e{number}@example.com").email_key for number in range(40)]
    orders = [order(f"o{number}", emails[number % 40]) for number in range(200)]
    *others, last = _parts(orders, list(range(200)))
    assert not {orders[index].email for part in others for index in part} & {orders[index].email for index in last}

    def work() -> list[Outcome]:
        with closing(connection):
            return record_batch(shop.contest.pk, orders, api_key=shop.keys["private"], received_at=timezone.now())

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Entry.objects.locked(shop.contest.pk, orders[last[0]].email.key)
            recording = pool.submit(work)
            wait_for_blocked()
            assert Purchase.objects.count() == sum(map(len, others))
        outcomes = recording.result(20)
    recorded = dict(Purchase.objects.values_list("id", "order_id"))
    assert [recorded[each.purchase_id] for each in outcomes if isinstance(each, Recorded)] == [
        each.order_id for each in orders
    ]
    assert faults() == []


def test_a_batch_is_in_one_part_where_its_locks_stay(shop: Shop) -> None:
    orders = [order(f"o{number}", f"e{number}@example.com") for number in range(200)]
    with transaction.atomic():
        assert _parts(orders, list(range(200))) == [list(range(200))]
