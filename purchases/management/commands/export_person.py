"""The command that exports what a team stores of a person."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from blitzrocket.accounts.management.teams import add_team_argument, team_named
from blitzrocket.audit.context import AuditContext
from blitzrocket.strict_json import write
from purchases.privacy.export import export_person, record_export
from purchases.privacy.person import NoAddress, find_person

OWNER_ONLY = 0o600


class Command(BaseCommand):
    help = "Write all that a team stores of a person to a JSON file, which docs/privacy.md describes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="Email address, or phone number of an entry without one.")
        add_team_argument(parser)
        parser.add_argument("--output", required=True, help="The file to write; it must not exist.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            person = find_person(team_named(options["team"]), options["address"])
        except NoAddress as error:
            raise CommandError(str(error)) from error
        values = export_person(person, self._show)
        _write_new(Path(options["output"]), write(values))
        record_export(person, values, AuditContext())
        self.stdout.write(f"Written to {options['output']}.")

    def _show(self, table: str) -> None:
        self.stderr.write(f"Searching {table} …")


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read.

    Raises:
        CommandError: it exists, or its folder doesn't.
    """
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb") as file:
            file.write(content)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}.") from error
