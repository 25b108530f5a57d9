"""The proof of the ledger: silent agreement exits with 0, each planted fault is named and exits with 1."""

import time
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from contests import ledger
from contests.models import Entry, PointTransaction
from contests.services import create_contest
from purchases.models import Purchase
from tests.support import Shop, record

pytestmark = pytest.mark.django_db(transaction=True)


def check() -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("check_ledger", stdout=out, stderr=out)
    except SystemExit as left:
        return int(str(left.code)), out.getvalue()
    return 0, out.getvalue()


def test_agreement(shop: Shop) -> None:
    for _ in range(3):
        record(shop)
    code, text = check()
    assert (code, "FAULT" in text) == (0, False)


def test_a_clock_that_is_set_back_is_no_fault(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    record(shop)
    now = time.time_ns()
    monkeypatch.setattr("blitzrocket.ids.time.time_ns", lambda: now - 10**12)
    record(shop)
    assert check()[0] == 0


def plant_points(shop: Shop) -> None:
    Entry.objects.update(points=7)


def plant_award(shop: Shop) -> None:
    Purchase.objects.update(points_awarded=7)


def plant_balance(shop: Shop) -> None:
    entry = Entry.objects.get()
    entry.points = 1000
    ledger.post(entry, PointTransaction.Kind.ADJUSTED, 5, occurred_at=timezone.now())


def plant_gap(shop: Shop) -> None:
    Entry.objects.update(line_count=7)


def plant_contest(shop: Shop) -> None:
    other = create_contest(shop.team, title="Other", slug="other")
    Entry.objects.update(contest=other)


@pytest.mark.parametrize(
    ("plant", "fault"),
    [
        (plant_points, "An entry's points are the sum"),
        (plant_award, "A purchase has one earned line"),
        (plant_balance, "Each line's balance"),
        (plant_gap, "An entry's lines are numbered"),
        (plant_contest, "A purchase is of the contest of its entry"),
    ],
)
def test_a_planted_fault(shop: Shop, plant: object, fault: str) -> None:
    record(shop)
    plant(shop)  # type: ignore[operator]
    code, text = check()
    assert code == 1
    assert f"FAULT  {fault}" in text
