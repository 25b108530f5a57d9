"""The command that a backup's drill runs on what it has restored."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

# Each with what it proves. A backup of the version before is upgraded.
CHECKS = {
    "migrate": "The tables are those of this version, or can be made so",
    "check_ledger": "Points, orders and ledger agree",
    "check_secrets": "The keys in the environment decrypt the stored secrets",
}


class Command(BaseCommand):
    help = (
        "Check a restored copy of the database: migrate it, then check_ledger and check_secrets. "
        "`manage.py backup_drill` does this."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        failed = [command for command, proves in CHECKS.items() if not self._passes(command, proves)]
        if failed:
            raise CommandError(f"Failed: {', '.join(failed)}.")

    def _passes(self, command: str, proves: str) -> bool:
        self.stdout.write(f"manage.py {command} ...")
        self.stdout.flush()
        try:
            call_command(command, verbosity=0, stdout=self.stdout, stderr=self.stderr)
        except CommandError as error:
            self.stderr.write(str(error))
            return False
        except SystemExit as end:
            return not end.code
        self.stdout.write(f"ok     {proves}")
        return True
