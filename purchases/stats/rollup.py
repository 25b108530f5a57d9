"""Adding up the hours that are over: when somebody looks, by a command, anew, and to prove what is there.

By the hour and not only by the day, because fifty thousand purchases of today take a quarter of a second to read.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from blitzrocket.ids import SLACK
from blitzrocket.jobs.chores import chore
from contests.models import Contest
from purchases.models import DailyStat, RollupCursor
from purchases.stats.sql import BETWEEN, values_for

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)  # nothing is older
STEP = timedelta(days=1)  # added up in one transaction, so that nobody waits long for another
LONGEST_TRANSACTION = timedelta(days=1)
_COLUMNS = "contest_id, day, figure, key, count, amount"


@dataclass(frozen=True, slots=True)
class Fault:
    """A figure that is not what the rows give."""

    figure: str
    kept: str
    found: str


def closed_until() -> datetime:
    """The first hour that is not closed; from then on figures are read from the rows.

    Race: a transaction that began before the hour was over commits after it. An hour is closed when a while of the next
    has passed, and no transaction is left that was open by then; one that stays open for a day is forgotten.
    """
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST_WRITER)
        (oldest,) = cursor.fetchone()
    quiet = min(now, max(oldest or now, now - LONGEST_TRANSACTION)) - SLACK
    return quiet.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


@chore(every=timedelta(minutes=5))
def catch_up_all() -> bool:
    """Add up every contest's hours that are over."""
    return catch_up(list(Contest.objects.values_list("pk", flat=True)), closed_until())


def catch_up(contest_ids: Sequence[str], closed: datetime, *, seconds: float | None = None) -> bool:
    """Add up these contests' closed hours; False where the time given was not enough and some are left."""
    deadline = None if seconds is None else time.monotonic() + seconds
    while behind := _behind(contest_ids, closed):
        if deadline is not None and time.monotonic() > deadline:
            return False
        _take_a_step(behind, closed)
    return True


def rebuild(contest_id: str, since: datetime = BEGINNING) -> None:
    """Forget a contest's figures from the start of a day on, and add them up anew."""
    RollupCursor.objects.get_or_create(contest_id=contest_id, defaults={"until": BEGINNING})
    with transaction.atomic():
        known = RollupCursor.objects.select_for_update(no_key=True).get(contest=contest_id)
        since = _midnight(min(since, known.until))
        DailyStat.objects.filter(contest=contest_id, day__gte=since.date()).delete()
        _add_up([contest_id], since, max(since, closed_until()))


def reset_stats(contest_id: str, since: datetime) -> None:
    """Forget a contest's figures from a day on, in the transaction that changes rows of then; they are added up anew by
    whoever looks at them, or by the background process.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # What the commit would check takes long before PostgreSQL 18, and dashboards wait for the row locked below.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        known = RollupCursor.objects.select_for_update(no_key=True).filter(contest=contest_id).first()
        if known is not None and since < known.until:
            day = _midnight(since)
            DailyStat.objects.filter(contest=contest_id, day__gte=day.date()).delete()
            RollupCursor.objects.filter(contest=contest_id).update(until=day)


def prove(contest_id: str) -> list[Fault]:
    """The figures of a contest's closed hours that are not what the rows give; at best none."""
    known = RollupCursor.objects.filter(contest=contest_id).first()
    if known is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENT, values_for([contest_id], BEGINNING, known.until))
        rows = cursor.fetchall()
    return [Fault(" ".join(filter(None, map(str, row[:3]))), _told(row[3:5]), _told(row[5:])) for row in rows]


def _behind(contest_ids: Sequence[str], closed: datetime) -> dict[str, datetime]:
    """Contests with closed hours that are not added up, and how far each is."""
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, {"contests": list(contest_ids), "closed": closed, "beginning": BEGINNING})
        return dict(cursor.fetchall())


def _take_a_step(behind: dict[str, datetime], closed: datetime) -> None:
    """Add up the next hours of the contests that are furthest behind."""
    since = min(behind.values())
    ids = sorted(pk for pk, until in behind.items() if until == since)
    if since == BEGINNING:
        RollupCursor.objects.bulk_create(
            [RollupCursor(contest_id=pk, until=since) for pk in ids], ignore_conflicts=True
        )
    with transaction.atomic():
        # Race: two people open their dashboards at once. The second waits for these rows, and finds what the first did.
        rows = RollupCursor.objects.select_for_update(no_key=True).filter(contest__in=ids, until=since)
        ids = [row.contest_id for row in rows.order_by("contest")]
        if ids:
            start = _first_time(ids) if since == BEGINNING else since
            _add_up(ids, since, min(closed, max(start, since) + STEP))


def _add_up(contest_ids: list[str], since: datetime, until: datetime) -> None:
    """Add these hours to the figures of their days; whoever calls holds the contests' rows of `RollupCursor`."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO purchases_dailystat ({_COLUMNS}) {BETWEEN} {_ADDED}", values_for(contest_ids, since, until)
        )
    RollupCursor.objects.filter(contest__in=contest_ids).update(until=until)


def _first_time(contest_ids: list[str]) -> datetime:
    """When the first of these contests or of their purchases was made; what is older goes with it."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST, {"contests": contest_ids})
        (first,) = cursor.fetchone()
    return _midnight(first) if first else BEGINNING


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _told(values: Sequence[Any]) -> str:
    count, amount = values
    return "nothing" if count is None else f"{count}, {amount.normalize():f}"


_ADDED = """
    ON CONFLICT (contest_id, day, figure, key) DO UPDATE SET
        count = purchases_dailystat.count + excluded.count, amount = purchases_dailystat.amount + excluded.amount
"""
_OLDEST_WRITER = """
    SELECT min(xact_start) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND backend_xid IS NOT NULL
    AND pid <> pg_backend_pid()
"""
_BEHIND = """
    SELECT contest.id, coalesce(known.until, %(beginning)s::timestamptz)
    FROM contests_contest contest LEFT JOIN purchases_rollupcursor known ON known.contest_id = contest.id
    WHERE contest.id = ANY(%(contests)s) AND coalesce(known.until, %(beginning)s::timestamptz) < %(closed)s
"""
# The first row from a contest's place in the index on, which may be another's: asked for by equality, the planner may
# walk all purchases for a contest that has none.
_FIRST = """
    SELECT least(min(contest.created_at), min(first.created_at)) FROM contests_contest contest
    LEFT JOIN LATERAL (
        SELECT contest_id, created_at FROM purchases_purchase
        WHERE (contest_id, id) >= (contest.id, '') ORDER BY contest_id, id LIMIT 1
    ) first ON first.contest_id = contest.id
    WHERE contest.id = ANY(%(contests)s)
"""
_DIFFERENT = f"""
    WITH found AS ({BETWEEN}), kept AS (
        SELECT {_COLUMNS} FROM purchases_dailystat WHERE contest_id = ANY(%(contests)s)
    )
    SELECT day, figure, key, kept.count, kept.amount, found.count, found.amount
    FROM kept FULL JOIN found USING (contest_id, day, figure, key)
    WHERE (coalesce(kept.count, 0), coalesce(kept.amount, 0)) <> (coalesce(found.count, 0), coalesce(found.amount, 0))
    ORDER BY 1, 2, 3
"""
