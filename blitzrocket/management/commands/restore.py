"""The command that restores a dump into an empty database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from blitzrocket.backup.dumps import restore
from blitzrocket.backup.files import DUMP, read_backup
from blitzrocket.backup.programs import BackupError
from blitzrocket.management.backup_command import BackupCommand


class Command(BackupCommand):
    help = (
        "Restore a dump into the database of DATABASE_URL, which has to be empty, by pg_restore: all of it or nothing. "
        "Run `manage.py migrate` and `check_ledger` afterwards."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a .dump that `manage.py backup` has made")

    def act(self, **options: Any) -> None:
        backup = read_backup(options["file"])
        if backup.kind != DUMP:
            raise BackupError(f"{backup.path} is a base backup: use `manage.py restore_base_backup`.")
        counts = restore(self.values(), backup, self.report)
        self.stdout.write(f"Restored {sum(counts.values()):,} rows of {len(counts)} tables.")
        self.stdout.write("Next: manage.py migrate, then check_ledger and check_secrets.")
