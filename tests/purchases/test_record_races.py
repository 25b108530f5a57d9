"""An order is recorded exactly once by any number of concurrent calls to several processes."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

import pytest
import requests
from django.db import transaction

from apikeys.models import ApiKey
from contests.models import Entry, PointTransaction
from contests.services import create_entry
from purchases.models import Purchase
from tests.support import Api, Server, Shop, make_shop, set_rules, wait_for_blocked


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def record_at_once(server: Server, shop: Shop, orders: list[dict[str, Any]]) -> list[requests.Response]:
    """Send all orders at the same moment, each over a connection of its own."""
    barrier = Barrier(len(orders))

    def record(order: dict[str, Any]) -> requests.Response:
        api = Api(server.base_url)
        api.session.get(f"{server.base_url}/healthz")
        barrier.wait()
        return api.record(shop, order)

    with ThreadPoolExecutor(len(orders)) as pool:
        return list(pool.map(record, orders))


def data_of(answers: list[requests.Response], field: str) -> set[Any]:
    return {response.json()["data"][field] for response in answers}


def assert_ledger(shop: Shop, points: int, lines: int) -> None:
    entry = Entry.objects.get(pk=shop.entry.pk)
    ledger = list(PointTransaction.objects.filter(entry=entry).order_by("id"))
    assert (entry.points, sum(line.points for line in ledger), len(ledger)) == (points, points, lines)
    assert [line.balance for line in ledger] == [sum(line.points for line in ledger[: n + 1]) for n in range(lines)]


@pytest.mark.parametrize("callers", [2, 200, pytest.param(500, marks=pytest.mark.long)])
def test_many_callers_with_one_order(server: Server, shop: Shop, callers: int) -> None:
    order = shop.order()
    answers = record_at_once(server, shop, [order] * callers)
    assert Counter(response.status_code for response in answers) == {201: 1, 200: callers - 1}
    assert len(data_of(answers, "purchaseId")) == 1
    assert data_of(answers, "entryId") == {shop.entry.pk}
    assert sum(response.json()["data"]["pointsAwarded"] for response in answers) == 50
    assert Purchase.objects.get().duplicates == callers - 1
    assert_ledger(shop, points=50, lines=1)


def test_50_orders_with_8_callers_each(server: Server, shop: Shop) -> None:
    orders = [shop.order(amount=10) for _ in range(50)]
    with ThreadPoolExecutor(8) as pool:
        answers = [
            response for batch in pool.map(lambda _: _record_all(server, shop, orders), range(8)) for response in batch
        ]
    assert Counter(response.status_code for response in answers) == {201: 50, 200: 350}
    assert len(data_of(answers, "purchaseId")) == 50
    assert_ledger(shop, points=500, lines=50)


def _record_all(server: Server, shop: Shop, orders: list[dict[str, Any]]) -> list[requests.Response]:
    api = Api(server.base_url)
    return [api.record(shop, order) for order in orders]


def test_one_order_for_two_entries(server: Server, shop: Shop) -> None:
    create_entry(shop.contest, "grace@example.com")
    order = shop.order()
    answers = record_at_once(server, shop, [order, order | {"email": "grace@example.com"}] * 10)
    assert Counter(response.status_code for response in answers) == {201: 1, 200: 19}
    assert len(data_of(answers, "entryId")) == 1
    assert sum(Entry.objects.values_list("points", flat=True)) == 50


def test_a_cap_holds_for_many_concurrent_orders(server: Server, shop: Shop) -> None:
    set_rules(shop.contest, {}, cap_per_entry=120)
    record_at_once(server, shop, [shop.order(amount=50) for _ in range(20)])
    assert Purchase.objects.count() == 20
    assert sorted(Purchase.objects.values_list("points_awarded", flat=True))[-3:] == [20, 50, 50]
    assert_ledger(shop, points=120, lines=3)


def test_only_one_of_many_concurrent_orders_is_the_first(server: Server, shop: Shop) -> None:
    set_rules(shop.contest, {"points_per_unit": 0, "fixed_points": 100, "first_purchase_only": True})
    record_at_once(server, shop, [shop.order() for _ in range(20)])
    assert Counter(Purchase.objects.values_list("points_awarded", flat=True)) == {0: 19, 100: 1}
    assert sum(purchase.scoring_facts.is_first_purchase for purchase in Purchase.objects.all()) == 1
    assert_ledger(shop, points=100, lines=1)


def test_concurrent_receipts_of_a_held_order_are_one_row(server: Server, shop: Shop) -> None:
    order = shop.order(email="nobody@example.com")
    answers = record_at_once(server, shop, [order] * 20)
    assert {response.status_code for response in answers} == {404}
    held = shop.contest.rejected_purchases.get()
    assert (held.state, held.times) == ("held", 20)


@contextmanager
def recording_that_waits(server: Server, shop: Shop) -> Iterator[Api]:
    """A recording waits for its entry, inside its transaction; what does not need that lock answers meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Entry.objects.locked(shop.contest.pk, shop.entry.email_key)
            waiting = pool.submit(Api(server.base_url).record, shop)
            wait_for_blocked()
            yield Api(server.base_url)
        assert waiting.result(30).status_code == 201


def test_calls_of_a_key_are_counted_while_it_records(server: Server, shop: Shop) -> None:
    """The count is a transaction of its own, else all callers of a key would queue behind one of them."""
    ApiKey.objects.update(rate_limit=6000)
    with recording_that_waits(server, shop) as api:
        calls = [api.call(shop, "GET", f"/contests/{shop.contest.pk}") for _ in range(2)]
    left = [call.headers["RateLimit"].partition(";t=")[0] for call in calls]
    assert left == ['"default";r=5998', '"default";r=5997']


def test_another_teams_key_waits_for_no_lock(server: Server, shop: Shop) -> None:
    other = make_shop()
    with recording_that_waits(server, shop) as api:
        answer = api.record(shop, key=other.private_key)
    assert (answer.status_code, answer.json()["code"]) == (404, "contest_not_found")


def test_a_key_over_its_limit_waits_for_no_lock(server: Server, shop: Shop) -> None:
    ApiKey.objects.update(rate_limit=1)
    with recording_that_waits(server, shop) as api:
        assert api.record(shop).status_code == 429


def test_a_duplicate_waits_for_no_other_order_of_its_entry(server: Server, shop: Shop) -> None:
    order = shop.order()
    assert Api(server.base_url).record(shop, order).status_code == 201
    with recording_that_waits(server, shop) as api:
        assert api.record(shop, order).status_code == 200
