"""The figures that dashboards show: closed hours from the daily stats, later ones from the rows themselves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from blitzrocket.days import first_day_of, start_of, today
from blitzrocket.ids import first_id_at
from blitzrocket.postgres.replica import connection_for_reads
from contests.models import Contest
from purchases.models import DailyStat
from purchases.stats.figure_definitions import SINCE_ROLLED_UP, values_for
from purchases.stats.rollup import BEGINNING, closed_until, rolled_up_until

Figure = DailyStat.Figure
OPEN_HOURS = timedelta(hours=2)  # at most not rolled up, where chores run; no more are read from the rows
CURRENCY_DAYS = 90
MAX_PURCHASES_READ = 5000  # of these hours, for their currencies


@dataclass(frozen=True, slots=True)
class FigureTotal:
    """The count and amount of a figure; see `DailyStat.Figure`."""

    count: int = 0
    amount: Decimal = Decimal(0)


ZERO_TOTAL = FigureTotal()


@dataclass(slots=True)
class Figures:
    """The figures of some days by day, by contest and by key; not complete where the roll-up is far behind."""

    days: list[date]  # the oldest first, today last
    is_complete: bool
    by_day: dict[tuple[str, date], FigureTotal] = field(default_factory=dict)
    by_contest: dict[tuple[str, str], FigureTotal] = field(default_factory=dict)
    by_key: dict[tuple[str, str], FigureTotal] = field(default_factory=dict)

    def of_day(self, figure: str, day: date) -> FigureTotal:
        return self.by_day.get((figure, day), ZERO_TOTAL)

    def of_contest(self, figure: str, contest_id: str) -> FigureTotal:
        return self.by_contest.get((figure, contest_id), ZERO_TOTAL)

    def of_key(self, figure: str, key: str = "") -> FigureTotal:
        return self.by_key.get((figure, key), ZERO_TOTAL)

    def keys(self, figure: str) -> Iterator[tuple[str, FigureTotal]]:
        """The figure's keys with their sums, the most frequent first."""
        sums = [(key, total) for (kind, key), total in self.by_key.items() if kind == figure]
        yield from sorted(sums, key=lambda row: (-row[1].count, -row[1].amount, row[0]))


def figures_of(contest_ids: Sequence[str], days: int) -> Figures:
    """The figures of these contests' last ``days``, today included."""
    start, is_complete = _read_from(contest_ids)
    first = first_day_of(days)
    figures = Figures([first + timedelta(days=number) for number in range(days)], is_complete)
    for figure, day, contest_id, key, count, amount in _rows(_SUMS, contest_ids, start, first):
        total = FigureTotal(int(count), amount)
        if day is not None:
            figures.by_day[figure, day] = total
        elif contest_id is not None:
            figures.by_contest[figure, contest_id] = total
        else:
            figures.by_key[figure, key] = total
    return figures


def has_purchases(contest_ids: Sequence[str]) -> bool:
    """Whether these contests have purchases in the daily stats, which are few rows to look through."""
    return DailyStat.objects.filter(contest__in=contest_ids, figure=Figure.PURCHASES).exists()


def purchases_by_rule_set(contest: Contest) -> dict[str, int]:
    """How many purchases each of a contest's rule sets scored, without those that scored none."""
    start, _is_complete = _read_from([contest.pk])
    rows = _rows(_BY_RULE_SET, [contest.pk], start, BEGINNING.date())
    return {rule_set: int(count) for rule_set, count in rows}


def sums_of(contest_id: str, closed: datetime, figures: Sequence[str]) -> dict[tuple[str, str], FigureTotal]:
    """A contest's figures over all days, by figure and key: the daily stats until ``closed``, then the rows."""
    rows = _rows(_TOTALS, [contest_id], closed, BEGINNING.date(), figures=list(figures))
    return {(figure, key): FigureTotal(int(count), amount) for figure, key, count, amount in rows}


def currencies_of(contest_ids: Sequence[str]) -> dict[str, list[str]]:
    """The currencies of each contest's purchases of the last `CURRENCY_DAYS`, also of those in the last hours."""
    currencies: dict[str, list[str]] = {}
    ids, first_open_id = list(contest_ids), first_id_at("purchase", timezone.now() - OPEN_HOURS)
    with connection_for_reads().cursor() as cursor:
        cursor.execute(_CURRENCIES, [ids, first_day_of(CURRENCY_DAYS), ids, first_open_id, MAX_PURCHASES_READ])
        for contest_id, currency in cursor.fetchall():
            currencies.setdefault(contest_id, []).append(currency)
    return currencies


def _read_from(contest_ids: Sequence[str]) -> tuple[datetime, bool]:
    """From when on these contests' rows are read, and whether all older ones are rolled up.

    Pages roll up nothing: the chore does. Until it has, the hours that have closed since are read too, up to a limit.
    """
    closed = closed_until()
    until = min([closed, *rolled_up_until(contest_ids, closed)])
    start = max(until, closed - OPEN_HOURS)
    return start, until >= start


def _rows(query: str, contest_ids: Sequence[str], start: datetime, first: date, **others: Any) -> list[tuple[Any, ...]]:
    values = values_for(contest_ids, start, start_of(today() + timedelta(days=1)))
    with connection_for_reads().cursor() as cursor:
        cursor.execute(query, values | {"first_day": first} | others)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


_ROWS = f"""
    SELECT contest_id, day, figure, key, count, amount FROM purchases_dailystat
    WHERE contest_id = ANY(%(contests)s) AND day >= %(first_day)s
    UNION ALL SELECT * FROM ({SINCE_ROLLED_UP}) open WHERE day >= %(first_day)s
"""
_SUMS = f"""
    SELECT figure, day, contest_id, key, sum(count), sum(amount) FROM ({_ROWS}) figures WHERE figure <> 'rule_set'
    GROUP BY GROUPING SETS ((figure, day), (figure, contest_id), (figure, key))
"""
_BY_RULE_SET = f"SELECT key, sum(count) FROM ({_ROWS}) figures WHERE figure = 'rule_set' GROUP BY key"
_TOTALS = (
    f"SELECT figure, key, sum(count), sum(amount) FROM ({_ROWS}) rows WHERE figure = ANY(%(figures)s) GROUP BY 1, 2"
)
_CURRENCIES = """
    SELECT contest_id, key FROM purchases_dailystat
    WHERE contest_id = ANY(%s) AND day >= %s AND figure = 'revenue' AND count > 0
    UNION
    SELECT contest_id, currency FROM (
        SELECT contest_id, currency FROM purchases_purchase
        WHERE contest_id = ANY(%s) AND id >= %s AND rule_set_id IS NOT NULL LIMIT %s
    ) lately
    ORDER BY 1, 2
"""
