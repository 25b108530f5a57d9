"""Files of a backup: never half of one under its name, and which of them is the newest."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from blitzrocket.backup.programs import BackupError

DUMP, BASE = "dump", "base"
UNFINISHED = ".unfinished"
_TIME = "%Y-%m-%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that is whole: a file (a dump) or a folder (a base backup), and what is known of it."""

    path: Path
    kind: str
    details: Mapping[str, Any]

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.details["finishedAt"])


def backups_in(folder: Path) -> list[Backup]:
    """The backups of a folder, the oldest first."""
    backups = [read_backup(path) for path in folder.glob("blitzrocket-*") if is_backup(path)]
    return sorted(backups, key=lambda backup: backup.at)


def is_backup(path: Path) -> bool:
    return path.suffix in (f".{DUMP}", f".{BASE}") and _about_file(path).exists()


def read_backup(path: Path) -> Backup:
    """The backup of this file or folder.

    Raises:
        BackupError: it is none, or not whole.
    """
    if not path.exists() or not is_backup(path):
        raise BackupError(
            f"{path} is no backup: name a file .{DUMP} or a folder .{BASE} that `manage.py backup` or `base_backup` "
            "has made, with the .json beside it."
        )
    return Backup(path, path.suffix.removeprefix("."), json.loads(_about_file(path).read_text(encoding="utf-8")))


def _free_name(folder: Path, kind: str) -> str:
    """The name of a backup that begins now; a later second where one of this second is there already."""
    moment = datetime.now(UTC)
    while (folder / (name := f"blitzrocket-{moment:{_TIME}}.{kind}")).exists():
        moment += timedelta(seconds=1)
    return name


@contextmanager
def new_backup(folder: Path, kind: str, details: dict[str, Any]) -> Iterator[Path]:
    """The path to write a backup to. It gets its name when all of it is on the disk, and is removed on a failure.

    What an ended process left unfinished is removed first.

    Raises:
        BackupError: the folder cannot be written to, or another backup began in the same second.
    """
    name = _free_name(folder, kind)
    path, unfinished = folder / name, folder / f"{name}{UNFINISHED}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        remove_unfinished(folder)
        lock = os.open(folder / f".{name}.lock", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise BackupError(f"Another backup to {path} has begun in the same second: try again.") from None
    except OSError as error:
        raise BackupError(f"{folder} cannot be written to: {error.strerror}.") from error
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield unfinished
        details["finishedAt"] = datetime.now(UTC).isoformat()
        _flush(unfinished)
        write_whole(_about_file(path), json.dumps(details, indent=1) + "\n")
        unfinished.rename(path)
        _flush(folder)
    except OSError as error:
        raise BackupError(f"{path} could not be written: {error.strerror}.") from error
    finally:
        remove(unfinished)
        remove(folder / f"{name}.json{UNFINISHED}")
        if not path.exists():
            _about_file(path).unlink(missing_ok=True)
        (folder / f".{name}.lock").unlink(missing_ok=True)
        os.close(lock)


def write_whole(path: Path, text: str) -> None:
    """Write a file that nobody ever sees half of."""
    unfinished = path.with_name(f"{path.name}{UNFINISHED}")
    unfinished.write_text(text, encoding="utf-8")
    _flush(unfinished)
    unfinished.rename(path)


def remove_unfinished(folder: Path) -> None:
    """Remove what processes left that were killed; one that still runs holds the lock."""
    for lock_file in folder.glob(".blitzrocket-*.lock"):
        with lock_file.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            name = lock_file.name.removeprefix(".").removesuffix(".lock")
            remove(folder / f"{name}{UNFINISHED}")
            remove(folder / f"{name}.json{UNFINISHED}")
            if not (folder / name).exists():
                _about_file(folder / name).unlink(missing_ok=True)
            lock_file.unlink(missing_ok=True)


def remove_older(folder: Path, kind: str, keep: int) -> list[Path]:
    """Remove all backups of a kind but the newest; returns their paths."""
    older = [backup.path for backup in backups_in(folder) if backup.kind == kind][:-keep]
    for path in older:
        _about_file(path).unlink()  # first: without it, what is left is no backup
        remove(path)
    return older


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def size_of(path: Path) -> int:
    """In bytes."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _about_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _flush(path: Path) -> None:
    """Have a file or the names in a folder on the disk before something else relies on them."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
