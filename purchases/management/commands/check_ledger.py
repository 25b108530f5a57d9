"""The command that checks entries and purchases against the ledger."""

import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InternalError

from blitzrocket.jobs.models import store_figure
from purchases.services.ledger_check import FIGURE, CheckedRule, check_rules

PROGRESS_SECONDS = 5.0


class Command(BaseCommand):
    help = (
        "Check that entries, purchases and ledger agree. Lists the faulty rows and exits with 1 if there are any. "
        "The background process (manage.py run_jobs) does this every LEDGER_CHECK_HOURS."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.shown_at = time.monotonic()
        faults = 0
        for checked in check_rules(report=self._progress):
            faults += checked.faults
            self._print(checked)
        self._store(faults)
        if faults:
            self.stderr.write(f"{faults} faults")
            raise SystemExit(1)

    def _print(self, checked: CheckedRule) -> None:
        self.stdout.write(f"{'FAULT' if checked.faults else 'ok   '}  {checked.rule}")
        for row_id, fault in checked.examples:
            self.stdout.write(f"       {row_id}: {fault}")
        if checked.faults > len(checked.examples):
            self.stdout.write(f"       and {checked.faults - len(checked.examples)} more")
        self.stdout.flush()
        self.shown_at = time.monotonic()

    def _progress(self, rule: str, done: int, total: int) -> None:
        """Say on the error stream, every few seconds, how many contests a rule is done with."""
        if done < total and time.monotonic() - self.shown_at > PROGRESS_SECONDS:
            self.stderr.write(f"       {done:,} of {total:,} contests: {rule}")
            self.shown_at = time.monotonic()

    def _store(self, faults: int) -> None:
        """Store the number for the metrics, unless this is a replica, where the check is as good."""
        try:
            store_figure(FIGURE, faults)
        except InternalError:
            self.stderr.write("The result is not stored for the metrics: this database is read-only.")
