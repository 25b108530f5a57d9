"""Lists page by page: by number, and by a cursor that gives each row once while others arrive."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Event
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from blitzrocket.api import pagination
from blitzrocket.ids import SLACK, end_id, first_id_at, least_id
from contests.models import Contest
from contests.services import create_contest, create_entry
from purchases.models import Purchase
from tests.support import Shop, make_shop, record

SORTS = ["-createdAt", "purchasedAt", "-purchasedAt"]
_numbers = count(1)


def get(shop: Shop, of: str, **query: Any) -> Any:
    path = f"/api/v1/contests/{shop.contest.pk}/{of}" if of else "/api/v1/contests"
    answer = Client().get(path, query_params=query, headers={"x-api-key": shop.private_key})
    assert answer.status_code == 200, answer.content
    return answer.json()


def refused(shop: Shop, of: str, **query: Any) -> list[str]:
    path = f"/api/v1/contests/{shop.contest.pk}/{of}"
    answer = Client().get(path, query_params=query, headers={"x-api-key": shop.private_key})
    assert answer.status_code == 400, answer.content
    return [detail["field"] for detail in answer.json()["details"]]


def walk(shop: Shop, of: str, **query: Any) -> Iterator[list[str]]:
    """The ids of each page, from the first on."""
    cursor: dict[str, str] = {}
    while True:
        answer = get(shop, of, **query, **cursor)
        yield [row["id"] for row in answer["data"]]
        if answer["pagination"]["nextCursor"] is None:
            return
        cursor = {"cursor": answer["pagination"]["nextCursor"]}


def add_purchases(shop: Shop, number: int) -> None:
    """Some of them bought at the same moment."""
    now = timezone.now()
    for index in range(number):
        record(shop, purchased_at=now - timedelta(hours=index * 7 % 4))


def add_entries(shop: Shop, number: int) -> None:
    for _ in range(number):
        create_entry(shop.contest, f"e{next(_numbers)}@example.com")


def add_contests(shop: Shop, number: int) -> None:
    for _ in range(number):
        create_contest(shop.team, title="More", slug=f"more-{next(_numbers)}")


def add_simultaneous_contests(shop: Shop, number: int) -> None:
    add_contests(shop, number)
    Contest.objects.update(created_at=timezone.now())


ADDING: dict[str, Callable[[Shop, int], None]] = {
    "purchases": add_purchases,
    "entries": add_entries,
    "": add_simultaneous_contests,
}


@pytest.mark.parametrize("of", ADDING)
def test_pages_by_cursor_are_those_by_number(shop: Shop, of: str) -> None:
    ADDING[of](shop, 10)
    whole = [row["id"] for row in get(shop, of, limit=100)["data"]]
    for limit in (1, 3, 10, 11, 100):
        pages = list(walk(shop, of, limit=limit))
        assert [pk for page in pages for pk in page] == whole, limit
        assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
        by_number = [[row["id"] for row in get(shop, of, limit=limit, page=n + 1)["data"]] for n in range(len(pages))]
        assert by_number == pages, limit


@pytest.mark.parametrize("sort", SORTS)
def test_each_purchase_once_in_any_order(shop: Shop, sort: str) -> None:
    add_purchases(shop, 13)
    rows = [pk for page in walk(shop, "purchases", limit=4, sort=sort) for pk in page]
    column = {"-createdAt": "-id"}.get(sort, sort.replace("purchasedAt", "purchased_at"))
    same = "-id" if sort.startswith("-") else "id"
    assert rows == list(Purchase.objects.order_by(column, same).values_list("pk", flat=True))


@pytest.mark.parametrize("of", ["purchases", "entries"])
def test_new_rows_do_not_shift_pages_by_cursor(shop: Shop, of: str) -> None:
    ADDING[of](shop, 9)
    before = [row["id"] for row in get(shop, of, limit=100)["data"]]
    rows = []
    for page in walk(shop, of, limit=2):
        rows += page
        ADDING[of](shop, 1)
    assert rows == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sort", SORTS)
def test_each_row_comes_once_while_others_arrive(sort: str) -> None:
    """Rows that were there are read once each, whatever is recorded meanwhile; by time of purchase, later ones too."""
    shop = make_shop()
    add_purchases(shop, 40)
    before = set(Purchase.objects.values_list("pk", flat=True))
    is_read = Event()

    def go_on_recording() -> None:
        while not is_read.is_set():
            add_purchases(shop, 1)
        connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        recording = threads.submit(go_on_recording)
        rows = []
        for page in walk(shop, "purchases", limit=3, sort=sort):
            rows += page
            if before <= set(rows):
                break  # oldest first, the list grows as long as somebody records
        is_read.set()
        recording.result()
    assert len(rows) == len(set(rows))
    assert before <= set(rows)
    assert Purchase.objects.count() > len(before)


class TestCursor:
    @pytest.fixture
    def shop(self, shop: Shop) -> Shop:
        add_purchases(shop, 5)
        add_entries(shop, 3)
        return shop

    def test_a_cursor_has_no_page_and_no_number_of_pages(self, shop: Shop) -> None:
        first = get(shop, "purchases", limit=2)["pagination"]
        cursor = first.pop("nextCursor")
        assert first == {"page": 1, "limit": 2, "total": 5, "totalPages": 3}
        second = get(shop, "purchases", limit=2, cursor=cursor)["pagination"]
        assert second.pop("nextCursor") not in (None, cursor)
        assert second == {"page": None, "limit": 2, "total": 5, "totalPages": None}
        assert get(shop, "purchases", page=3, limit=2)["pagination"]["nextCursor"] is None

    def test_a_cursor_with_a_page_is_refused(self, shop: Shop) -> None:
        cursor = get(shop, "purchases", limit=2)["pagination"]["nextCursor"]
        assert refused(shop, "purchases", cursor=cursor, page=1) == ["page"]

    def test_the_limit_may_change(self, shop: Shop) -> None:
        cursor = get(shop, "purchases", limit=2)["pagination"]["nextCursor"]
        assert len(get(shop, "purchases", limit=3, cursor=cursor)["data"]) == 3

    @pytest.mark.parametrize("query", [{"sort": "purchasedAt"}, {"status": "recorded"}, {"currency": "USD"}])
    def test_a_cursor_of_another_order_or_filter_is_refused(self, shop: Shop, query: dict[str, str]) -> None:
        cursor = get(shop, "purchases", limit=2)["pagination"]["nextCursor"]
        assert refused(shop, "purchases", cursor=cursor, **query) == ["cursor"]
        filtered = get(shop, "purchases", limit=2, **query)["pagination"]["nextCursor"]
        assert refused(shop, "purchases", cursor=filtered) == ["cursor"]
        assert get(shop, "purchases", cursor=filtered, **query, _="1", utm_source="x")["data"]

    def test_a_cursor_of_another_list_is_refused(self, shop: Shop) -> None:
        cursor = get(shop, "entries", limit=2)["pagination"]["nextCursor"]
        assert refused(shop, "purchases", cursor=cursor) == ["cursor"]
        assert refused(make_shop(), "entries", cursor=cursor) == ["cursor"]

    @pytest.mark.parametrize("change", ["", "x", "=", "\0", "é", ":", "." * 5000])
    def test_a_forged_cursor_is_refused(self, shop: Shop, change: str) -> None:
        cursor = get(shop, "purchases", limit=2)["pagination"]["nextCursor"]
        for made_up in (change, change + cursor, cursor + change, cursor[:9] + change + cursor[10:]):
            if made_up != cursor:
                assert refused(shop, "purchases", cursor=made_up) == ["cursor"]

    def test_the_list_of_a_cursor_may_be_deleted_meanwhile(self, shop: Shop) -> None:
        cursor = get(shop, "purchases", limit=2)["pagination"]["nextCursor"]
        position = Purchase.objects.order_by("-id")[1]
        Purchase.objects.filter(pk=position.pk).update(currency="EUR")
        assert len(get(shop, "purchases", cursor=cursor)["data"]) == 3


class TestTotal:
    @pytest.fixture(autouse=True)
    def counted_to_four(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pagination, "MAX_COUNT", 4)

    def test_a_total_is_exact_up_to_a_bound_and_then_a_minimum(self, shop: Shop) -> None:
        add_purchases(shop, 4)
        exact = get(shop, "purchases", limit=2)["pagination"]
        assert (exact["total"], exact["totalPages"], exact.get("totalIsMinimum")) == (4, 2, None)
        add_purchases(shop, 1)
        more = get(shop, "purchases", limit=2)["pagination"]
        assert (more["total"], more["totalPages"], more["totalIsMinimum"]) == (4, 2, True)
        assert len(get(shop, "purchases", limit=2, page=3)["data"]) == 1
        assert get(shop, "purchases", limit=2, page=4)["data"] == []


class TestRecordedBetween:
    """``from`` and ``to`` read a range of ids, which is wider than the times by a margin."""

    MOMENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

    @pytest.mark.parametrize("minutes", [-15, -14.9, -1, 0, 1, 14.9, 15])
    def test_a_row_is_found_by_its_time_though_its_id_was_made_earlier_or_later(
        self, shop: Shop, minutes: float
    ) -> None:
        recorded = record(shop)
        pk = first_id_at("purchase", self.MOMENT + timedelta(minutes=minutes))
        row = Purchase.objects.filter(pk=recorded.purchase_id).values().get()
        row |= {"id": pk, "order_id": "moved", "created_at": self.MOMENT}
        Purchase.objects.create(**row)
        at, after = "2026-03-02T09:30:00Z", "2026-03-02T09:30:00.000001Z"
        for query in ({"from": at, "to": after}, {"from": at, "orderId": "moved"}, {"to": after}):
            assert [row["id"] for row in get(shop, "purchases", **query)["data"]] == [pk], query
        assert [row["id"] for row in get(shop, "purchases", to=at)["data"]] == []
        assert pk not in [row["id"] for row in get(shop, "purchases", **{"from": after})["data"]]

    def test_the_margin_is_that_of_the_reports(self) -> None:
        assert least_id("purchase", self.MOMENT) == first_id_at("purchase", self.MOMENT - SLACK)
        assert end_id("purchase", self.MOMENT) == first_id_at("purchase", self.MOMENT + SLACK)

    @pytest.mark.parametrize("year", ["0001", "9999"])
    def test_the_ends_of_the_calendar(self, shop: Shop, year: str) -> None:
        record(shop)
        query = {"from": f"{year}-01-01T00:00:00Z", "to": f"{year}-12-31T23:59:59Z"}
        assert get(shop, "purchases", **query)["data"] == []
