"""Totals of a contest's purchases, for the API, and the chore that counts long lists."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Q, Sum
from django.utils import timezone

from blitzrocket.audit.models import AuditEvent
from blitzrocket.ids import SLACK, least_id
from blitzrocket.jobs.chores import chore
from blitzrocket.jobs.models import Job
from blitzrocket.postgres.statements import is_spread
from contests.leaderboard import update_entry_totals
from contests.models import Contest, Entry
from contests.models.totals import EXACT_BELOW
from contests.money import in_minor_units
from purchases.models import DailyStat, Purchase, PurchaseTotals
from purchases.stats.queries import sums_of
from purchases.stats.rollup import catch_up, closed_until

Status = Purchase.Status
Figure = DailyStat.Figure
WITH_REFUNDS = (Status.PARTIALLY_REFUNDED, Status.REFUNDED)


@dataclass(frozen=True, slots=True)
class PurchaseCounts:
    """How many purchases a contest has, their points, and their revenue by currency; without imported ones."""

    purchases: int
    refunded_purchases: int
    points_awarded: int
    revenue: dict[str, Decimal]  # net of refunds


def purchase_totals_of(contest: Contest) -> PurchaseTotals | None:
    """The totals of the contest's purchases by the last count; None before the first."""
    return PurchaseTotals.objects.filter(contest=contest).first()


def purchase_count(contest_ids: Sequence[str]) -> int | None:
    """How many purchases these contests have together; None where that would have to be counted in a long list."""
    totals = PurchaseTotals.objects.filter(contest__in=contest_ids)
    large = {each.contest_id: each.all_purchases for each in totals if each.all_purchases >= EXACT_BELOW}
    others = Purchase.objects.filter(contest__in=[pk for pk in contest_ids if pk not in large])
    count = others.values("pk")[: EXACT_BELOW + 1].count()
    return sum(large.values()) + count if count <= EXACT_BELOW else None


def figures_of_purchases(contest: Contest) -> dict[str, Any]:
    """The number of a contest's purchases, their points awarded, and their revenue net of refunds, by currency.

    Without imported purchases, as in the daily stats. Counted now, or where there are many, taken from the totals.
    """
    totals = purchase_totals_of(contest)
    counts = totals if totals and totals.all_purchases >= EXACT_BELOW else count_purchases(contest.pk)
    return {
        "count": counts.purchases,
        "refunded": counts.refunded_purchases,
        "pointsAwarded": counts.points_awarded,
        "revenue": {code: in_minor_units(Decimal(paid), code) for code, paid in counts.revenue.items()},
    }


def count_purchases(contest_id: str) -> PurchaseCounts:
    """Count a contest's purchases."""
    rows = list(
        Purchase.objects.filter(contest=contest_id, rule_set__isnull=False)
        .values("currency")
        .annotate(
            count=Count("pk"),
            refunded=Count("pk", filter=Q(status__in=WITH_REFUNDS)),
            awarded=Sum("points_awarded"),
            paid=Sum("amount", filter=~Q(status=Status.VOIDED)),
            refund_total=Sum("refunded_amount", filter=~Q(status=Status.VOIDED)),
        )
    )
    return PurchaseCounts(
        purchases=sum(row["count"] for row in rows),
        refunded_purchases=sum(row["refunded"] for row in rows),
        points_awarded=int(sum(row["awarded"] for row in rows)),
        revenue={row["currency"]: Decimal(row["paid"] or 0) - Decimal(row["refund_total"] or 0) for row in rows},
    )


def sum_daily_stats(contest_id: str) -> PurchaseCounts:
    """The same counts from the daily stats, with closed hours rolled up first."""
    closed = closed_until()
    catch_up([contest_id], closed)
    sums = sums_of(contest_id, closed, (Figure.PURCHASES, Figure.REVENUE))
    purchases = sums.get((Figure.PURCHASES, ""))
    refunded = Purchase.objects.filter(contest=contest_id, rule_set__isnull=False, status__in=WITH_REFUNDS)
    return PurchaseCounts(
        purchases=purchases.count if purchases else 0,
        refunded_purchases=refunded.count(),
        points_awarded=int(purchases.amount) if purchases else 0,
        revenue={key: total.amount for (figure, key), total in sums.items() if figure == Figure.REVENUE},
    )


# The API promises that totals are at most a minute old, so they have a thread of their own.
@chore(every=timedelta(seconds=30), thread="totals")
def update_totals() -> int:
    """Update the totals of contests that changed since; returns how many."""
    ids = _changed_one_by_one() if is_spread() else _changed()
    for contest_id in ids:
        update_totals_of(contest_id)
    return len(ids)


def _changed() -> list[str]:
    """The contests that changed since they were counted."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED)
        ids: list[str] = [pk for (pk,) in cursor.fetchall()]
        return ids


def _changed_one_by_one() -> list[str]:
    """The same where contests are spread over servers, which one statement cannot ask for a row of each contest."""
    counted = {totals.contest_id: totals for totals in PurchaseTotals.objects.all()}
    ids = Contest.objects.order_by("pk").values_list("pk", flat=True)
    return [pk for pk in ids if pk not in counted or _has_changed(counted[pk])]


def _has_changed(totals: PurchaseTotals) -> bool:
    contest_id, since = totals.contest_id, totals.counted_at - SLACK
    at_work = Q(state__in=[Job.State.WAITING, Job.State.RUNNING]) | Q(finished_at__gte=since)
    return (
        Purchase.objects.filter(contest=contest_id, pk__gte=f"purchase_{totals.counted_to}").exists()
        or Entry.objects.filter(contest=contest_id, pk__gte=f"entry_{totals.counted_to}").exists()
        or AuditEvent.objects.filter(contest_id=contest_id, created_at__gte=since).exists()
        or Job.objects.filter(at_work, contest_id=contest_id).exists()
    )


def update_totals_of(contest_id: str) -> None:
    """Count a contest's entries and purchases again."""
    now = timezone.now()  # before counting: rows written meanwhile are counted next time too
    update_entry_totals(contest_id)
    few = Purchase.objects.filter(contest=contest_id).values("pk")[:EXACT_BELOW].count() < EXACT_BELOW
    counts = (count_purchases if few else sum_daily_stats)(contest_id)
    imported = Purchase.objects.filter(contest=contest_id, rule_set=None).count()
    values = asdict(counts) | {"imported_purchases": imported, "counted_at": now, "counted_to": least_id("", now)}
    PurchaseTotals.objects.update_or_create(contest_id=contest_id, defaults=values)


_MAY_BE_LATE = f"totals.counted_at - interval '{SLACK.total_seconds()} seconds'"
# Each change writes a row or an audit event, or is made by a job. Row comparisons find the first row from a contest's
# place in an index on, perhaps another contest's, which the join drops: with equality the planner may read a whole
# table for a contest that has no rows. One lateral join each, because grouping by contest would read all rows.
_CHANGED = f"""
    SELECT contest.id FROM contests_contest contest
    LEFT JOIN purchases_purchasetotals totals ON totals.contest_id = contest.id
    LEFT JOIN LATERAL (
        SELECT contest_id FROM contests_entry
        WHERE (contest_id, id) >= (contest.id, 'entry_' || totals.counted_to) ORDER BY contest_id, id LIMIT 1
    ) entry ON entry.contest_id = contest.id
    LEFT JOIN LATERAL (
        SELECT contest_id FROM purchases_purchase
        WHERE (contest_id, id) >= (contest.id, 'purchase_' || totals.counted_to) ORDER BY contest_id, id LIMIT 1
    ) purchase ON purchase.contest_id = contest.id
    LEFT JOIN LATERAL (
        SELECT contest_id FROM audit_auditevent
        WHERE (contest_id, created_at) >= (contest.id, {_MAY_BE_LATE}) ORDER BY contest_id, created_at LIMIT 1
    ) event ON event.contest_id = contest.id
    WHERE totals.contest_id IS NULL OR coalesce(entry.contest_id, purchase.contest_id, event.contest_id) IS NOT NULL
    OR EXISTS (
        SELECT FROM jobs_job job WHERE job.contest_id = contest.id
        AND (job.state IN ('waiting', 'running') OR job.finished_at >= {_MAY_BE_LATE})
    )
    ORDER BY contest.id
"""
