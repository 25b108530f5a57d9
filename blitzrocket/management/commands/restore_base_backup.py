"""The command that makes a data folder for PostgreSQL of a base backup and the archived log."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from blitzrocket.backup.base_backups import prepare
from blitzrocket.backup.files import read_backup
from blitzrocket.management.backup_command import BackupCommand, moment


class Command(BackupCommand):
    help = (
        "Make a data folder of a base backup. PostgreSQL, started on it, replays the archived log up to --until, or to "
        "its end. Run it as the user that PostgreSQL runs as."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="a .base that `manage.py base_backup` has made")
        parser.add_argument("--into", type=Path, required=True, help="the new data folder, which has to be empty")
        parser.add_argument("--wal", type=Path, help="the folder that the server archives its write-ahead log into")
        parser.add_argument("--until", type=moment, help="the moment to go to, such as 2026-11-27T14:30:00Z")

    def act(self, **options: Any) -> None:
        self.report("Copying the base backup ...")
        prepare(read_backup(options["folder"]), options["into"], wal=options["wal"], until=options["until"])
        self.stdout.write(
            f"{options['into']} is ready. Start PostgreSQL on it: it replays the log, and then takes connections."
        )
