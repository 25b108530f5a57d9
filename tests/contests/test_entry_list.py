"""The search of the list of entries: each total and page as by comparing every entry, however many match."""

from copy import deepcopy
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from blitzrocket.api import pagination
from blitzrocket.emails import words_of
from contests.models import Entry
from contests.services import create_entry, entry_list
from contests.services.entry_list import EntrySearch
from tests.conftest import ModuleRows
from tests.support import Shop, make_shop

NAMES = ("Ada Adam", "Ada Young", "Adele Ada Adalbert", "Bob Young", "Zoë", "")
TEXTS = ("ada", "ad", "a", "y", "ada y", "young ada", "ada ada", "person1", "person", "zoe", "qqqq", "%", "ada@")


@pytest.fixture(scope="module")
def shop_once(module_rows: ModuleRows) -> Shop:
    """Entries of two contests, with the same names and emails."""
    with module_rows():
        shops = make_shop(), make_shop()
        for each in shops:
            for number, name in enumerate(NAMES * 3):
                create_entry(each.contest, f"{'ada' if number % 4 == 0 else 'person'}{number}@example.com", name=name)
        return shops[0]


@pytest.fixture
def shop(shop_once: Shop, db: None) -> Shop:
    return deepcopy(shop_once)


def matching(shop: Shop, text: str, *, by_email: bool) -> list[str]:
    """The ids of the matches, by looking at every entry."""
    words = words_of(text)
    return [
        entry.pk
        for entry in Entry.objects.filter(contest=shop.contest).order_by("-pk")
        if (by_email and entry.email_key.startswith(text))
        or (words and all(any(own.startswith(word) for own in words_of(entry.name)) for word in words))
    ]


def listed(shop: Shop, text: str, key: str) -> tuple[list[str], list[dict[str, Any]]]:
    """The ids of all pages by cursor, and each page's ``pagination``."""
    url, cursor = f"/api/v1/contests/{shop.contest.pk}/entries", None
    ids: list[str] = []
    pages: list[dict[str, Any]] = []
    client = Client()
    while not pages or cursor:
        query = {"search": text, "limit": "3"} | ({"cursor": cursor} if cursor else {})
        answer = client.get(url, query, headers={"x-api-key": key}).json()
        ids += [entry["id"] for entry in answer["data"]]
        pages.append(answer["pagination"])
        cursor = answer["pagination"]["nextCursor"]
    return ids, pages


# Limits below, among and above the numbers of matches; the short profile has each beside a small and a large other.
@pytest.mark.parametrize(
    ("most", "newest"),
    [(2, 1), (5, 4), (100_000, 1), (5, 5_000)]
    + [pytest.param(*limits, marks=pytest.mark.long) for limits in ((2, 4), (2, 5_000), (5, 1), (100_000, 4))]
    + [pytest.param(100_000, 5_000, marks=pytest.mark.long)],
)
def test_totals_and_pages_are_those_of_all_entries(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, most: int, newest: int
) -> None:
    monkeypatch.setattr(pagination, "MAX_COUNT", most)
    monkeypatch.setattr(entry_list, "NEWEST", newest)
    for text, (key, by_email) in product(TEXTS, ((shop.private_key, True), (shop.public_key, False))):
        expected = matching(shop, text, by_email=by_email)
        ids, pages = listed(shop, text, key)
        assert ids == expected, text
        assert {page["total"] for page in pages} == {min(len(expected), most)}, text
        assert {page.get("totalIsMinimum", False) for page in pages} == {len(expected) > most}, text


def test_pages_by_number_are_those_of_all_entries(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = matching(shop, "ada", by_email=True)
    url = f"/api/v1/contests/{shop.contest.pk}/entries"
    for most in (2, 100_000):
        monkeypatch.setattr(pagination, "MAX_COUNT", most)
        for page in (1, 2, 3, 9):
            query = {"search": "ada", "limit": "4", "page": str(page)}
            answer = Client().get(url, query, headers={"x-api-key": shop.private_key}).json()
            assert [entry["id"] for entry in answer["data"]] == expected[4 * page - 4 : 4 * page]


def test_a_search_and_an_email_must_both_match(shop: Shop) -> None:
    url, headers = f"/api/v1/contests/{shop.contest.pk}/entries", {"x-api-key": shop.private_key}
    for text, total in (("ada", 1), ("adam", 1), ("young", 0)):
        answer = Client().get(url, {"search": text, "email": "ada0@example.com"}, headers=headers).json()
        assert (len(answer["data"]), answer["pagination"]["total"]) == (total, total)


def statements(shop: Shop, *, most: int) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        EntrySearch(shop.contest.pk, "ada", by_email=True).page(before="", offset=0, count=3, most=most)
    return [query["sql"] for query in captured]


def test_matches_are_read_once_and_not_at_all_where_they_are_too_many_to_count(shop: Shop) -> None:
    """At 1,000,000 entries, of which 38,000 match, reading them takes most of the time."""
    assert ["WITH matches" in sql for sql in statements(shop, most=100_000)] == [False, False, True]
    few = statements(shop, most=2)
    assert len(few) == 3
    assert not any("WITH matches" in sql for sql in few)


@pytest.mark.parametrize("by_email", [True, False])
def test_each_range_is_read_from_its_index(shop: Shop, by_email: bool) -> None:
    Entry.objects.bulk_create(
        Entry(
            contest=shop.contest, email=f"x{n}@example.com", email_key=f"x{n}@example.com", near_key=f"x{n}@example.com"
        )
        for n in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE contests_entry, contests_nameword")
        with CaptureQueriesContext(connection) as captured:
            EntrySearch(shop.contest.pk, "ada", by_email).page(before="", offset=0, count=3, most=100_000)
        for query in captured.captured_queries:
            cursor.execute(f"EXPLAIN {query['sql']}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "Seq Scan on contests_entry" not in plan, plan
