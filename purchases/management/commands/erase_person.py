"""The command that erases a person."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from blitzrocket.accounts.management.teams import add_team_argument, team_named
from blitzrocket.accounts.services.logins import StillMember
from blitzrocket.audit.context import AuditContext
from purchases.privacy.erasing import ImportRunning, NothingFound, PersonNamed, erase_person
from purchases.privacy.person import NoAddress, find_person
from purchases.privacy.records import all_records


class Command(BaseCommand):
    help = (
        "Erase a person's data in all contests of a team. Points, ledger and orders stay, without saying whose they "
        "are. It can't be undone. Without --confirm, it shows what would be erased."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="Email address, or phone number of an entry without one.")
        add_team_argument(parser)
        parser.add_argument("--reason", default="", help="For the activity log; it must not name the person.")
        parser.add_argument("--confirm", action="store_true", help="Erase it; else nothing is changed.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            person = find_person(team_named(options["team"]), options["address"])
            if options["confirm"]:
                audit = AuditContext(reason=options["reason"])
                counts = erase_person(person, audit=audit, progress=self._show)
            else:
                records = all_records(person, self._show)
                counts = records.counts() | {"other texts": records.other_texts()}
        except (NoAddress, NothingFound, PersonNamed, StillMember, ImportRunning) as error:
            raise CommandError(str(error)) from error
        for kind, count in counts.items():
            self.stdout.write(f"{count:>8} {kind}")
        self.stdout.write("Erased." if options["confirm"] else "Nothing was changed. To erase it, add --confirm.")

    def _show(self, table: str) -> None:
        self.stderr.write(f"Searching {table} …")
