"""Fill a database with data for load tests."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from blitzrocket import strict_json
from blitzrocket.accounts.models import Team
from blitzrocket.devserver.load_data import Sizes, make_load_data
from contests.models import Contest, Entry, NameWord, PointTransaction
from purchases.models import Purchase, Refund, RejectedPurchase
from purchases.stats import rebuild, update_totals_of

TABLES = (Entry, NameWord, Purchase, PointTransaction, Refund, RejectedPurchase)


class Command(BaseCommand):
    help = (
        "Create a contest with millions of purchases, entries and held orders, for load tests. Prints its id and keys "
        "as JSON. 5,000,000 purchases take about 20 GB and a few minutes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--purchases", type=int, default=5_000_000)
        parser.add_argument("--entries", type=int, default=1_000_000)
        parser.add_argument("--held", type=int, default=1_000_000, help="orders on hold, waiting for an entry")
        parser.add_argument("--days", type=int, default=365, help="age of the oldest purchase in days")
        parser.add_argument("--seed", type=int, default=1, help="seed of the random orders")
        parser.add_argument("--team", default="Load test", help="name of the contest's team")
        parser.add_argument("--beside-other-teams", action="store_true", help="allow a database that already has teams")

    def handle(self, *args: Any, **options: Any) -> None:
        sizes = Sizes(**{name: options[name] for name in ("purchases", "entries", "held", "days")})
        if min(sizes.purchases, sizes.held) < 0 or min(sizes.entries, sizes.days) < 1:
            raise CommandError("Sizes must not be negative; entries and days must be at least 1.")
        if Team.objects.exists() and not options["beside_other_teams"]:
            raise CommandError(
                "This database has teams. Load data is for measuring: use an empty database, or add "
                "--beside-other-teams."
            )
        started = time.monotonic()
        load_data = make_load_data(sizes, team_name=options["team"], seed=options["seed"], progress=self._progress)
        self._progress("statistics of the tables ...")
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM (ANALYZE) {', '.join(model._meta.db_table for model in TABLES)}")
        self._progress("daily figures and totals ...")
        rebuild(load_data.contest_id, Contest.objects.get(pk=load_data.contest_id).created_at)
        update_totals_of(load_data.contest_id)
        self._progress(f"done in {time.monotonic() - started:.0f} s")
        self.stdout.write(
            strict_json.write(
                {
                    "contestId": load_data.contest_id,
                    "privateKey": load_data.private_key,
                    "publicKey": load_data.public_key,
                }
            ).decode()
        )

    def _progress(self, line: str) -> None:
        self.stderr.write(line)
