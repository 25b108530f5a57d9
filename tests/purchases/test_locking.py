"""Locks on orders: no contest waits for another, and no number of batches fills PostgreSQL's lock table."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from decimal import Decimal
from threading import Barrier, BrokenBarrierError, Event
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from blitzrocket.emails import Email
from contests.models import Contest
from contests.services import create_contest, create_entry
from purchases.models import Purchase, RejectedPurchase
from purchases.services import NewPurchase, record_batch
from purchases.services.locking import LOCKS_PER_CONTEST, lock_orders, order_lock_key
from tests.purchases.orders import buy
from tests.support import Api, Shop, hold, make_shop, wait_for_blocked

SIZE = 500
AT_ONCE = 5.0  # seconds, far below the time for which the other contest is locked
MANY = [f"order-{number}" for number in range(2000)]


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


@pytest.fixture
def other(transactional_db: None) -> Shop:
    return make_shop()


def orders_of(email: str, count: int = SIZE) -> list[NewPurchase]:
    return [
        NewPurchase(
            email=Email.parse(email),
            order_id=f"batch-{number}",
            amount=Decimal(10),
            currency="USD",
            purchased_at=timezone.now(),
        )
        for number in range(count)
    ]


def test_no_two_contests_share_a_lock() -> None:
    contests = [*(f"contest-{number}" for number in range(300)), "a", "A", "a/b", "é", "1", "11", "summer", "summer-2"]
    owners = Counter(key for contest in contests for key in {order_lock_key(contest, order_id) for order_id in MANY})
    assert set(owners.values()) == {1}


@pytest.mark.parametrize("contest_id", ["a", "11", "summer", "1k0w7mv10q5h4bfnjzkgk0qxv3", "x" * 64, "é"])
def test_a_contest_has_few_locks_and_uses_them_all(contest_id: str) -> None:
    keys = {order_lock_key(contest_id, order_id) for order_id in MANY}
    assert len(keys) == LOCKS_PER_CONTEST
    assert all(-(2**63) <= key < 2**63 for key in keys)


def test_a_contest_has_fewer_locks_than_postgresql_has_room_for(shop: Shop) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW max_locks_per_transaction")
        assert int(cursor.fetchone()[0]) > LOCKS_PER_CONTEST


def record(api: Api, shop: Shop) -> int:
    return api.record(shop).status_code


def record_again(api: Api, shop: Shop) -> int:
    return api.record(shop, shop.order(orderId="known")).status_code


def hold_order(api: Api, shop: Shop) -> int:
    return api.record(shop, shop.order(email="nobody@example.com")).status_code


def refund_known(api: Api, shop: Shop) -> int:
    return api.call(shop, "POST", f"/contests/{shop.contest.pk}/refunds", refund("known")).status_code


def refund_unknown(api: Api, shop: Shop) -> int:
    return api.call(shop, "POST", f"/contests/{shop.contest.pk}/refunds", refund("not-yet")).status_code


def refund(order_id: str) -> dict[str, Any]:
    return {"orderId": order_id, "refundId": "r1", "amount": 1}


def record_many(api: Api, shop: Shop) -> int:
    return batch(api, shop, shop.entry.email)


def hold_many(api: Api, shop: Shop) -> int:
    return batch(api, shop, "nobody@example.com")


def batch(api: Api, shop: Shop, email: str) -> int:
    rows = [shop.order(orderId=order_id, email=email) for order_id in MANY[:SIZE]]
    return api.call(shop, "POST", f"/contests/{shop.contest.pk}/purchases/batch", {"purchases": rows}).status_code


def preview(api: Api, shop: Shop) -> int:
    return api.call(shop, "POST", f"/contests/{shop.contest.pk}/purchases/preview", shop.order()).status_code


def void(api: Api, shop: Shop) -> int:
    purchase_id = api.record(shop, shop.order(orderId="known")).json()["data"]["purchaseId"]
    path = f"/contests/{shop.contest.pk}/purchases/{purchase_id}/void"
    return api.call(shop, "POST", path, {"reason": "Cancelled"}).status_code


def enter_and_release(api: Api, shop: Shop) -> int:
    return api.call(shop, "POST", f"/contests/{shop.contest.pk}/entries", {"email": "late@example.com"}).status_code


CALLS: list[tuple[Callable[[Api, Shop], int], int]] = [
    (record, 201),
    (record_again, 200),
    (hold_order, 404),
    (refund_known, 201),
    (refund_unknown, 404),
    (record_many, 200),
    (hold_many, 200),
    (preview, 200),
    (void, 200),
    (enter_and_release, 201),
]


@contextmanager
def locked_contest(shop: Shop) -> Iterator[None]:
    """A transaction of the shop's contest that has taken each lock it can, recorded and held a batch, and goes on."""
    with transaction.atomic():
        lock_orders(shop.contest.pk, MANY)
        key, now = shop.keys["private"], timezone.now()
        contest = Contest.objects.for_recording(shop.team.pk).get(pk=shop.contest.pk)
        record_batch(contest.pk, orders_of(shop.entry.email), api_key=key, received_at=now)
        held = orders_of("nobody@example.com", 2 * SIZE)[SIZE:]
        record_batch(contest.pk, held, api_key=key, received_at=now)
        yield


def test_no_call_waits_for_another_contest(api: Api, shop: Shop, other: Shop) -> None:
    buy(other, order_id="known")
    hold(other, "late@example.com", order_id="waits")
    with locked_contest(shop), ThreadPoolExecutor(1) as pool:
        for call, status in CALLS:
            response = pool.submit(call, Api(api.base_url), other).result(AT_ONCE)
            assert (call.__name__, response) == (call.__name__, status)


def test_an_order_with_the_same_lock_waits(api: Api, shop: Shop) -> None:
    """Else the test above would prove nothing: the transaction does hold locks."""
    with ThreadPoolExecutor(1) as pool:
        with locked_contest(shop):
            call = pool.submit(hold_order, Api(api.base_url), shop)
            wait_for_blocked()
        assert call.result(AT_ONCE) == 404


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"], ids=["recorded", "held"])
def test_batches_on_every_connection_of_a_full_pool_fit_the_lock_table(shop: Shop, email: str) -> None:
    # One is the test's own. Where tests with a browser ran before, its event loop has given this thread another one.
    connections = settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"] - 2
    shops = [shop_in_team(shop, number) for number in range(connections)]
    connected, all_done, counted = Barrier(connections), Barrier(connections + 1, timeout=120), Event()

    def run(each: Shop) -> None:
        try:
            connection.ensure_connection()
            connected.wait(60)
            with transaction.atomic():
                key, now = each.keys["private"], timezone.now()
                record_batch(each.contest.pk, orders_of(email), api_key=key, received_at=now)
                all_done.wait()
                counted.wait(60)
        except DatabaseError:
            connected.abort()
            all_done.abort()
            raise
        finally:
            connection.close()

    with ThreadPoolExecutor(connections) as pool:
        calls = [pool.submit(run, each) for each in shops]
        with suppress(BrokenBarrierError):
            all_done.wait()
        locks = locks_by_process()
        counted.set()
        assert {repr(call.exception(60)) for call in calls} == {"None"}
    assert locks == [LOCKS_PER_CONTEST] * connections
    assert Purchase.objects.count() + RejectedPurchase.objects.count() == connections * SIZE


def shop_in_team(shop: Shop, number: int) -> Shop:
    contest = create_contest(shop.team, title=f"Contest {number}", slug=f"contest-{number}", status="active")
    entry = create_entry(contest, "ada@example.com")
    contest = Contest.objects.for_recording(shop.team.pk).get(pk=contest.pk)
    return Shop(shop.team, contest, entry, shop.private_key, shop.public_key, shop.keys)


def locks_by_process() -> list[int]:
    """How many different locks on orders each process of the database holds."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT count(DISTINCT (classid, objid)) FROM pg_locks
            WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            GROUP BY pid
        """)
        return [count for (count,) in cursor.fetchall()]
