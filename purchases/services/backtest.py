"""Backtests: the points and places that draft rules would have given for recorded purchases. Nothing is changed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

import msgspec
from django.utils import timezone

from blitzrocket.accounts.models import User
from blitzrocket.jobs.chores import chore
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import start_job
from blitzrocket.jobs.registry import handler
from contests.models import Contest, Entry
from contests.rule_text import plain
from contests.scoring import Award, Line, Rule, Terms
from purchases.services.leaderboard_projection import LeaderboardProjection
from purchases.services.rescoring import (
    Period,
    RescoredPurchase,
    Scorer,
    StoredPurchase,
    count_purchases_of,
    histories_before,
    purchases_of,
)

BACKTEST = "backtest"
DAYS_KEPT = 30
PERIODS = (7, 30, 90, 0)  # days; 0 stands for all


def period_of(contest_id: str, days: int, until: datetime) -> Period:
    """The purchases of the ``days`` before ``until``; with 0 days, all before it."""
    return Period(contest_id, until - timedelta(days=days) if days else None, until)


def start_backtest(contest: Contest, terms: Terms, *, days: int, by: User | None) -> Job:
    """Start a backtest in the background. An unfinished one of the same user and contest is cancelled."""
    for earlier in Job.objects.open().filter(contest_id=contest.pk, kind=BACKTEST, actor=by):
        earlier.cancel()
    content = msgspec.to_builtins(terms, builtin_types=(Decimal,))
    return start_job(BACKTEST, contest, by=by, terms=content, days=days)


def terms_of(job: Job) -> Terms:
    """The rules that a backtest scores by."""
    return msgspec.convert(job.params["terms"], Terms)


@handler(BACKTEST, "Test", is_exclusive=False)
def backtest_rules(job: Job) -> None:
    """Run a backtest.

    Raises:
        JobStopped: it was cancelled.
    """
    period = period_of(job.contest_id, job.params["days"], timezone.now())
    backtest = Backtest(Scorer(terms_of(job)), period)
    job.proceed(0, total=count_purchases_of(period))
    for purchases in purchases_of(period):
        backtest.add(purchases)
        job.proceed(backtest.purchases)
    job.finish(backtest.result())


@chore(every=timedelta(hours=1))
def delete_old_backtests() -> int:
    """Delete backtests after `DAYS_KEPT` days; other jobs stay as the record of what they wrote."""
    before = timezone.now() - timedelta(days=DAYS_KEPT)
    count, _by_model = Job.objects.filter(kind=BACKTEST, created_at__lt=before).delete()
    return count


@dataclass(slots=True)
class RuleTotals:
    """The points of one rule, before rounding and caps, and its purchases: by the current rules and by the draft."""

    rule: Rule
    points_before: Decimal = Decimal(0)
    points_after: Decimal = Decimal(0)
    purchases_before: int = 0
    purchases_after: int = 0


@dataclass(slots=True)
class Backtest:
    """Adds up a backtest entry by entry, with at most a chunk of purchases and the first places in memory."""

    scorer: Scorer
    period: Period
    purchases: int = 0
    changed: int = 0
    points_before: int = 0
    points_after: int = 0
    entries_up: int = 0
    entries_down: int = 0
    rules: dict[str, RuleTotals] = field(default_factory=dict)
    leaderboard: LeaderboardProjection = field(init=False)
    entry: Entry | None = None  # of the purchases that are being added
    difference: int = 0

    def __post_init__(self) -> None:
        self.leaderboard = LeaderboardProjection(self.period.contest_id)
        self.rules = {rule.id: RuleTotals(rule) for rule in self.scorer.terms.rules}

    def add(self, purchases: list[StoredPurchase]) -> None:
        """Add the next purchases, which come entry by entry."""
        self.scorer.load_rule_sets(self.period.contest_id, purchases)
        entries = Entry.objects.filter(contest=self.period.contest_id).in_bulk(
            {purchase.entry_id for purchase in purchases}
        )
        self._load_histories([purchase for purchase in purchases if not self._is_current(purchase.entry_id)])
        for entry_id, own in groupby(purchases, key=lambda purchase: purchase.entry_id):
            if not self._is_current(entry_id):
                self._close_entry()
                self.entry, self.difference = entries[entry_id], 0
            for rescored in self.scorer.score_all(own):
                self._count(rescored)

    def result(self) -> dict[str, Any]:
        """The result as the job stores it. Entries are named by their ids only, because people can be erased."""
        self._close_entry()
        return {
            "purchases": self.purchases,
            "changed": self.changed,
            "points_before": self.points_before,
            "points_after": self.points_after,
            "entries_up": self.entries_up,
            "entries_down": self.entries_down,
            "rules": [_row_of(rule) for rule in self.rules.values()],
            "places": list(self.leaderboard.places(self.period)),
        }

    def _is_current(self, entry_id: str) -> bool:
        return self.entry is not None and entry_id == self.entry.pk

    def _load_histories(self, purchases: list[StoredPurchase]) -> None:
        """Drop the histories of finished entries; read those of new ones from before the period."""
        histories = self.scorer.histories
        self.scorer.histories = {pk: histories[pk] for pk in histories if self._is_current(pk)}
        if self.scorer.has_cap_per_entry and self.period.since is not None:
            self.scorer.histories |= histories_before(self.period.contest_id, purchases)

    def _count(self, rescored: RescoredPurchase) -> None:
        self.purchases += 1
        self.changed += rescored.difference != 0
        self.points_before += rescored.purchase.points_now
        self.points_after += rescored.points
        self.difference += rescored.difference
        for line in _matched_lines(rescored.current_award):
            totals = self.rules.setdefault(line.rule.id, RuleTotals(line.rule))
            totals.points_before += line.points
            totals.purchases_before += 1
        for line in _matched_lines(rescored.new_award):
            totals = self.rules[line.rule.id]
            totals.points_after += line.points
            totals.purchases_after += 1

    def _close_entry(self) -> None:
        if self.entry is not None:
            self.entries_up += self.difference > 0
            self.entries_down += self.difference < 0
            self.leaderboard.add(self.entry, self.difference)


def _matched_lines(award: Award) -> Iterable[Line]:
    return () if award.blocker else award.matched


def _row_of(totals: RuleTotals) -> dict[str, Any]:
    return {
        "rule": msgspec.to_builtins(totals.rule, builtin_types=(Decimal,)),
        "points_before": plain(totals.points_before),
        "points_after": plain(totals.points_after),
        "purchases_before": totals.purchases_before,
        "purchases_after": totals.purchases_after,
    }
