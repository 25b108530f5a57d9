"""Totals of a contest: counted on request, and where there are many, twice a minute by a chore."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from blitzrocket.api import pagination
from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import Email
from blitzrocket.jobs.chores import THREADS
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import start_job
from contests.models import Entry, EntryTotals
from contests.models.totals import EXACT_BELOW
from contests.services import adjust_points, create_contest, create_entry
from contests.services.entries import update_entry
from purchases.models import Purchase, PurchaseTotals
from purchases.services import move_purchase, refund_purchase, void_purchase
from purchases.stats import figures_of_purchases, update_totals, update_totals_of
from tests.clock import Clock, clock
from tests.support import Shop, make_shop, record

__all__ = ["clock"]


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three are many."""
    for module in ("contests.leaderboard", "purchases.stats.totals"):
        monkeypatch.setattr(f"{module}.EXACT_BELOW", 3)


def add_entries(shop: Shop, number: int) -> None:
    for _ in range(number):
        create_entry(shop.contest, f"e{Entry.objects.count()}@example.com")


def add_purchases(shop: Shop, number: int) -> None:
    for _ in range(number):
        record(shop, "10.00")


def get(shop: Shop, path: str = "", key: str = "") -> Any:
    response = Client().get(f"/api/v1/contests{path}", headers={"x-api-key": key or shop.private_key})
    assert response.status_code == 200, response.content
    return response.json()


def counts(shop: Shop) -> tuple[int, int, int, int]:
    """Entries as the list of contests, the contest and its analytics tell them, and purchases."""
    path = f"/{shop.contest.pk}"
    analytics = get(shop, f"{path}/analytics")["data"]
    (listed,) = (contest for contest in get(shop)["data"] if contest["id"] == shop.contest.pk)
    contest_data = get(shop, path)["data"]
    return (
        listed["entriesCount"],
        contest_data["entriesCount"],
        analytics["totalEntries"],
        analytics["purchases"]["count"],
    )


class TestFew:
    def test_few_are_exact_at_once(self, shop: Shop) -> None:
        for turn in range(1, 4):
            update_totals()
            add_entries(shop, 1)
            add_purchases(shop, 1)
            assert counts(shop) == (turn + 1, turn + 1, turn + 1, turn)

    def test_the_bound_is_ten_thousand(self) -> None:
        assert EXACT_BELOW == 10_000


@pytest.mark.usefixtures("many")
class TestMany:
    def test_many_are_those_counted_last(self, shop: Shop) -> None:
        add_entries(shop, 3)
        add_purchases(shop, 4)
        update_totals()
        add_entries(shop, 1)
        add_purchases(shop, 1)
        assert counts(shop) == (4, 4, 4, 4)
        update_totals()
        assert counts(shop) == (5, 5, 5, 5)

    def test_totals_of_entries_or_purchases_only(self, shop: Shop) -> None:
        add_entries(shop, 3)
        update_totals()
        add_entries(shop, 1)
        add_purchases(shop, 1)
        assert counts(shop) == (4, 4, 4, 1)
        other = make_shop()
        add_purchases(other, 3)
        update_totals()
        add_entries(other, 1)
        add_purchases(other, 1)
        assert counts(other) == (2, 2, 2, 3)

    def test_fewer_than_the_bound_are_counted_again(self, shop: Shop) -> None:
        add_entries(shop, 3)
        update_totals()
        Entry.objects.exclude(pk=shop.entry.pk).delete()
        update_totals_of(shop.contest.pk)
        add_entries(shop, 1)
        assert counts(shop)[:3] == (2, 2, 2)

    def test_without_stored_totals_they_are_counted_on_request(self, shop: Shop) -> None:
        add_entries(shop, 4)
        add_purchases(shop, 4)
        assert counts(shop) == (5, 5, 5, 4)

    def test_the_daily_figures_give_what_the_purchases_give(self, shop: Shop, clock: Clock) -> None:
        """Also on days that are over, of purchases that changed since, and in several currencies."""
        create_entry(shop.contest, "grace@example.com")
        for hours in (0, 3, 30, 1):
            clock.go(hours=hours)
            for amount, currency in (("10.00", "USD"), ("500", "JPY"), ("2.55", "USD"), ("7.00", "EUR")):
                record(shop, amount, currency=currency, email=Email.parse("grace@example.com"))
            update_totals()
            purchases = list(Purchase.objects.filter(status="recorded").order_by("-id"))
            now, one = clock.now(), Decimal(1)
            refund_purchase(purchases[1], refund_id="r", audit=AuditContext(at=now), received_at=now)
            refund_purchase(purchases[2], refund_id="r", amount=one, audit=AuditContext(at=now), received_at=now)
            void_purchase(purchases[3], audit=AuditContext(at=now))
            move_purchase(purchases[0], shop.entry, audit=AuditContext(at=now))
            update_totals()
            counted = figures_of_purchases(shop.contest)
            PurchaseTotals.objects.filter(contest=shop.contest).delete()
            assert figures_of_purchases(shop.contest) == counted
        assert counted["count"] == 16

    def test_a_request_writes_nothing(self, shop: Shop) -> None:
        add_entries(shop, 4)
        for count in (False, True):
            if count:
                update_totals()
            with CaptureQueriesContext(connection) as captured:
                counts(shop)
            written = [query["sql"] for query in captured if not query["sql"].startswith("SELECT")]
            assert all("apikeys_" in sql for sql in written), written

    def test_many_are_never_counted_on_request(self, shop: Shop) -> None:
        add_entries(shop, 4)
        add_purchases(shop, 4)
        update_totals()
        with CaptureQueriesContext(connection) as captured:
            get(shop, f"/{shop.contest.pk}/analytics")
            get(shop, f"/{shop.contest.pk}/leaderboard")
        read = [query["sql"] for query in captured if "count(" in query["sql"].lower()]
        assert all("referred_by" in sql for sql in read), read

    def test_recording_does_not_touch_totals(self, shop: Shop) -> None:
        update_totals()
        with CaptureQueriesContext(connection) as captured:
            add_purchases(shop, 1)
            add_entries(shop, 1)
        assert not [query for query in captured if re.search("(entry|purchase)totals", query["sql"])]


@pytest.mark.usefixtures("many")
def test_the_total_of_a_long_list_is_the_stored_count(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the least there are where the list is filtered."""
    monkeypatch.setattr(pagination, "MAX_COUNT", 4)
    add_purchases(shop, 7)
    add_entries(shop, 5)
    update_totals()
    add_purchases(shop, 1)
    path = f"/{shop.contest.pk}"
    listed = get(shop, f"{path}/purchases?limit=2")["pagination"]
    assert (listed["total"], listed["totalPages"], listed.get("totalIsMinimum")) == (7, 4, None)
    assert get(shop, f"{path}/entries")["pagination"]["total"] == 6
    for filtered in ("purchases?currency=USD", "purchases?from=2020-01-01T00:00:00Z", "entries?search=e"):
        pagination_ = get(shop, f"{path}/{filtered}")["pagination"]
        assert (pagination_["total"], pagination_["totalIsMinimum"]) == (4, True), filtered
    assert get(shop, f"{path}/purchases?email=ada@example.com&status=voided")["pagination"]["total"] == 0


def run_a_job(shop: Shop, audit: AuditContext) -> None:
    job = start_job("backtest", shop.contest, by=None)
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, finished_at=audit.at)


def refund_one(shop: Shop, audit: AuditContext) -> None:
    purchase = Purchase.objects.filter(contest=shop.contest)[0]
    refund_purchase(purchase, refund_id="r", audit=audit, received_at=audit.at)


CHANGES: dict[str, Callable[[Shop, AuditContext], object]] = {
    "somebody enters": lambda shop, _act: add_entries(shop, 1),
    "a purchase": lambda shop, _act: add_purchases(shop, 1),
    "a refund": refund_one,
    "a void": lambda shop, audit: void_purchase(Purchase.objects.filter(contest=shop.contest)[0], audit=audit),
    "points by hand": lambda shop, audit: adjust_points(shop.entry, 5, adjustment_id="a", audit=audit),
    "somebody is disqualified": lambda shop, audit: update_entry(shop.entry, {"is_disqualified": True}, audit=audit),
    "unconfirmed": lambda shop, audit: update_entry(shop.entry, {"email_confirmed": False}, audit=audit),
    "a job has ended": run_a_job,
    "a job runs": lambda shop, _act: start_job("recalculate", shop.contest, by=None),
}


@pytest.fixture(params=[False, True], ids=["one server", "spread over servers"])
def is_spread(request: pytest.FixtureRequest, db: None) -> Iterator[None]:
    """On the connection, which then asks each contest by itself."""
    connection.ensure_connection()
    connection.connection.is_spread = request.param
    yield
    connection.connection.is_spread = False


@pytest.mark.usefixtures("is_spread")
@pytest.mark.parametrize("change", CHANGES)
def test_only_contests_that_changed_are_counted_again(shop: Shop, clock: Clock, change: str) -> None:
    clock.at = datetime.now(UTC)
    add_purchases(shop, 2)
    other = make_shop("other@example.com")
    create_contest(shop.team, title="Of the same team", slug="same-team")
    assert update_totals() == 3
    clock.go(minutes=31)
    update_totals()  # what a row's time may differ by has passed
    clock.go(minutes=31)
    assert update_totals() == 0
    CHANGES[change](shop, AuditContext(at=clock.now(), reason="x"))
    for _turn in range(2):
        clock.go(seconds=30)
        assert update_totals() == 1
        entries = Entry.objects.filter(contest=shop.contest)
        counted = EntryTotals.objects.get(contest=shop.contest)
        points = sum(entries.values_list("points", flat=True))
        assert (counted.entries, counted.points) == (entries.count(), points)
    assert PurchaseTotals.objects.get(contest=other.contest).counted_at < clock.now() - timedelta(minutes=31)


def test_totals_are_at_most_a_minute_old() -> None:
    (task,) = THREADS["totals"]
    assert (task.name, task.run) == ("update_totals", update_totals)
    assert task.every <= timedelta(seconds=45)
