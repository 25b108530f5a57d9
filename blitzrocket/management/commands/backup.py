"""The command that dumps the database into a folder."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings

from blitzrocket.backup.dumps import dump
from blitzrocket.backup.files import DUMP, remove_older
from blitzrocket.management.backup_command import BackupCommand, at_least_one


class Command(BackupCommand):
    help = (
        "Dump the database of DATABASE_URL into a folder, by pg_dump. Prints the file, which is whole. The keys of the "
        "environment (SECRET_KEY, STORE_SECRET_KEYS) are not in it: keep them too."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--keep", type=at_least_one, help="remove all dumps but so many of the newest")

    def act(self, **options: Any) -> None:
        path = dump(self.values(), options["folder"], settings.VERSION, self.report)
        if options["keep"]:
            self.say_removed(remove_older(options["folder"], DUMP, options["keep"]))
        self.say_done(path)
