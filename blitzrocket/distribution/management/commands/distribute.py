"""The command that spreads contests over several database servers."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from blitzrocket.distribution.checks import problems
from blitzrocket.distribution.placement import all_placements
from blitzrocket.distribution.steps import remaining_steps
from blitzrocket.postgres.spread_tables import SHARDS, has_citus, rows_of

MAX_SHARDS = 64_000


class Command(BaseCommand):
    help = (
        "Spread contests over the servers of a Citus cluster, or check that they are. Stop the service before. Run it "
        "again after an interruption: it does what is left."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_mutually_exclusive_group()
        acts.add_argument("--dry-run", action="store_true", help="Print the SQL that is left to do, and do nothing.")
        acts.add_argument(
            "--check", action="store_true", help="Say what is not where it belongs, and exit with 1 if there is any."
        )
        parser.add_argument(
            "--shards",
            type=int,
            default=SHARDS,
            help=f"Into how many parts contests are divided, {SHARDS} if left out. Servers cannot outnumber them.",
        )

    def handle(self, *args: Any, dry_run: bool, check: bool, shards: int, **options: Any) -> None:
        if not 1 <= shards <= MAX_SHARDS:
            raise CommandError(f"--shards is a whole number from 1 to {MAX_SHARDS}.")
        if check:
            self._check()
        elif dry_run:
            self._print_sql(shards)
        else:
            self._distribute(shards)

    def _check(self) -> None:
        all_problems = list(problems(all_placements()))
        for problem in all_problems:
            self.stdout.write(problem)
        if all_problems:
            raise SystemExit(1)
        self.stdout.write("Every table is where it belongs.")

    def _print_sql(self, shards: int) -> None:
        for step in remaining_steps(all_placements(), shards=shards):
            statements = "\n".join(f"{statement};" for statement in step.statements)
            self.stdout.write(f"-- {step.about}\nBEGIN;\n{statements}\nCOMMIT;\n")

    def _distribute(self, shards: int) -> None:
        self._refuse_unless_ready()
        steps = list(remaining_steps(all_placements(), shards=shards))
        for number, step in enumerate(steps, 1):
            self.stdout.write(f"{number}/{len(steps)}  {step.about}")
            with transaction.atomic(), connection.cursor() as cursor:
                for statement in step.statements:
                    cursor.execute(statement)
        self.stdout.write("Every table is where it belongs." if steps else "Nothing is left to do.")

    def _refuse_unless_ready(self) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise CommandError("Migrations are missing in this database: run manage.py migrate before.")
        if not has_citus():
            raise CommandError("This database has no Citus: run CREATE EXTENSION citus in it on every server.")
        if rows_of("SELECT count(*) FROM pg_dist_node WHERE groupid = 0") == [(0,)]:
            raise CommandError(
                "The coordinator is not part of its cluster: run SELECT citus_set_coordinator_host('its address')."
            )
