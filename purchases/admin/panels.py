"""The tiles, charts and tables of a dashboard, with links to the lists behind their figures."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import formats

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.numbers import counted, show_number
from blitzrocket.text import plural
from blitzrocket.times import show_date
from contests.admin.contest_pages import tab_url
from contests.leaderboard import top_entries
from contests.models import Entry, PointRule
from contests.money import MINOR_DIGITS
from purchases.models import DailyStat
from purchases.stats import Figures

RANGES = (7, 30, 90)
DEFAULT_RANGE = 30
MAX_RULES = 8
MAX_ENTRIES = 5
Figure = DailyStat.Figure
REMOVING_KINDS = ("refunded", "voided")


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure with its label, a note, and the URL of the list behind it."""

    label: str
    figure: str
    note: str
    url: str


@dataclass(frozen=True, slots=True)
class PanelRow:
    """A row of a table; ``share`` is its figure in percent of the largest."""

    label: str
    figure: str
    note: str
    url: str
    share: int = 0


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure per day; ``data`` is JSON for the chart library."""

    title: str
    data: str
    summary: str


def range_of(request: HttpRequest) -> int:
    """The number of days to show."""
    days = request.GET.get("days", "")
    return int(days) if days in map(str, RANGES) else DEFAULT_RANGE


class DashboardPanels:
    """The panels of a dashboard; with ``only``, a contest's id, its links lead to lists of that contest."""

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
        purchase_sum, entries = self.figures.of_key(Figure.PURCHASES), self.figures.of_key(Figure.ENTRIES)
        duplicates = self.figures.of_key(Figure.DUPLICATES)
        removed = -sum(self.figures.of_key(Figure.LEDGER, kind).amount for kind in REMOVING_KINDS)
        note = f"{number(removed)} removed by refunds and voids" if removed else ""
        purchases = self.list_of("purchases_purchase", recorded=self.days, origin="here")
        return [
            Tile("Purchases", number(purchase_sum.count), self._today(Figure.PURCHASES), purchases),
            Tile("Points awarded", number(purchase_sum.amount), note, purchases),
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
        """The figures of each day, today first."""
        return [
            [
                show_date(day),
                number(self.figures.of_day(Figure.PURCHASES, day).count),
                number(self.figures.of_day(Figure.PURCHASES, day).amount),
                number(self.figures.of_day(Figure.ENTRIES, day).count),
                number(self.figures.of_day(Figure.DUPLICATES, day).count),
            ]
            for day in reversed(self.figures.days)
        ]

    @property
    def revenue(self) -> list[PanelRow]:
        """The revenue by currency, net of the refunds and voids in these days."""
        rows = []
        for currency, stat in self.figures.keys(Figure.REVENUE):
            orders = counted(stat.count, "order", "orders")
            url = self.list_of("purchases_purchase", recorded=self.days, currency=currency, origin="here")
            amount = show_number(stat.amount, digits=MINOR_DIGITS.get(currency))
            rows.append(PanelRow(currency, amount, orders, url))
        return rows

    def rules(self, names: dict[str, str]) -> list[PanelRow]:
        """The points of each rule, before rounding and caps; ``names`` has the sentences of deleted rules by id."""
        stats = sorted(self.figures.keys(Figure.RULE), key=lambda row: -row[1].amount)[:MAX_RULES]
        own = PointRule.objects.filter(contest__in=self.contest_ids).select_related("contest__team")
        existing = own.in_bulk([rule_id for rule_id, _sum in stats])
        most = max((stat.amount for _rule, stat in stats), default=1) or 1
        rows = []
        for rule_id, stat in stats:
            rule = existing.get(rule_id)
            label = str(rule) if rule else names.get(rule_id, "Deleted rule")
            orders = counted(stat.count, "order", "orders")
            note = orders if self.only or rule is None else f"{rule.contest} · {orders}"
            url = tab_url(rule.contest, "rules") if rule else ""
            rows.append(PanelRow(label, number(stat.amount), note, url, max(1, int(100 * stat.amount / most))))
        return rows

    def leaders(self) -> list[PanelRow]:
        """The entries with the most points."""
        entries = top_entries(self.contest_ids, MAX_ENTRIES)
        return [
            PanelRow(str(entry), number(entry.points), self._note_of(entry), change_url(entry)) for entry in entries
        ]

    def list_of(self, page: str, **filters: Any) -> str:
        """The URL of a list with these filters."""
        only = {"contest": self.only} if self.only else {}
        return reverse(f"admin:{page}_changelist", query=only | filters)

    def _note_of(self, entry: Entry) -> str:
        return " · ".join(filter(None, [entry.name, "" if self.only else str(entry.contest)]))

    def _today(self, figure: str) -> str:
        return f"{number(self.figures.of_day(figure, self.figures.days[-1]).count)} today"

    def _chart(self, title: str, values: list[int], colour: str) -> Chart:
        days, most = self.figures.days, max(values)
        span = f"{title} from {_short(days[0])} to {_short(days[-1])}"
        description = f"{span}: {number(sum(values))} in total, at most {number(most)} per day."
        bars = {"label": title, "data": values, "backgroundColor": colour, "borderRadius": 3, "maxBarThickness": 28}
        return Chart(title, json.dumps({"labels": [_short(day) for day in days], "datasets": [bars]}), description)


def number(value: int | Decimal) -> str:
    """A figure, with at most two decimals."""
    return show_number(value, digits=None if value == int(value) else 2)


def _short(day: date) -> str:
    return formats.date_format(day, "j M")


# The look of the charts; charts.js sets the colours of their text to those of the page.
CHART_OPTIONS = json.dumps(
    {
        "animation": False,
        "locale": "en-US",
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
