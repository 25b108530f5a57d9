"""Calls that record an order share a thread of gunicorn's worker, apart from all other requests."""

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from django.db import connection, transaction

from contests.models import Entry
from contests.services import create_entry
from purchases.models import Purchase
from tests.support import Api, Server, Shop, make_shop, running, test_database_url, wait_for_blocked

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 4  # two of which are calls that take turns
SECONDS = 20


@pytest.fixture
def small(transactional_db: None, tmp_path: Path) -> Iterator[Server]:
    """A server that works on few requests at once."""
    settings = {"WEB_CONCURRENCY": "1", "THREADS": str(THREADS), "LOG_FORMAT": "json"}
    with running(Server(test_database_url(), tmp_path / "log", **settings)) as server:
        yield server


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


def list_of(server: Server, shop: Shop, of: str) -> int:
    return Api(server.base_url).call(shop, "GET", f"/contests/{shop.contest.pk}/{of}").status_code


def recorded(calls: list["Future[requests.Response]"]) -> list[int]:
    return [call.result(SECONDS).status_code for call in calls]


def test_orders_that_wait_for_a_lock_keep_no_other_request_waiting(
    small: Server, shop: Shop, threads: ThreadPoolExecutor
) -> None:
    with transaction.atomic():
        Entry.objects.locked(shop.contest.pk, shop.entry.email_key)
        waiting = [threads.submit(Api(small.base_url).record, shop) for _ in range(THREADS)]
        wait_for_blocked(THREADS // 2)
        assert [list_of(small, shop, "purchases") for _ in range(3)] == [200] * 3
    assert recorded(waiting) == [201] * len(waiting)


def test_other_requests_that_wait_keep_no_order_waiting(small: Server, shop: Shop, threads: ThreadPoolExecutor) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE purchases_refund IN ACCESS EXCLUSIVE MODE")
        waiting = [threads.submit(list_of, small, shop, "refunds") for _ in range(THREADS)]
        wait_for_blocked(THREADS // 2)
        assert [Api(small.base_url).record(shop).status_code for _ in range(3)] == [201] * 3
    assert [each.result(SECONDS) for each in waiting] == [200] * len(waiting)


def test_each_call_has_its_own_order_and_request_id(small: Server, shop: Shop, threads: ThreadPoolExecutor) -> None:
    """Also in the log, whoever of them wrote to the database for all."""
    emails = [create_entry(shop.contest, f"e{number}@example.com").email_key for number in range(40)]
    clients = [Api(small.base_url) for _ in range(8)]

    def record(number: int) -> tuple[str, str]:
        body = shop.order(orderId=f"o{number}", email=emails[number])
        answer = clients[number % 8].record(shop, body, headers={"X-Request-Id": f"r{number}"})
        return answer.headers["X-Request-Id"], answer.json()["data"]["purchaseId"]

    for first in range(0, 40, 8):
        answers = list(threads.map(record, range(first, first + 8)))
        purchases = dict(Purchase.objects.values_list("id", "order_id"))
        assert [(request, purchases[purchase]) for request, purchase in answers] == [
            (f"r{number}", f"o{number}") for number in range(first, first + 8)
        ]
    lines = [json.loads(line) for line in small.log.read_text().splitlines() if '"POST' in line]
    assert {line["request_id"] for line in lines} == {f"r{number}" for number in range(40)}
    assert {(line["status"], line["key"], str(line["orders"])) for line in lines} == {
        (201, shop.keys["private"].prefix, "{'recorded': 1}")
    }
