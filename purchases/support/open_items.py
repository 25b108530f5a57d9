"""What needs attention, counted up to a bound so that no page reads a long list."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet, Sum, Value
from django.utils import timezone

from blitzrocket.limited_rows import first_of_each, of_all
from contests.models import Contest
from purchases.models import PendingRefund, RejectedPurchase, RejectionCount, RetentionGap, StoreDelivery
from purchases.services.rejections import BEYOND_THE_LIMIT
from purchases.stores.retry import needs_attention
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
    deliveries: int = 0

    @property
    def total(self) -> int:
        return self.held + self.rejected + self.refunds + self.refunds_refused + self.deliveries


@dataclass(frozen=True, slots=True)
class OpenItems:
    """How many rejected orders, refused refunds and deliveries of one contest need attention."""

    rejected: int
    refunds: int
    deliveries: int = 0


def open_items_for(scope: SearchScope) -> OpenItemCounts:
    """The counts for all teams and contests of the scope."""
    held = RejectedPurchase.objects.filter(contest__in=scope.contest_ids)
    rejected = RejectedPurchase.objects.filter(team__in=scope.team_ids)
    refunds = PendingRefund.objects.filter(contest__in=scope.contest_ids)
    deliveries = StoreDelivery.objects.filter(contest__in=scope.contest_ids)
    return _counts(held, rejected, refunds, deliveries)


def open_items_in(contest: Contest) -> OpenItemCounts:
    """The counts for one contest."""
    rejections = RejectedPurchase.objects.filter(team=contest.team_id, contest=contest)
    refunds = PendingRefund.objects.filter(contest=contest)
    deliveries = StoreDelivery.objects.filter(contest=contest)
    return _counts(rejections, rejections, refunds, deliveries)


@dataclass(frozen=True, slots=True)
class _Countable:
    """Open items of one kind in some contests, with the further columns of the index that they are read from."""

    kind: str
    rows: "QuerySet[Any]"
    contest_ids: list[str]
    order_by: tuple[str, ...] = ()

    def label(self, rows: Any) -> Any:
        return rows.annotate(kind=Value(self.kind)).values_list("kind", "contest_id")


def open_items(contests: Sequence[Contest]) -> dict[str, OpenItems]:
    """The open items by contest id, in one statement, unless a contest has very many."""
    limit = MAX_COUNTED + 1
    countable = _countable(contests)
    first, *others = (
        of_all(each.label(each.rows), "contest", each.contest_ids, each.order_by, limit) for each in countable
    )
    counts = Counter(first.union(*others, all=True))
    for each in countable:
        if sum(counts[each.kind, pk] for pk in each.contest_ids) >= limit * len(each.contest_ids):
            rows = first_of_each(each.label(each.rows), "contest", each.contest_ids, each.order_by, limit)
            counts |= Counter(rows)
    return {
        contest.pk: OpenItems(
            counts["held", contest.pk] + counts["rejected", contest.pk],
            counts["refused", contest.pk],
            counts["deliveries", contest.pk],
        )
        for contest in contests
    }


def _countable(contests: Sequence[Contest]) -> list[_Countable]:
    by_team: dict[str, list[str]] = {}
    for contest in contests:
        by_team.setdefault(contest.team_id, []).append(contest.pk)
    ids = [contest.pk for contest in contests]
    held = RejectedPurchase.objects.filter(state=RejectedPurchase.State.HELD)
    rejected = RejectedPurchase.objects.filter(state=RejectedPurchase.State.REJECTED)
    refused = PendingRefund.objects.filter(state=PendingRefund.State.REFUSED, is_dismissed=False)
    return [
        _Countable("held", held, ids, ("last_received_at",)),
        _Countable("refused", refused, ids),
        _Countable("deliveries", StoreDelivery.objects.filter(needs_attention()), ids),
        *(_Countable("rejected", rejected.filter(team=team), team_ids) for team, team_ids in by_team.items()),
    ]


def held_orders_deleted(contest_ids: list[str]) -> dict[str, RetentionGap]:
    """The retention gaps of contests that recently lost held orders because there were too many."""
    recently = timezone.now() - SHOWN_AFTER_DELETION
    return RetentionGap.objects.filter(held_deleted_at__gte=recently).in_bulk(contest_ids)


def capped_count(count: int) -> str:
    """“7”, or “99+”."""
    return f"{MAX_COUNTED}+" if count > MAX_COUNTED else str(count)


def not_saved_today(key_ids: list[str]) -> int:
    """How many rejected orders of these keys were only counted today, because a key reached its daily limit."""
    counts = RejectionCount.objects.filter(day=timezone.now().date(), code=BEYOND_THE_LIMIT, key_id__in=key_ids)
    return int(counts.aggregate(times=Sum("times"))["times"] or 0)


def _counts(
    held: "QuerySet[RejectedPurchase]",
    rejected: "QuerySet[RejectedPurchase]",
    refunds: "QuerySet[PendingRefund]",
    deliveries: "QuerySet[StoreDelivery]",
) -> OpenItemCounts:
    """Count each kind up to the bound, in one statement."""
    not_dismissed = refunds.filter(is_dismissed=False)
    rows = {
        "held": held.filter(state=RejectedPurchase.State.HELD),
        "rejected": rejected.filter(state=RejectedPurchase.State.REJECTED),
        "refunds": not_dismissed.filter(state=PendingRefund.State.PENDING),
        "refunds_refused": not_dismissed.filter(state=PendingRefund.State.REFUSED),
        "deliveries": deliveries.filter(needs_attention()),
    }
    first, *others = (_bounded(kind, query) for kind, query in rows.items())
    counts = Counter(kind for (kind,) in first.union(*others, all=True))
    return OpenItemCounts(**{kind: counts[kind] for kind in rows})


def _bounded(kind: str, rows: "QuerySet[Any]") -> Any:
    """The kind, once for each row up to the bound."""
    return rows.order_by().annotate(kind=Value(kind)).values_list("kind")[: MAX_COUNTED + 1]
