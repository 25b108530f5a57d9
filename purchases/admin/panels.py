"""A dashboard: figures of some days as tiles, charts and tables, each with the list behind it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import formats

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.text import plural
from contests.leaderboard import top_entries
from contests.models import Entry, PointRule
from contests.money import in_minor_units
from purchases.models import DailyStat
from purchases.stats import Figures

RANGES = (7, 30, 90)
USUAL_RANGE = 30
MOST_RULES = 8
MOST_ENTRIES = 5
Figure = DailyStat.Figure
TAKEN_BACK = ("refunded", "voided")


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure, what it counts, what else there is to say, and the list behind it."""

    label: str
    figure: str
    note: str
    url: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table of figures; ``share`` is its part of the largest, in percent."""

    label: str
    figure: str
    note: str
    url: str
    share: int = 0


@dataclass(frozen=True, slots=True)
class Chart:
    """One figure day by day, as the chart's library takes it."""

    title: str
    data: str
    summary: str


def range_of(request: HttpRequest) -> int:
    """How many days somebody wants to see."""
    wanted = request.GET.get("days", "")
    return int(wanted) if wanted in map(str, RANGES) else USUAL_RANGE


class DashboardPanels:
    """What a dashboard's template shows of these contests' figures; of one contest, its lists are asked for."""

    def __init__(self, figures: Figures, contest_ids: Sequence[str], *, only: str = "") -> None:
        self.figures = figures
        self.contest_ids = list(contest_ids)
        self.only = only
        self.days = len(figures.days)

    @property
    def ranges(self) -> list[dict[str, Any]]:
        titles = {days: plural(days, "%(n)d day", "%(n)d days") % {"n": days} for days in RANGES}
        return [{"days": days, "title": titles[days], "is_chosen": days == self.days} for days in RANGES]

    @property
    def is_complete(self) -> bool:
        return self.figures.is_complete

    @property
    def is_empty(self) -> bool:
        """Whether no purchase was recorded in these days."""
        return self.figures.of_key(Figure.PURCHASES).count == 0

    @property
    def tiles(self) -> list[Tile]:
        bought, entries = self.figures.of_key(Figure.PURCHASES), self.figures.of_key(Figure.ENTRIES)
        duplicates = self.figures.of_key(Figure.DUPLICATES)
        back = -sum(self.figures.of_key(Figure.LEDGER, kind).amount for kind in TAKEN_BACK)
        taken_back = f"{number(back)} removed by refunds and voids" if back else ""
        purchases = self.list_of("purchases_purchase", recorded=self.days, origin="here")
        return [
            Tile("Purchases", number(bought.count), self._today(Figure.PURCHASES), purchases),
            Tile("Points awarded", number(bought.amount), taken_back, purchases),
            Tile(
                "New entries",
                number(entries.count),
                self._today(Figure.ENTRIES),
                self.list_of("contests_entry", created=self.days),
            ),
            Tile(
                "Duplicates ignored",
                number(duplicates.count),
                self._today(Figure.DUPLICATES),
                self.list_of("purchases_purchase", sent_again=self.days),
            ),
        ]

    @property
    def charts(self) -> list[Chart]:
        by_day = [self.figures.of_day(Figure.PURCHASES, day) for day in self.figures.days]
        return [
            self._chart("Purchases per day", [stat.count for stat in by_day], "var(--color-primary-500)"),
            self._chart("Points awarded per day", [int(stat.amount) for stat in by_day], "var(--desk-second)"),
        ]

    @property
    def table(self) -> list[list[str]]:
        """The charts' numbers and more, day by day, today first."""
        return [
            [
                formats.date_format(day, "D j M Y"),
                number(self.figures.of_day(Figure.PURCHASES, day).count),
                number(self.figures.of_day(Figure.PURCHASES, day).amount),
                number(self.figures.of_day(Figure.ENTRIES, day).count),
                number(self.figures.of_day(Figure.DUPLICATES, day).count),
            ]
            for day in reversed(self.figures.days)
        ]

    @property
    def revenue(self) -> list[Row]:
        """What was paid in each currency, less what was given back in these days."""
        rows = []
        for currency, stat in self.figures.keys(Figure.REVENUE):
            orders = plural(stat.count, "%(n)s order", "%(n)s orders") % {"n": number(stat.count)}
            url = self.list_of("purchases_purchase", recorded=self.days, currency=currency, origin="here")
            rows.append(Row(currency, f"{in_minor_units(stat.amount, currency):,}", orders, url))
        return rows

    def rules(self, names: dict[str, str]) -> list[Row]:
        """What each rule gave, before rounding and limits; ``names`` says those that are no more."""
        stats = sorted(self.figures.keys(Figure.RULE), key=lambda row: -row[1].amount)[:MOST_RULES]
        own = PointRule.objects.filter(contest__in=self.contest_ids).select_related("contest")
        known = own.in_bulk([rule_id for rule_id, _sum in stats])
        most = max((stat.amount for _rule, stat in stats), default=1) or 1
        rows = []
        for rule_id, stat in stats:
            rule = known.get(rule_id)
            label = str(rule) if rule else names.get(rule_id, "Deleted rule")
            orders = plural(stat.count, "%(n)s order", "%(n)s orders") % {"n": number(stat.count)}
            note = orders if self.only or rule is None else f"{rule.contest} · {orders}"
            url = change_url(rule.contest) if rule else ""
            rows.append(Row(label, number(stat.amount), note, url, max(1, int(100 * stat.amount / most))))
        return rows

    @property
    def leaders(self) -> list[Row]:
        """Who has the most points now."""
        entries = top_entries(self.contest_ids, MOST_ENTRIES)
        return [Row(str(entry), number(entry.points), self._about(entry), change_url(entry)) for entry in entries]

    def list_of(self, page: str, **filters: Any) -> str:
        """The address of a list, with these filters."""
        only = {"contest": self.only} if self.only else {}
        return f"{reverse(f'admin:{page}_changelist')}?{urlencode(only | filters)}"

    def _about(self, entry: Entry) -> str:
        return " · ".join(filter(None, [entry.name, "" if self.only else str(entry.contest)]))

    def _today(self, figure: str) -> str:
        return f"{number(self.figures.of_day(figure, self.figures.days[-1]).count)} today"

    def _chart(self, title: str, values: list[int], colour: str) -> Chart:
        days, most = self.figures.days, max(values)
        span = f"{title} from {_short(days[0])} to {_short(days[-1])}"
        description = f"{span}: {number(sum(values))} in total, at most {number(most)} per day."
        bars = {"label": title, "data": values, "backgroundColor": colour, "borderRadius": 3, "maxBarThickness": 28}
        return Chart(title, json.dumps({"labels": [_short(day) for day in days], "datasets": [bars]}), description)


def number(value: Any) -> str:
    """With its thousands apart, and no more digits than it has."""
    return f"{value:,.2f}" if value != int(value) else f"{int(value):,}"


def _short(day: date) -> str:
    return formats.date_format(day, "j M")


# One chart's look; colours of its text are those of the page (charts.js).
CHART_OPTIONS = json.dumps(
    {
        "animation": False,
        "responsive": True,
        "maintainAspectRatio": False,
        "interaction": {"mode": "index", "intersect": False},
        "plugins": {"legend": {"display": False}},
        "scales": {
            "x": {
                "grid": {"display": False},
                "border": {"display": False},
                "ticks": {"maxTicksLimit": 8, "maxRotation": 0, "autoSkipPadding": 12},
            },
            "y": {
                "beginAtZero": True,
                "border": {"display": False},
                "ticks": {"precision": 0, "maxTicksLimit": 5},
                "grid": {"tickLength": 0},
            },
        },
    }
)
