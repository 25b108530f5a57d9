"""What the commands for backups have in common."""

import os
import signal
import sys
import time
from argparse import ArgumentTypeError
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from blitzrocket.backup.files import backups_in
from blitzrocket.backup.programs import BackupError, connection_values
from blitzrocket.datetimes import parse_rfc3339
from blitzrocket.text import plural

GIBIBYTE, MEBIBYTE = 1 << 30, 1 << 20


class BackupCommand(BaseCommand):
    """A command whose mistakes are sentences, and which cleans up when it is told to end."""

    requires_system_checks = []  # a restore begins with a database without tables

    def handle(self, *args: Any, **options: Any) -> None:
        self.started = time.monotonic()
        on_term = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
        mask = os.umask(0o077)  # a backup has personal data
        try:
            self.act(**options)
        except BackupError as error:
            raise CommandError(str(error)) from error
        finally:
            os.umask(mask)
            signal.signal(signal.SIGTERM, on_term)

    def act(self, **options: Any) -> None:
        """What a command of its own does.

        Raises:
            BackupError: it could not be done.
        """
        raise NotImplementedError

    def report(self, line: str) -> None:
        """Say on the error stream how far it is."""
        self.stderr.write(f"{time.monotonic() - self.started:7.1f} s  {line}", self.style.NOTICE)

    def values(self) -> dict[str, str]:
        """How to connect to the database of ``DATABASE_URL``."""
        return connection_values(settings.DATABASES["default"])

    def say_removed(self, paths: list[Path]) -> None:
        if paths:
            self.report(f"Removed {len(paths)} older {plural(len(paths), 'backup', 'backups')}")

    def say_done(self, path: Path) -> None:
        """Say on the output where a backup is, and how large."""
        (backup,) = [backup for backup in backups_in(path.parent) if backup.path == path]
        self.stdout.write(f"{path} ({size_text(backup.details['bytes'])}, {time.monotonic() - self.started:.1f} s)")


def size_text(size: int) -> str:
    return f"{size / GIBIBYTE:.1f} GiB" if size >= GIBIBYTE else f"{size / MEBIBYTE:.1f} MiB"


def at_least_one(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ArgumentTypeError("write a whole number, 1 or more")
    return int(text)


def moment(text: str) -> datetime:
    """A time with its zone, for `--until`."""
    at = parse_rfc3339(text)
    if at is None:
        raise ArgumentTypeError("write a time with its zone, such as 2026-11-27T14:30:00Z")
    return at
