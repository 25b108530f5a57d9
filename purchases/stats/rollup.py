"""Rolling closed hours up into the daily stats, rebuilding these, and comparing them with the rows.

By the hour and not only by the day, because fifty thousand purchases of today take a quarter of a second to read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from blitzrocket.ids import SLACK
from blitzrocket.jobs.chores import chore
from blitzrocket.postgres.replica import connection_for_reads
from contests.models import Contest
from purchases.models import DailyStat, RollupCursor
from purchases.stats.figure_definitions import BETWEEN, values_for

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)  # nothing is older
STEP = timedelta(days=1)  # rolled up in one transaction; other processes wait for its cursor
LONGEST_TRANSACTION = timedelta(days=1)
_COLUMNS = "contest_id, day, figure, key, count, amount"


@dataclass(frozen=True, slots=True)
class Fault:
    """A daily stat that differs from the rows."""

    figure: str
    stored: str
    expected: str


def closed_until() -> datetime:
    """The start of the first hour that is not closed; from then on figures are read from the rows.

    Race: a transaction that began within the hour commits after it. So an hour is closed only when `SLACK` has passed
    and all transactions that were open then have ended, except those open for longer than `LONGEST_TRANSACTION`.
    They are open on the primary, which is asked for them even where a page reads the replica.
    """
    now = timezone.now()
    with connection.cursor() as cursor:
        is_spread = connection.connection.is_spread
        cursor.execute(_OLDEST_WRITER_OF_ALL_SERVERS if is_spread else _OLDEST_WRITER)
        (oldest,) = cursor.fetchone()
    quiet = min(now, max(oldest or now, now - LONGEST_TRANSACTION)) - SLACK
    return quiet.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


@chore(every=timedelta(minutes=1))
def catch_up_all() -> None:
    """Roll up all contests' closed hours."""
    catch_up(list(Contest.objects.values_list("pk", flat=True)), closed_until())


def catch_up(contest_ids: Sequence[str], closed: datetime) -> None:
    """Roll up these contests' closed hours."""
    while behind := _behind(contest_ids, closed):
        for contest_id, until, created_at in behind:
            _roll_up_step(contest_id, until, created_at, closed)


def rolled_up_until(contest_ids: Sequence[str], closed: datetime) -> list[datetime]:
    """Until when those of these contests are rolled up that are behind; a new one until its creation."""
    return [max(until, created_at) for _contest_id, until, created_at in _behind(contest_ids, closed)]


def rebuild(contest_id: str, since: datetime = BEGINNING) -> None:
    """Delete a contest's daily stats from the day of ``since`` on, and roll them up again."""
    RollupCursor.objects.get_or_create(contest_id=contest_id, defaults={"until": BEGINNING})
    with transaction.atomic():
        rollup = RollupCursor.objects.select_for_update(no_key=True).get(contest=contest_id)
        since = _midnight(min(since, rollup.until))
        DailyStat.objects.filter(contest=contest_id, day__gte=since.date()).delete()
        _roll_up(contest_id, since, max(since, closed_until()))


def reset_stats(contest_id: str, since: datetime) -> None:
    """Delete a contest's daily stats from the day of ``since`` on, in the transaction that changes rows of that time.

    The background process rolls them up again.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # Deferred constraints would be checked at commit, which takes long before PostgreSQL 18, while dashboards wait
        # for the row that is locked below.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        rollup = RollupCursor.objects.select_for_update(no_key=True).filter(contest=contest_id).first()
        if rollup is not None and since < rollup.until:
            day = _midnight(since)
            DailyStat.objects.filter(contest=contest_id, day__gte=day.date()).delete()
            RollupCursor.objects.filter(contest=contest_id).update(until=day)


def prove(contest_id: str) -> list[Fault]:
    """The daily stats of a contest that differ from its rows; none if all is well."""
    rollup = RollupCursor.objects.filter(contest=contest_id).first()
    if rollup is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENT, values_for([contest_id], BEGINNING, rollup.until))
        rows = cursor.fetchall()
    return [Fault(" ".join(filter(None, map(str, row[:3]))), _stat_text(row[3:5]), _stat_text(row[5:])) for row in rows]


def _behind(contest_ids: Sequence[str], closed: datetime) -> list[tuple[str, datetime, datetime]]:
    """Contests with closed hours that are not rolled up, until when each is, and when it was created."""
    with connection_for_reads().cursor() as cursor:
        cursor.execute(_BEHIND, {"contests": list(contest_ids), "closed": closed, "beginning": BEGINNING})
        behind: list[tuple[str, datetime, datetime]] = cursor.fetchall()
    return behind


def _roll_up_step(contest_id: str, until: datetime, created_at: datetime, closed: datetime) -> None:
    """Roll up a contest's next hours; rows older than the contest itself are rolled up with its first."""
    if until == BEGINNING:
        RollupCursor.objects.bulk_create([RollupCursor(contest_id=contest_id, until=until)], ignore_conflicts=True)
    with transaction.atomic():
        # Race: two processes at once. The second waits for this row, and sees what the first did.
        cursors = RollupCursor.objects.select_for_update(no_key=True)
        if cursors.filter(contest=contest_id, until=until).exists():
            start = _midnight(created_at) if until == BEGINNING else until
            _roll_up(contest_id, until, min(closed, start + STEP))


def _roll_up(contest_id: str, since: datetime, until: datetime) -> None:
    """Add these hours to the stats of their days. The caller has locked the contest's roll-up cursor."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO purchases_dailystat ({_COLUMNS}) {BETWEEN} {_ADDED}", values_for([contest_id], since, until)
        )
    RollupCursor.objects.filter(contest=contest_id).update(until=until)


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _stat_text(values: Sequence[Any]) -> str:
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
# A transaction has the same number on each server that it writes to.
_OLDEST_WRITER_OF_ALL_SERVERS = """
    SELECT min(xact_start) FROM citus_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND backend_xid IS NOT NULL
    AND global_pid <> citus_backend_gpid()
"""
_BEHIND = """
    SELECT contest.id, coalesce(rollup.until, %(beginning)s::timestamptz) AS until, contest.created_at
    FROM contests_contest contest LEFT JOIN purchases_rollupcursor rollup ON rollup.contest_id = contest.id
    WHERE contest.id = ANY(%(contests)s) AND coalesce(rollup.until, %(beginning)s::timestamptz) < %(closed)s
    ORDER BY until, contest.id
"""
_DIFFERENT = f"""
    WITH expected AS ({BETWEEN}), stored AS (
        SELECT {_COLUMNS} FROM purchases_dailystat WHERE contest_id = ANY(%(contests)s)
    )
    SELECT day, figure, key, stored.count, stored.amount, expected.count, expected.amount
    FROM stored FULL JOIN expected USING (contest_id, day, figure, key)
    WHERE (coalesce(stored.count, 0), coalesce(stored.amount, 0))
        <> (coalesce(expected.count, 0), coalesce(expected.amount, 0))
    ORDER BY 1, 2, 3
"""
