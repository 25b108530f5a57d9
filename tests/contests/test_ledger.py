"""The ledger's writer: numbers, balances, and places that only other points change."""

from collections.abc import Sequence

import pytest
from django.utils import timezone

from contests.ledger import NewLine, post_mixed
from contests.models import Entry, PointTransaction
from tests.support import Shop, record

Kind = PointTransaction.Kind


@pytest.mark.parametrize(
    ("lines", "moves"),
    [
        ([(Kind.BONUS, 5)], True),
        ([(Kind.ADJUSTED, 5), (Kind.ADJUSTED, -5)], False),
        ([(Kind.ADJUSTED, -3), (Kind.BONUS, 3)], False),
        ([(Kind.BONUS, 7), (Kind.ADJUSTED, -3), (Kind.ADJUSTED, -4)], False),
        ([(Kind.BONUS, 7), (Kind.ADJUSTED, -3), (Kind.ADJUSTED, -3)], True),
        ([(Kind.ADJUSTED, -1)], True),
    ],
)
def test_lines_that_cancel_out_keep_the_place_of_their_entry(
    shop: Shop, lines: Sequence[tuple[PointTransaction.Kind, int]], moves: bool
) -> None:
    record(shop, "10.00")
    entry = Entry.objects.get(pk=shop.entry.pk)
    since = entry.points_since
    now = timezone.now()
    post_mixed([(kind, NewLine(entry, points, None, now)) for kind, points in lines], reason="?")
    after = Entry.objects.get(pk=shop.entry.pk)
    assert after.points == 10 + sum(points for _kind, points in lines)
    assert (after.points_since != since) == moves
    assert list(after.ledger.order_by("number").values_list("number", "kind", "points"))[1:] == [
        (number, kind, points) for number, (kind, points) in enumerate(lines, start=2)
    ]
    assert after.ledger.latest("number").balance == after.points
