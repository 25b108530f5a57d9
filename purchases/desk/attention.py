"""What waits for a person: counted up to a bound, so that no page reads a long list to say how long it is."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models import QuerySet, Sum
from django.utils import timezone

from contests.models import Contest
from purchases.desk.search import Scope
from purchases.models import RefusalCount, RejectedPurchase, RetentionGap, WaitingRefund
from purchases.services.refusals import BEYOND_THE_LIMIT

MOST_COUNTED = 99
SHOWN_AFTER_DELETION = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many of each kind wait; more than `MOST_COUNTED` is told as such."""

    held: int
    refused: int
    refunds: int

    @property
    def total(self) -> int:
        return self.held + self.refused + self.refunds


def waiting_for_somebody(scope: Scope) -> Waiting:
    """What waits in the teams and contests that somebody may see."""
    held = RejectedPurchase.objects.filter(contest__in=scope.contest_ids, state=RejectedPurchase.State.HELD)
    refused = RejectedPurchase.objects.filter(team__in=scope.team_ids, state=RejectedPurchase.State.REFUSED)
    refunds = WaitingRefund.objects.filter(contest__in=scope.contest_ids)
    return Waiting(
        held=_count(held),
        refused=_count(refused),
        refunds=_count(refunds.filter(state=WaitingRefund.State.WAITING)),
    )


def waiting_in(contest: Contest) -> Waiting:
    """What waits in one contest."""
    attempts = RejectedPurchase.objects.filter(team=contest.team_id, contest=contest)
    refunds = WaitingRefund.objects.filter(contest=contest, state=WaitingRefund.State.WAITING)
    return Waiting(
        held=_count(attempts.filter(state=RejectedPurchase.State.HELD)),
        refused=_count(attempts.filter(state=RejectedPurchase.State.REFUSED)),
        refunds=_count(refunds),
    )


def open_attempts(contest_ids: list[str]) -> dict[str, int]:
    """How many attempts need a person in each of these contests; one that has none is not there."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_ATTEMPTS, {"most": MOST_COUNTED + 1, "contests": contest_ids})
        return {contest_id: count for contest_id, count in cursor.fetchall() if count}


_OPEN_ATTEMPTS = """
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
    counts = RefusalCount.objects.filter(day=timezone.now().date(), code=BEYOND_THE_LIMIT, key_id__in=key_ids)
    return int(counts.aggregate(times=Sum("times"))["times"] or 0)


def _count(rows: "QuerySet[RejectedPurchase] | QuerySet[WaitingRefund]") -> int:
    return rows.order_by().values("pk")[: MOST_COUNTED + 1].count()
