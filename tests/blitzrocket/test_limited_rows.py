"""Limited numbers of rows for each of several contests: a contest with many does not hide those of others."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blitzrocket.limited_rows import some_of_each
from contests.models import Contest, Entry
from contests.services import create_contest, create_entry
from tests.support import Shop


def contest_with(shop: Shop, entries: int) -> str:
    name = f"contest-{Contest.objects.count()}"
    contest = create_contest(shop.team, title=name, slug=name)
    for number in range(entries):
        create_entry(contest, f"{number}@example.com")
    return contest.pk


@pytest.mark.parametrize(
    ("numbers", "statements"), [([2, 0, 3], 1), ([9, 1, 0, 2], 2), ([1, 9, 2], 2), ([3, 3, 3], 2), ([9], 1), ([], 0)]
)
def test_the_first_rows_of_each_owner_are_read(shop: Shop, numbers: list[int], statements: int) -> None:
    ids = {contest_with(shop, number): number for number in numbers}
    with CaptureQueriesContext(connection) as queries:
        rows = list(some_of_each(Entry.objects.all(), "contest", list(ids), ["email_key"], 3))
    assert len(queries) == statements
    assert len(rows) == len(set(rows)) <= 3 * len(ids) + 3
    for contest_id, number in ids.items():
        emails = {
            entry.email for entry in Entry.objects.in_bulk([pk for owner, pk in rows if owner == contest_id]).values()
        }
        assert emails >= {f"{n}@example.com" for n in range(min(number, 3))}
