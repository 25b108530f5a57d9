"""What waits for a person: counted up to a bound, so that no page reads a long list to say how long it is."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Sum, Value
from django.utils import timezone

from contests.models import Contest
from purchases.models import (
    PendingRefund,
    RejectedPurchase,
    RejectionCount,
    RetentionGap,
)
from purchases.services.rejections import BEYOND_THE_LIMIT
from purchases.support.search import SearchScope

MOST_COUNTED = 99
SHOWN_AFTER_DELETION = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class OpenItemCounts:
    """How many of each kind wait; more than `MOST_COUNTED` is told as such."""

    held: int
    refused: int
    refunds: int
    refunds_refused: int

    @property
    def total(self) -> int:
        return self.held + self.refused + self.refunds + self.refunds_refused


@dataclass(frozen=True, slots=True)
class OpenItems:
    """How many attempts and refused refunds of one contest need a person."""

    attempts: int
    refunds: int


def open_items_for(scope: SearchScope) -> OpenItemCounts:
    """What waits in the teams and contests that somebody may see."""
    held = RejectedPurchase.objects.filter(contest__in=scope.contest_ids)
    refused = RejectedPurchase.objects.filter(team__in=scope.team_ids)
    return _waiting(held, refused, PendingRefund.objects.filter(contest__in=scope.contest_ids))


def open_items_in(contest: Contest) -> OpenItemCounts:
    """What waits in one contest."""
    attempts = RejectedPurchase.objects.filter(team=contest.team_id, contest=contest)
    return _waiting(attempts, attempts, PendingRefund.objects.filter(contest=contest))


def open_items(contest_ids: list[str]) -> dict[str, OpenItems]:
    """What needs a person in each of these contests."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_ITEMS, {"most": MOST_COUNTED + 1, "contests": contest_ids})
        return {contest_id: OpenItems(attempts, refunds) for contest_id, attempts, refunds in cursor.fetchall()}


_OPEN_ITEMS = """
    SELECT contest.id, (
        SELECT count(*) FROM (
            SELECT FROM purchases_rejectedpurchase attempt
            WHERE attempt.team_id = contest.team_id AND attempt.contest_id = contest.id
            AND attempt.state = 'refused' LIMIT %(most)s
        ) few
    ) + (
        SELECT count(*) FROM (
            SELECT FROM purchases_rejectedpurchase attempt
            WHERE attempt.contest_id = contest.id AND attempt.state = 'held' LIMIT %(most)s
        ) few
    ), (
        SELECT count(*) FROM (
            SELECT FROM purchases_pendingrefund refund
            WHERE refund.contest_id = contest.id AND refund.state = 'refused' AND NOT refund.is_dismissed
            LIMIT %(most)s
        ) few
    ) FROM contests_contest contest WHERE contest.id = ANY(%(contests)s)
"""


def held_orders_deleted(contest_ids: list[str]) -> dict[str, RetentionGap]:
    """The contests whose held orders were deleted lately because they were too many."""
    lately = timezone.now() - SHOWN_AFTER_DELETION
    return RetentionGap.objects.filter(held_deleted_at__gte=lately).in_bulk(contest_ids)


def in_words(count: int) -> str:
    """“7”, “more than 99”."""
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)


def not_kept_today(key_ids: list[str]) -> int:
    """How many refused attempts of these keys were only counted today, because a key's day was full."""
    counts = RejectionCount.objects.filter(day=timezone.now().date(), code=BEYOND_THE_LIMIT, key_id__in=key_ids)
    return int(counts.aggregate(times=Sum("times"))["times"] or 0)


def _waiting(
    held: "QuerySet[RejectedPurchase]", refused: "QuerySet[RejectedPurchase]", refunds: "QuerySet[PendingRefund]"
) -> OpenItemCounts:
    """Count each kind up to the bound, all in one statement."""
    not_dismissed = refunds.filter(is_dismissed=False)
    counted = {
        "held": held.filter(state=RejectedPurchase.State.HELD),
        "refused": refused.filter(state=RejectedPurchase.State.REFUSED),
        "refunds": not_dismissed.filter(state=PendingRefund.State.WAITING),
        "refunds_refused": not_dismissed.filter(state=PendingRefund.State.REFUSED),
    }
    first, *others = (_few(kind, rows) for kind, rows in counted.items())
    counts = Counter(kind for (kind,) in first.union(*others, all=True))
    return OpenItemCounts(**{kind: counts[kind] for kind in counted})


def _few(kind: str, rows: "QuerySet[Any]") -> Any:
    """The kind, once for each row, but not more often than is counted."""
    return rows.order_by().annotate(kind=Value(kind)).values_list("kind")[: MOST_COUNTED + 1]
