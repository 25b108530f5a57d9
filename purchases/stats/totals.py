"""Totals of a contest: its purchases as the API tells them, and the chore that counts what is long."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Q, Sum
from django.utils import timezone

from blitzrocket.ids import SLACK, least_id
from blitzrocket.jobs.chores import chore
from contests.leaderboard import count_entries
from contests.models import Contest, ContestTotals
from contests.models.totals import EXACT_BELOW
from contests.money import in_minor_units
from purchases.models import DailyStat, Purchase
from purchases.stats.queries import sums_of
from purchases.stats.rollup import catch_up, closed_until

Status = Purchase.Status
Figure = DailyStat.Figure
GIVEN_BACK = (Status.PARTIALLY_REFUNDED, Status.REFUNDED)


def figures_of_purchases(contest: Contest, totals: ContestTotals | None) -> dict[str, Any]:
    """How many a contest has, the points they were awarded, and what was paid and not given back, by currency.

    Without those that were brought along from another service, as in the daily figures. Counted now, or where they are
    many, as in the totals.
    """
    counted = totals if totals and totals.has_many_purchases else ContestTotals(**count_purchases(contest.pk))
    return {
        "count": counted.purchases,
        "refunded": counted.refunded_purchases,
        "pointsAwarded": counted.points_awarded,
        "revenue": {code: in_minor_units(Decimal(paid), code) for code, paid in counted.revenue.items()},
    }


def count_purchases(contest_id: str) -> dict[str, Any]:
    """What `ContestTotals` holds of purchases recorded here, from the purchases themselves."""
    rows = list(
        Purchase.objects.filter(contest=contest_id, rule_set__isnull=False)
        .order_by()
        .values("currency")
        .annotate(
            count=Count("pk"),
            refunded=Count("pk", filter=Q(status__in=GIVEN_BACK)),
            awarded=Sum("points_awarded"),
            paid=Sum("amount", filter=~Q(status=Status.VOIDED)),
            back=Sum("refunded_amount", filter=~Q(status=Status.VOIDED)),
        )
    )
    return {
        "purchases": sum(row["count"] for row in rows),
        "refunded_purchases": sum(row["refunded"] for row in rows),
        "points_awarded": int(sum(row["awarded"] for row in rows)),
        "revenue": {row["currency"]: (row["paid"] or 0) - (row["back"] or 0) for row in rows},
    }


def add_up_purchases(contest_id: str) -> dict[str, Any]:
    """The same from the daily figures, which are added up first as far as their hours are over."""
    closed = closed_until()
    catch_up([contest_id], closed)
    sums = sums_of(contest_id, closed, (Figure.PURCHASES, Figure.REVENUE))
    bought = sums.get((Figure.PURCHASES, ""))
    return {
        "purchases": bought.count if bought else 0,
        "refunded_purchases": Purchase.objects.filter(
            contest=contest_id, rule_set__isnull=False, status__in=GIVEN_BACK
        ).count(),
        "points_awarded": int(bought.amount) if bought else 0,
        "revenue": {key: told.amount for (figure, key), told in sums.items() if figure == Figure.REVENUE},
    }


# At most a minute old is promised, so they wait for no other chore.
@chore(every=timedelta(seconds=30), thread="totals")
def update_totals() -> int:
    """Count what changed since it was counted last; the number of contests."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED)
        ids = [pk for (pk,) in cursor.fetchall()]
    for contest_id in ids:
        update_totals_of(contest_id)
    return len(ids)


def update_totals_of(contest_id: str) -> None:
    """Count a contest anew."""
    now = timezone.now()  # what comes while it is counted is counted again
    values: dict[str, Any] = {"counted_at": now, "counted_to": least_id("", now)}
    values |= count_entries(contest_id)
    few = Purchase.objects.filter(contest=contest_id).order_by().values("pk")[:EXACT_BELOW].count() < EXACT_BELOW
    values |= (count_purchases if few else add_up_purchases)(contest_id)
    values["history_purchases"] = Purchase.objects.filter(contest=contest_id, rule_set=None).count()
    ContestTotals.objects.update_or_create(contest_id=contest_id, defaults=values)


_MAY_BE_LATE = f"totals.counted_at - interval '{SLACK.total_seconds()} seconds'"
# A change leaves a row or an act, or a job makes it. Each look finds the first row from a contest's place in an index
# on, which may be another's: asked for by equality, the planner may read a whole table for a contest where nothing is.
_CHANGED = f"""
    SELECT contest.id FROM contests_contest contest
    LEFT JOIN contests_contesttotals totals ON totals.contest_id = contest.id
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
    ) act ON act.contest_id = contest.id
    WHERE totals.contest_id IS NULL OR coalesce(entry.contest_id, purchase.contest_id, act.contest_id) IS NOT NULL
    OR EXISTS (
        SELECT FROM jobs_job job WHERE job.contest_id = contest.id
        AND (job.state IN ('waiting', 'running') OR job.finished_at >= {_MAY_BE_LATE})
    )
    ORDER BY contest.id
"""
