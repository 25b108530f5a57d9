"""The command that copies the files of the database's server into a folder."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings

from blitzrocket.backup.base_backups import base_backup
from blitzrocket.backup.files import BASE, remove_older
from blitzrocket.management.backup_command import BackupCommand, at_least_one


class Command(BackupCommand):
    help = (
        "Copy the files of the PostgreSQL server of DATABASE_URL into a folder, by pg_basebackup. With the write-ahead "
        "log that the server archives, `restore_base_backup` leads from it to any later moment."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--keep", type=at_least_one, help="remove all base backups but so many of the newest")

    def act(self, **options: Any) -> None:
        path = base_backup(self.values(), options["folder"], settings.VERSION, self.report)
        if options["keep"]:
            self.say_removed(remove_older(options["folder"], BASE, options["keep"]))
        self.say_done(path)
