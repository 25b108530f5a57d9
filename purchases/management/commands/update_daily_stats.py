"""The command that rolls up the daily stats, rebuilds them, or compares them with the rows."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from blitzrocket.days import start_of
from blitzrocket.text import plural
from contests.models import Contest
from purchases.stats import catch_up_all, prove, rebuild
from purchases.stats.rollup import BEGINNING

MAX_SHOWN = 20


def day(text: str) -> datetime:
    """The start of a day in UTC, from its date."""
    return start_of(datetime.strptime(text, "%Y-%m-%d").date())  # noqa: DTZ007  # a day has no time zone


class Command(BaseCommand):
    help = (
        "Update the dashboards' daily stats up to the last full hour. The background process (manage.py run_jobs) "
        "does this every minute."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="delete the stats and compute them again")
        parser.add_argument(
            "--prove", action="store_true", help="compare the stats with the rows; exit with 1 if any differs"
        )
        parser.add_argument("--contest", help="only this contest, with --rebuild or --prove")
        parser.add_argument("--since", type=day, default=BEGINNING, help="rebuild from this day on: 2026-11-22")

    def handle(self, *args: Any, **options: Any) -> None:
        contests = Contest.objects.order_by("pk")
        if options["contest"]:
            contests = contests.filter(pk=options["contest"])
        ids = list(contests.values_list("pk", flat=True))
        if options["contest"] and not ids:
            raise CommandError(f"There is no contest {options['contest']}.")
        if options["prove"]:
            self._prove(ids)
        elif options["rebuild"]:
            for contest_id in ids:
                rebuild(contest_id, options["since"])
            self.stdout.write(f"Rebuilt the stats of {len(ids)} {plural(len(ids), 'contest', 'contests')}.")
        else:
            catch_up_all()
            self.stdout.write("The stats are up to date.")

    def _prove(self, contest_ids: list[str]) -> None:
        faults = 0
        with transaction.atomic(), connection.cursor() as cursor:
            # Stats and rows are read as of one moment, while both go on changing.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            for contest_id in contest_ids:
                differences = prove(contest_id)
                faults += len(differences)
                for fault in differences[:MAX_SHOWN]:
                    self.stdout.write(
                        f"FAULT  {contest_id} {fault.figure}: stored {fault.stored}; expected {fault.expected}"
                    )
                if len(differences) > MAX_SHOWN:
                    self.stdout.write(f"       and {len(differences) - MAX_SHOWN} more")
        if faults:
            self.stderr.write(
                f"{faults} {plural(faults, 'fault', 'faults')}. Repair: manage.py update_daily_stats --rebuild"
            )
            raise SystemExit(1)
        self.stdout.write(f"ok     the stats of {len(contest_ids)} {plural(len(contest_ids), 'contest', 'contests')}")
