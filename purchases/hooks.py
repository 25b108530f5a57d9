"""Registers callbacks of entries and of their imports with lower apps, and imports the handlers of jobs and the chores.

What only the admin needs is registered where the admin imports it: links in `admin/menu.py`, results of jobs beside
their pages.
"""

from collections.abc import Collection, Iterable

from contests import ledger
from contests.imports.entry_use import entry_usage_checks
from contests.imports.revert import when_removed
from contests.models import Contest
from contests.services.entries import when_created, when_reachable
from purchases import gauges
from purchases.imports import revert, services
from purchases.models import Purchase
from purchases.outgoing import chores, sending
from purchases.privacy import jobs
from purchases.services import backtest, ledger_check, outbox, recalculation_jobs, retention
from purchases.services.release import release_reachable
from purchases.stats import reset_stats, totals
from purchases.stores import interrupted, retry

# Imported for what they register: handlers of jobs, chores, and gauges.
__all__ = [
    "backtest",
    "chores",
    "gauges",
    "interrupted",
    "jobs",
    "ledger_check",
    "recalculation_jobs",
    "retention",
    "retry",
    "revert",
    "sending",
    "services",
    "totals",
]


def entries_with_purchases(contest: Contest, entry_ids: Collection[str]) -> Iterable[str]:
    """The ids of those entries that have purchases, also voided ones; an undone import keeps these entries."""
    return Purchase.objects.filter(contest=contest, entry__in=entry_ids).values_list("entry_id", flat=True)


def connect() -> None:
    """Register the callbacks; called once, when all models are loaded."""
    when_reachable.append(release_reachable)
    when_removed.append(reset_stats)
    when_created.append(outbox.add_entry)
    ledger.when_posted.append(outbox.add_lines)
    entry_usage_checks.append(entries_with_purchases)
