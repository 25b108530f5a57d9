"""Trying rules on recorded purchases: what they would have given, and who would stand where. Nothing is changed."""

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
    Past,
    Period,
    RescoredPurchase,
    Scorer,
    count_of,
    past_purchases_of,
    taken_before,
)

BACKTEST = "backtest"
DAYS_KEPT = 30
PERIODS = (7, 30, 90, 0)  # days; 0 stands for all


def period_of(contest_id: str, days: int, until: datetime) -> Period:
    """The purchases of so many days before a moment; with 0 days, all before it."""
    return Period(contest_id, until - timedelta(days=days) if days else None, until)


def start_backtest(contest: Contest, terms: Terms, *, days: int, by: User | None) -> Job:
    """Have rules tried in the background; an earlier trial of the same person that is not over is ended for it."""
    for earlier in Job.objects.open().filter(contest_id=contest.pk, kind=BACKTEST, actor=by):
        earlier.cancel()
    content = msgspec.to_builtins(terms, builtin_types=(Decimal,))
    return start_job(BACKTEST, contest, by=by, terms=content, days=days)


def terms_of(job: Job) -> Terms:
    """The rules that a trial tries."""
    return msgspec.convert(job.params["terms"], Terms)


@handler(BACKTEST, "Test", is_exclusive=False)
def backtest_rules(job: Job) -> None:
    """Work a trial off.

    Raises:
        JobStopped: it was cancelled.
    """
    period = period_of(job.contest_id, job.params["days"], timezone.now())
    trial = Backtest(Scorer(terms_of(job)), period)
    job.proceed(0, total=count_of(period))
    for pasts in past_purchases_of(period):
        trial.take(pasts)
        job.proceed(trial.purchases)
    job.finish(trial.result())


@chore(every=timedelta(hours=1))
def delete_old_backtests() -> int:
    """Delete backtests after `DAYS_KEPT` days; other jobs stay as the record of what they wrote."""
    before = timezone.now() - timedelta(days=DAYS_KEPT)
    count, _by_model = Job.objects.filter(kind=BACKTEST, created_at__lt=before).delete()
    return count


@dataclass(slots=True)
class RuleTotals:
    """What one rule gave, exactly, and to how many purchases: under the rules of then, and under those tried."""

    rule: Rule
    points_then: Decimal = Decimal(0)
    points_now: Decimal = Decimal(0)
    purchases_then: int = 0
    purchases_now: int = 0


@dataclass(slots=True)
class Backtest:
    """The sums as they grow, entry by entry; never more in memory than a chunk and who may come in first."""

    score: Scorer
    period: Period
    purchases: int = 0
    changed: int = 0
    points_then: int = 0
    points_now: int = 0
    gaining: int = 0
    losing: int = 0
    rules: dict[str, RuleTotals] = field(default_factory=dict)
    standings: LeaderboardProjection = field(init=False)
    entry: Entry | None = None  # whose purchases are being taken
    difference: int = 0

    def __post_init__(self) -> None:
        self.standings = LeaderboardProjection(self.period.contest_id)
        self.rules = {rule.id: RuleTotals(rule) for rule in self.score.terms.rules}

    def take(self, pasts: list[Past]) -> None:
        """The next purchases, entry by entry."""
        self.score.learn(self.period.contest_id, pasts)
        entries = Entry.objects.filter(contest=self.period.contest_id).in_bulk({past.entry_id for past in pasts})
        self._seat([past for past in pasts if self.entry is None or past.entry_id != self.entry.pk])
        for entry_id, its in groupby(pasts, key=lambda past: past.entry_id):
            if self.entry is None or entry_id != self.entry.pk:
                self._close_entry()
                self.entry, self.difference = entries[entry_id], 0
            for judged in self.score.judge_all(its):
                self._count(judged)

    def result(self) -> dict[str, Any]:
        """What came of it, as its job keeps it; people stand in it by their ids."""
        self._close_entry()
        return {
            "purchases": self.purchases,
            "changed": self.changed,
            "points_then": self.points_then,
            "points_now": self.points_now,
            "gaining": self.gaining,
            "losing": self.losing,
            "rules": [_row_of(rule) for rule in self.rules.values()],
            "places": list(self.standings.places(self.period)),
        }

    def _seat(self, pasts: list[Past]) -> None:
        """Forget the entries that are done, and look up what those that begin have from before the period."""
        turns = self.score.turns
        self.score.turns = {pk: turns[pk] for pk in turns if self.entry is not None and pk == self.entry.pk}
        if self.score.has_cap_per_entry and self.period.since is not None:
            self.score.turns |= taken_before(self.period.contest_id, pasts)

    def _count(self, judged: RescoredPurchase) -> None:
        self.purchases += 1
        self.changed += judged.difference != 0
        self.points_then += judged.past.points_now
        self.points_now += judged.points
        self.difference += judged.difference
        for line in _giving(judged.left_then):
            of_rule = self.rules.setdefault(line.rule.id, RuleTotals(line.rule))
            of_rule.points_then += line.points
            of_rule.purchases_then += 1
        for line in _giving(judged.left):
            of_rule = self.rules[line.rule.id]
            of_rule.points_now += line.points
            of_rule.purchases_now += 1

    def _close_entry(self) -> None:
        if self.entry is not None:
            self.gaining += self.difference > 0
            self.losing += self.difference < 0
            self.standings.take(self.entry, self.difference)


def _giving(award: Award) -> Iterable[Line]:
    return () if award.blocker else award.matched


def _row_of(of_rule: RuleTotals) -> dict[str, Any]:
    return {
        "rule": msgspec.to_builtins(of_rule.rule, builtin_types=(Decimal,)),
        "points_then": plain(of_rule.points_then),
        "points_now": plain(of_rule.points_now),
        "purchases_then": of_rule.purchases_then,
        "purchases_now": of_rule.purchases_now,
    }
