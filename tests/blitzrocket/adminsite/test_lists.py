"""The lists of the admin: their orders, pages, totals, filters as chips, and what they say when they are empty."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from blitzrocket.adminsite.lists import row_list
from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import Email
from contests.models import Contest, Entry, EntryTotals
from contests.services import create_contest, create_entry
from purchases.models import Purchase
from purchases.services import void_purchase
from tests.support import Shop, hold, make_shop, record, reject, signed_in

ENTRIES = reverse("admin:contests_entry_changelist")
PURCHASES = reverse("admin:purchases_purchase_changelist")
REJECTED = reverse("admin:purchases_rejectedpurchase_changelist")
CONTESTS = reverse("admin:contests_contest_changelist")


@pytest.fixture
def client(shop: Shop) -> Client:
    return signed_in(shop, "owner")


@pytest.fixture
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_list, "PAGE_SIZES", (3, 5, 10))


def add_entries(contest: Contest, points: list[int]) -> None:
    """Entries with these points, of which many are the same."""
    now, entries = timezone.now(), []
    for number, each in enumerate(points):
        since = now + timedelta(seconds=number)
        entry = Entry(contest=contest, name=f"E{number}", points=each, points_since=since)
        entry.set_email(Email.parse(f"e{number}@{contest.slug}.example"))
        entries.append(entry)
    Entry.objects.bulk_create(entries)


def rows(client: Client, url: str, query: str = "") -> Any:
    page = client.get(f"{url}{query}")
    assert page.status_code == 200
    return page.context["cl"]


def pages(client: Client, url: str, query: str, direction: str = "next") -> Iterator[tuple[list[Any], str]]:
    """The rows of each page with its address, as far as its link leads."""
    while query:
        cl = rows(client, url, query)
        yield list(cl.result_list), query
        query = getattr(cl, f"{direction}_address")


def on_pages(client: Client, url: str, query: str) -> list[Any]:
    """The rows of all pages."""
    return [row for page, _address in pages(client, url, query) for row in page]


@pytest.mark.usefixtures("_small_pages")
@pytest.mark.parametrize("contests", [1, 3])
@pytest.mark.parametrize("sort", ["-points", "points", "-created_at", "created_at"])
def test_pages_in_every_order_have_each_entry_once(client: Client, shop: Shop, contests: int, sort: str) -> None:
    add_entries(shop.contest, [5, 5, 0, 7, 0, 0, 5, 9])
    for number in range(1, contests):
        add_entries(create_contest(shop.team, title="More", slug=f"more-{number}"), [5, 0, 7, 5, 0])
    create_entry(make_shop("eve@example.com").contest, "mallory@example.com")
    own = Entry.objects.filter(contest__team=shop.team)
    order = {"points": ("points", "-points_since", "-id"), "created_at": ("id",)}[sort.lstrip("-")]
    expected = list(own.order_by(*order))
    expected = expected[::-1] if sort.startswith("-") else expected
    forth = list(pages(client, ENTRIES, f"?sort={sort}"))
    assert [entry for page, _address in forth for entry in page] == expected
    last_address = forth[-1][1]
    back = [page for page, _address in pages(client, ENTRIES, last_address, "previous")]
    shown = list(dict.fromkeys(entry for page in reversed(back) for entry in page))
    assert shown == expected
    assert len(back[-1]) == 3  # the way back ends with a whole first page


@pytest.mark.usefixtures("_small_pages")
def test_a_page_stays_where_it_is_while_rows_are_added(client: Client, shop: Shop) -> None:
    add_entries(shop.contest, [0] * 7)
    address = rows(client, ENTRIES, "?").next_address
    second = list(rows(client, ENTRIES, address).result_list)
    add_entries(create_contest(shop.team, title="More", slug="more"), [0] * 4)
    assert list(rows(client, ENTRIES, address).result_list) == second


@pytest.mark.usefixtures("_small_pages")
@pytest.mark.parametrize("sort", ["purchased_at", "-purchased_at", "created_at"])
def test_purchases_are_in_the_order_of_their_time(client: Client, shop: Shop, sort: str) -> None:
    for _ in range(7):
        record(shop)
    newest = Purchase.objects.latest("id")
    Purchase.objects.filter(pk=newest.pk).update(purchased_at=shop.entry.created_at)
    order = {"purchased_at": ("purchased_at", "id"), "created_at": ("id",)}[sort.lstrip("-")]
    expected = list(Purchase.objects.order_by(*order))
    shown = on_pages(client, PURCHASES, f"?sort={sort}")
    assert shown == (expected[::-1] if sort.startswith("-") else expected)


def test_sorting_by_points_lists_the_leaderboard_with_a_note(client: Client, shop: Shop) -> None:
    out = create_entry(shop.contest, "out@example.com")
    Entry.objects.filter(pk=out.pk).update(is_disqualified=True)
    cl = rows(client, ENTRIES, "?sort=-points")
    assert [entry.pk for entry in cl.result_list] == [shop.entry.pk]
    (chip,) = cl.chips
    assert chip.value == "On the leaderboard"
    assert len(rows(client, ENTRIES, chip.address).result_list) == 2
    filtered = rows(client, ENTRIES, "?sort=-points&is_disqualified__exact=1")  # which the leaderboard leaves out
    assert [entry.pk for entry in filtered.result_list] == [out.pk]
    heading = next(heading for heading in filtered.headings if heading.label == "Points")
    assert "is_disqualified" not in heading.address


@pytest.mark.parametrize("sort", ["title", "-title", "starts", "-starts", "ends", "-ends", "created_at"])
@pytest.mark.usefixtures("_small_pages")
def test_contests_are_sorted_also_by_what_is_empty(client: Client, shop: Shop, sort: str) -> None:
    for number, title in enumerate(("beta", "Alpha", "gamma", "alpha")):
        create_contest(shop.team, title=title, slug=f"c{number}", ends_at=None)
    shown = on_pages(client, CONTESTS, f"?sort={sort}")
    assert sorted(contest.pk for contest in shown) == sorted(Contest.objects.values_list("pk", flat=True))
    if "title" in sort:
        titles = [contest.title.lower() for contest in shown]
        assert titles == sorted(titles, reverse=sort.startswith("-"))


@pytest.mark.parametrize("position", ["x", "WyJhIl0:abc", "%00"[:2], "['a']"])
def test_a_forged_position_is_the_first_page(client: Client, shop: Shop, position: str) -> None:
    for parameter in ("after", "before"):
        assert len(rows(client, ENTRIES, f"?{parameter}={position}").result_list) == 1


def test_a_position_of_another_order_is_the_first_page(
    client: Client, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_list, "PAGE_SIZES", (1, 2))
    add_entries(shop.contest, [3, 4])
    address = rows(client, ENTRIES, "?sort=-points").next_address.replace("sort=-points", "sort=created_at")
    first = rows(client, ENTRIES, "?sort=created_at").result_list
    assert rows(client, ENTRIES, address).result_list == first


class TestTotals:
    @pytest.mark.usefixtures("_small_pages")
    def test_a_long_list_is_counted_up_to_a_bound(
        self, client: Client, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        add_entries(shop.contest, [0] * 6)
        monkeypatch.setattr(row_list, "MAX_COUNTED", 4)
        filtered = "?email_confirmed__exact=1"
        for query in (filtered, rows(client, ENTRIES, filtered).next_address, f"{filtered}&rows=5", "?sort=points"):
            assert rows(client, ENTRIES, query).total_text == "4+ entries"
        for query in ("", "?sort=created_at", f"?contest={shop.contest.pk}", f"{filtered}&rows=10"):
            assert rows(client, ENTRIES, query).total_text == "7 entries"

    @pytest.mark.usefixtures("_small_pages")
    def test_a_long_list_has_the_stored_total(self, client: Client, shop: Shop) -> None:
        add_entries(shop.contest, [0] * 6)
        add_entries(create_contest(shop.team, title="More", slug="more"), [0, 0])
        stored = {"confirmed_entries": 0, "disqualified_entries": 0, "points": 0, "highest_points": 0}
        EntryTotals.objects.create(contest=shop.contest, entries=1_234_567, **stored)
        assert rows(client, ENTRIES).total_text == "1,234,569 entries"

    def test_one_is_singular(self, client: Client) -> None:
        assert rows(client, ENTRIES).total_text == "1 entry"
        assert "1 entry" in client.get(ENTRIES).content.decode()

    def test_the_statements_have_no_offset_and_count_at_most_so_many(self, client: Client, shop: Shop) -> None:
        add_entries(shop.contest, [1] * 30)
        second = rows(client, ENTRIES, "?sort=-points").next_address
        with CaptureQueriesContext(connection) as captured:
            rows(client, ENTRIES, second)
        assert not [query["sql"] for query in captured if "OFFSET" in query["sql"]]
        (count,) = [query["sql"] for query in captured if query["sql"].startswith("SELECT COUNT")]
        assert "LIMIT 101" in count


class TestFilters:
    def test_each_is_a_chip_that_can_be_removed(self, client: Client, shop: Shop) -> None:
        record(shop)
        query = f"?contest={shop.contest.pk}&status__exact=voided&q=order&sort=created_at&rows=50"
        cl = rows(client, PURCHASES, query)
        assert [(chip.label, chip.value) for chip in cl.chips] == [
            ("Search", "order"),
            ("Contest", "Summer"),
            ("Status", "Voided"),
        ]
        without_status = rows(client, PURCHASES, cl.chips[2].address)
        assert [chip.label for chip in without_status.chips] == ["Search", "Contest"]
        assert without_status.address() == f"?contest={shop.contest.pk}&q=order&rows=50&sort=created_at"
        cleared = rows(client, PURCHASES, cl.address_without_filters)
        assert cleared.chips == []
        assert cleared.address() == "?rows=50&sort=created_at"

    def test_the_form_keeps_search_and_page_size(self, client: Client, shop: Shop) -> None:
        page = client.get(f"{PURCHASES}?q=a&rows=50&status__exact=voided&sort=created_at").content.decode()
        (form,) = re.findall(r"<form[^>]*data-list-filters.*?</form>", page, re.DOTALL)
        hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
        assert dict(hidden) == {"q": "a", "rows": "50"}
        chosen = [value for value in re.findall(r'<option value="([^"]*)" selected', form) if value]
        assert chosen == ["voided", "created_at"]

    def test_empty_fields_filter_nothing(self, client: Client, shop: Shop) -> None:
        record(shop)
        query = "?contest=&status__exact=&recorded=&currency=&origin=&sent_again=&q=&sort=-created_at"
        assert len(rows(client, PURCHASES, query).result_list) == 1

    def test_a_range_of_days_is_whole(self, client: Client, shop: Shop) -> None:
        hold(shop)
        day = f"{shop.entry.created_at:%Y-%m-%d}"
        query = f"?attention=all&last_received_at_from_0={day}&last_received_at_to_0={day}"
        cl = rows(client, REJECTED, query)
        assert len(cl.result_list) == 1
        (chip,) = cl.chips
        assert chip.value.startswith("from ")
        assert rows(client, REJECTED, chip.address).chips == []
        assert not rows(client, REJECTED, "?attention=all&last_received_at_to_0=2020-01-01").result_list

    @pytest.mark.parametrize("model", ["rejectedpurchase", "pendingrefund"])
    def test_what_needs_review_is_the_usual_filter(self, client: Client, shop: Shop, model: str) -> None:
        url = reverse(f"admin:purchases_{model}_changelist")
        assert client.get(url)["Location"] == f"{url}?attention=open"
        cl = rows(client, url, "?attention=open")
        (chip,) = cl.chips
        assert (chip.label, chip.value) == ("Show", "Needs review")
        assert chip.address == cl.address_without_filters == "?attention=all"
        assert rows(client, url, chip.address).chips == []

    def test_a_value_is_shown_as_text(self, client: Client, shop: Shop) -> None:
        hostile = "<script>alert(1)</script>"
        Contest.objects.filter(pk=shop.contest.pk).update(title=hostile)
        Entry.objects.filter(pk=shop.entry.pk).update(name=hostile)
        record(shop, order_id=hostile)
        for url in (ENTRIES, PURCHASES, CONTESTS):
            page = client.get(f"{url}?q={hostile}&contest={shop.contest.pk}" if url != CONTESTS else url)
            assert hostile not in page.content.decode()
        assert html.escape(hostile) in client.get(PURCHASES).content.decode()


class TestRows:
    def test_only_what_is_unusual_has_a_badge(self, client: Client, shop: Shop) -> None:
        record(shop)
        for url in (ENTRIES, PURCHASES, CONTESTS):
            assert 'class="badge' not in client.get(url).content.decode()
        Entry.objects.update(is_disqualified=True)
        void_purchase(Purchase.objects.get(), audit=AuditContext())
        Contest.objects.update(status="paused")
        for url, text in ((ENTRIES, "Disqualified"), (PURCHASES, "Voided"), (CONTESTS, "Paused")):
            assert f'<span class="badge badge-{"warning" if url == CONTESTS else "danger"}">{text}</span>' in (
                client.get(url).content.decode()
            )

    def test_figures_have_separators_and_amounts_their_minor_digits(self, client: Client, shop: Shop) -> None:
        record(shop, "12345.5")
        record(shop, "1500", currency="JPY", email=Email.parse(shop.entry.email))
        page = client.get(PURCHASES).content.decode()
        assert "12,345.50 USD" in page
        assert "1,500 JPY" in page
        assert re.search(r'<td class="column-points number">12,346</td>', page)
        assert "13,846" in client.get(ENTRIES).content.decode()

    def test_a_column_that_says_the_same_in_each_row_is_left_out(self, client: Client, shop: Shop) -> None:
        assert [heading.label for heading in rows(client, ENTRIES).headings] == [
            "Email or phone", "Name", "Points", "Status", "Created at",
        ]  # fmt: skip
        other = create_contest(shop.team, title="Other", slug="other")
        assert "Contest" in [heading.label for heading in rows(client, ENTRIES).headings]
        filtered = rows(client, ENTRIES, f"?contest={other.pk}")
        assert "Contest" not in [heading.label for heading in filtered.headings]


class TestEmpty:
    def test_it_says_what_to_do_next(self, client: Client, shop: Shop) -> None:
        Entry.objects.all().delete()
        page = client.get(ENTRIES).content.decode()
        assert "No entries yet" in page
        assert reverse("admin:contests_entry_add") in page
        assert "Nothing needs review" in client.get(REJECTED, follow=True).content.decode()

    def test_it_offers_nothing_that_one_may_not_do(self, shop: Shop) -> None:
        Entry.objects.all().delete()
        client = signed_in(shop, "support")
        for url, add in ((ENTRIES, "contests_entry_add"), (CONTESTS, "contests_contest_add")):
            page = client.get(url).content.decode()
            assert reverse(f"admin:{add}") not in page
            assert ">Add " not in page

    def test_a_filter_that_leaves_nothing_can_be_cleared(self, client: Client, shop: Shop) -> None:
        reject(shop)
        page = client.get(f"{REJECTED}?attention=open&state__exact=held").content.decode()
        assert "No rejected orders found" in page
        assert 'href="?attention=all">Clear all filters' in page
