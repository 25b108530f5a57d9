"""Checking entries, purchases, refunds and the ledger against each other, by a command and once a day.

Each rule of a contest is one statement: it reads as of one moment while purchases go on being recorded, and holds back
PostgreSQL's cleaning of old rows no longer than it runs. Of the rows that break a rule, PostgreSQL counts all and sends
a few, so that memory does not grow with the tables.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from blitzrocket.jobs.chores import chore
from blitzrocket.jobs.models import StoredFigure, store_figure
from contests.models import Contest
from purchases.services.ledger_rules import OF_A_CONTEST, OF_ALL_CONTESTS

logger = logging.getLogger(__name__)

FIGURE = "ledger_faults"
MAX_EXAMPLES = 20
LONGEST_STATEMENT = timedelta(minutes=15)  # of the daily check; a statement takes seconds with millions of rows

Report = Callable[[str, int, int], None]


@dataclass(slots=True)
class CheckedRule:
    """A rule, how many rows break it, and the first of them: id, and what is wrong."""

    rule: str
    faults: int
    examples: list[tuple[str, str]]

    def add(self, faults: int, examples: list[tuple[str, str]]) -> None:
        self.faults += faults
        self.examples += examples[: MAX_EXAMPLES - len(self.examples)]


def check_rules(
    *, longest: timedelta | None = None, report: Report = lambda rule, done, total: None
) -> Iterator[CheckedRule]:
    """Check one rule after the other over all contests; ``report`` is told of each contest that a rule is done with.

    Raises:
        django.db.OperationalError: a statement took longer than ``longest``.
    """
    contest_ids = list(Contest.objects.order_by("pk").values_list("pk", flat=True))
    for rule, query in OF_A_CONTEST.items():
        checked = CheckedRule(rule, 0, [])
        for done, contest_id in enumerate(contest_ids, start=1):
            checked.add(*_faulty_rows(query, contest_id, longest))
            report(rule, done, len(contest_ids))
        yield checked
    for rule, query in OF_ALL_CONTESTS.items():
        checked = CheckedRule(rule, 0, [])
        checked.add(*_faulty_rows(query, None, longest))
        yield checked


def _faulty_rows(query: str, contest_id: str | None, longest: timedelta | None) -> tuple[int, list[tuple[str, str]]]:
    """How many rows a query finds, and the first of them."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Without transactions that write, a check runs on a replica too.
        cursor.execute("SET TRANSACTION READ ONLY")
        if longest is not None:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{longest.total_seconds():.0f}s"])
        counted = f"SELECT faulty.*, count(*) OVER () FROM ({query}) faulty LIMIT {MAX_EXAMPLES}"
        cursor.execute(counted, {"contest": contest_id})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return (rows[0][2] if rows else 0), [(row_id, fault) for row_id, fault, _count in rows]


@chore(every=timedelta(hours=1), thread="ledger")
def check_ledger_daily() -> int | None:
    """Check the ledger unless that was done in the last ``LEDGER_CHECK_HOURS``; returns how many rows are faulty.

    It has a thread of its own, and its process may end before it is done: it is begun again within the hour.
    """
    hours = settings.LEDGER_CHECK_HOURS
    since = timezone.now() - timedelta(hours=hours)
    if not hours or StoredFigure.objects.filter(pk=FIGURE, at__gt=since).exists():
        return None
    faults = 0
    for checked in check_rules(longest=LONGEST_STATEMENT):
        faults += checked.faults
        if checked.faults:
            logger.error(
                "ledger fault", extra={"rule": checked.rule, "rows": checked.faults, "examples": checked.examples}
            )
    store_figure(FIGURE, faults)
    logger.info("ledger checked", extra={"faults": faults})
    return faults
