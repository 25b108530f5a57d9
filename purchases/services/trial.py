"""Trying rules on recorded purchases: what they would have given, and who would stand where. Nothing is changed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

import msgspec
from django.utils import timezone

from contests.models import Contest, Entry, Job, User
from contests.points import Award, Line, Rule, Terms
from contests.services import start_job
from contests.wording import plain
from purchases.services.again import Judge, JudgedAgain, Past, Period, count_of, past_purchases_of, taken_before
from purchases.services.standings import Standings

PERIODS = (7, 30, 90, 0)  # days; 0 stands for all


def period_of(contest_id: str, days: int, until: datetime) -> Period:
    """The purchases of so many days before a moment; with 0 days, all before it."""
    return Period(contest_id, until - timedelta(days=days) if days else None, until)


def start_trial(contest: Contest, terms: Terms, *, days: int, by: User | None) -> Job:
    """Have rules tried in the background; an earlier trial of the same person that is not over is ended for it."""
    for earlier in contest.jobs.open().filter(kind=Job.Kind.TRY_RULES, actor=by):
        earlier.cancel()
    content = msgspec.to_builtins(terms, builtin_types=(Decimal,))
    return start_job(Job.Kind.TRY_RULES, contest, by=by, terms=content, days=days)


def terms_of(job: Job) -> Terms:
    """The rules that a trial tries."""
    return msgspec.convert(job.params["terms"], Terms)


def try_rules(job: Job) -> None:
    """Work a trial off.

    Raises:
        JobStopped: it was cancelled.
    """
    period = period_of(job.contest_id, job.params["days"], timezone.now())
    trial = Trial(Judge(terms_of(job)), period)
    job.proceed(0, total=count_of(period))
    for pasts in past_purchases_of(period):
        trial.take(pasts)
        job.proceed(trial.purchases)
    job.finish(trial.result())


@dataclass(slots=True)
class OfRule:
    """What one rule gave, exactly, and to how many purchases: under the rules of then, and under those tried."""

    rule: Rule
    points_then: Decimal = Decimal(0)
    points_now: Decimal = Decimal(0)
    purchases_then: int = 0
    purchases_now: int = 0


@dataclass(slots=True)
class Trial:
    """The sums as they grow, entry by entry; never more in memory than a chunk and who may come in first."""

    judge: Judge
    period: Period
    purchases: int = 0
    changed: int = 0
    points_then: int = 0
    points_now: int = 0
    gaining: int = 0
    losing: int = 0
    rules: dict[str, OfRule] = field(default_factory=dict)
    standings: Standings = field(init=False)
    entry: Entry | None = None  # whose purchases are being taken
    difference: int = 0

    def __post_init__(self) -> None:
        self.standings = Standings(self.period.contest_id)
        self.rules = {rule.id: OfRule(rule) for rule in self.judge.terms.rules}

    def take(self, pasts: list[Past]) -> None:
        """The next purchases, entry by entry."""
        self.judge.learn(pasts)
        entries = Entry.objects.in_bulk({past.entry_id for past in pasts})
        self._seat([past for past in pasts if self.entry is None or past.entry_id != self.entry.pk])
        for entry_id, its in groupby(pasts, key=lambda past: past.entry_id):
            if self.entry is None or entry_id != self.entry.pk:
                self._close_entry()
                self.entry, self.difference = entries[entry_id], 0
            for judged in self.judge.judge_all(its):
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
        turns = self.judge.turns
        self.judge.turns = {pk: turns[pk] for pk in turns if self.entry is not None and pk == self.entry.pk}
        if self.judge.has_cap_per_entry and self.period.since is not None:
            self.judge.turns |= taken_before(self.period.contest_id, pasts)

    def _count(self, judged: JudgedAgain) -> None:
        self.purchases += 1
        self.changed += judged.difference != 0
        self.points_then += judged.past.points_now
        self.points_now += judged.points
        self.difference += judged.difference
        for line in _giving(judged.left_then):
            of_rule = self.rules.setdefault(line.rule.id, OfRule(line.rule))
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


def _row_of(of_rule: OfRule) -> dict[str, Any]:
    return {
        "rule": msgspec.to_builtins(of_rule.rule, builtin_types=(Decimal,)),
        "points_then": plain(of_rule.points_then),
        "points_now": plain(of_rule.points_now),
        "purchases_then": of_rule.purchases_then,
        "purchases_now": of_rule.purchases_now,
    }
