"""What needs attention, counted up to a bound so that no page reads a long list."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Sum, Value
from django.utils import timezone

from contests.models import Contest
from purchases.models import PendingRefund, RejectedPurchase, RejectionCount, RetentionGap
from purchases.services.rejections import BEYOND_THE_LIMIT
from purchases.support.search import SearchScope

MAX_COUNTED = 99
SHOWN_AFTER_DELETION = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class OpenItemCounts:
    """How many there are of each kind; at most one more than `MAX_COUNTED`."""

    held: int
    rejected: int
    refunds: int
    refunds_refused: int

    @property
    def total(self) -> int:
        return self.held + self.rejected + self.refunds + self.refunds_refused


@dataclass(frozen=True, slots=True)
class OpenItems:
    """How many rejected orders and refused refunds of one contest need attention."""

    rejected: int
    refunds: int


def open_items_for(scope: SearchScope) -> OpenItemCounts:
    """The counts for all teams and contests of the scope."""
    held = RejectedPurchase.objects.filter(contest__in=scope.contest_ids)
    rejected = RejectedPurchase.objects.filter(team__in=scope.team_ids)
    return _counts(held, rejected, PendingRefund.objects.filter(contest__in=scope.contest_ids))


def open_items_in(contest: Contest) -> OpenItemCounts:
    """The counts for one contest."""
    rejections = RejectedPurchase.objects.filter(team=contest.team_id, contest=contest)
    return _counts(rejections, rejections, PendingRefund.objects.filter(contest=contest))


def open_items(contest_ids: list[str]) -> dict[str, OpenItems]:
    """The open items by contest id."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_ITEMS, {"most": MAX_COUNTED + 1, "contests": contest_ids})
        return {contest_id: OpenItems(rejected, refunds) for contest_id, rejected, refunds in cursor.fetchall()}


_OPEN_ITEMS = """
    SELECT contest.id, (
        SELECT count(*) FROM (
            SELECT FROM purchases_rejectedpurchase rejected
            WHERE rejected.team_id = contest.team_id AND rejected.contest_id = contest.id
            AND rejected.state = 'rejected' LIMIT %(most)s
        ) few
    ) + (
        SELECT count(*) FROM (
            SELECT FROM purchases_rejectedpurchase rejected
            WHERE rejected.contest_id = contest.id AND rejected.state = 'held' LIMIT %(most)s
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
    """The retention gaps of contests that recently lost held orders because there were too many."""
    recently = timezone.now() - SHOWN_AFTER_DELETION
    return RetentionGap.objects.filter(held_deleted_at__gte=recently).in_bulk(contest_ids)


def in_words(count: int) -> str:
    """“7”, or “99+”."""
    return f"{MAX_COUNTED}+" if count > MAX_COUNTED else str(count)


def not_saved_today(key_ids: list[str]) -> int:
    """How many rejected orders of these keys were only counted today, because a key reached its daily limit."""
    counts = RejectionCount.objects.filter(day=timezone.now().date(), code=BEYOND_THE_LIMIT, key_id__in=key_ids)
    return int(counts.aggregate(times=Sum("times"))["times"] or 0)


def _counts(
    held: "QuerySet[RejectedPurchase]", rejected: "QuerySet[RejectedPurchase]", refunds: "QuerySet[PendingRefund]"
) -> OpenItemCounts:
    """Count each kind up to the bound, in one statement."""
    not_dismissed = refunds.filter(is_dismissed=False)
    rows = {
        "held": held.filter(state=RejectedPurchase.State.HELD),
        "rejected": rejected.filter(state=RejectedPurchase.State.REJECTED),
        "refunds": not_dismissed.filter(state=PendingRefund.State.PENDING),
        "refunds_refused": not_dismissed.filter(state=PendingRefund.State.REFUSED),
    }
    first, *others = (_few(kind, query) for kind, query in rows.items())
    counts = Counter(kind for (kind,) in first.union(*others, all=True))
    return OpenItemCounts(**{kind: counts[kind] for kind in rows})


def _few(kind: str, rows: "QuerySet[Any]") -> Any:
    """The kind, once for each row up to the bound."""
    return rows.order_by().annotate(kind=Value(kind)).values_list("kind")[: MAX_COUNTED + 1]
