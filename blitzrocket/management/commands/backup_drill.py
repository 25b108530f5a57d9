"""The command that proves that the newest backup can be restored."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings

from blitzrocket.backup.drill import drill
from blitzrocket.backup.files import backups_in, read_backup
from blitzrocket.backup.programs import BackupError, values_of_url
from blitzrocket.management.backup_command import BackupCommand, moment


class Command(BackupCommand):
    help = (
        "Restore the newest backup of a folder aside, check it (tables, check_ledger, secrets), print the number of "
        "rows, and remove it. Exits with 1 if it cannot be relied on. A dump is restored into a database of its own on "
        "the server of DATABASE_URL, a base backup into a server of its own in the same folder."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backup", type=Path, help="the folder of backups, or one of them")
        parser.add_argument("--server", help="another server for a dump: postgresql://user:password@host/postgres")
        parser.add_argument("--wal", type=Path, help="for a base backup: replay the log of this folder too")
        parser.add_argument("--until", type=moment, help="up to this moment, such as 2026-11-27T14:30:00Z")

    def act(self, **options: Any) -> None:
        backup = self._backup(options["backup"])
        self.report(f"{backup.path.name}, of {backup.at:%Y-%m-%d %H:%M:%S} UTC, version {backup.details['version']}")
        values = values_of_url(options["server"]) if options["server"] else self.values()
        counts = drill(
            backup,
            values,
            manage=settings.BASE_DIR / "manage.py",
            wal=options["wal"],
            until=options["until"],
            report=self.report,
        )
        for table, rows in sorted(counts.items()):
            if rows:
                self.stdout.write(f"{rows:12,}  {table}")
        self.stdout.write(f"{backup.path} can be restored.")

    def _backup(self, path: Path) -> Any:
        if path.suffix:
            return read_backup(path)
        backups = backups_in(path)
        if not backups:
            raise BackupError(f"{path} has no backup: make one with `manage.py backup {path}`.")
        return backups[-1]
