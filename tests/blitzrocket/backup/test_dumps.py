"""A dump is whole or not there, is restored into an empty database alone, and the drill finds what is wrong with it."""

import fcntl
import json
import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from blitzrocket.backup.drill import SCRATCH
from blitzrocket.backup.files import backups_in
from blitzrocket.backup.programs import BackupError, environment_of, program, url_of, values_of_url
from blitzrocket.devserver.embedded_postgres import EmbeddedPostgres
from contests.models import Entry
from faults.disk import small_disk
from purchases.stores.connections import create_connection
from tests.programs import forking_programs
from tests.releases.database import new_database
from tests.support import make_shop, record, test_database_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _programs_of_the_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    programs = EmbeddedPostgres(tmp_path / "unused").binaries
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The commands take the test's database for that of ``DATABASE_URL``."""
    own = connection.settings_dict
    names = ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
    database = {name: own[name] for name in names}
    monkeypatch.setitem(settings.DATABASES, "default", database)
    return database


def manage(command: str, *arguments: object) -> str:
    out = StringIO()
    call_command(command, *map(str, arguments), stdout=out, stderr=out)
    return out.getvalue()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_dump_restores_into_an_empty_database_alone(database: dict[str, Any], folder: Path) -> None:
    record(make_shop())
    manage("backup", folder)
    (backup,) = backups_in(folder)
    assert backup.path.stat().st_mode & 0o077 == 0, "others can read it"
    assert (backup.details["rows"]["purchases_purchase"], backup.details["version"]) == (1, "1.0.0")
    with pytest.raises(CommandError, match=r"is not empty: it has \d+ tables, such as accounts_"):
        manage("restore", backup.path)
    with new_database(test_database_url(), "restored_dump") as url:
        database["NAME"] = "restored_dump"
        assert "Next: manage.py migrate" in manage("restore", backup.path)
        with psycopg.connect(url) as restored:
            assert restored.execute("SELECT count(*) FROM contests_pointtransaction").fetchone() == (1,)


def test_a_dump_restores_where_an_extension_is_not_installed(database: dict[str, Any], folder: Path) -> None:
    with psycopg.connect(test_database_url(), autocommit=True) as server:
        server.execute("CREATE EXTENSION pageinspect")
        try:
            manage("backup", folder)
        finally:
            server.execute("DROP EXTENSION pageinspect")
    with new_database(test_database_url(), "restored_dump") as url:
        database["NAME"] = "restored_dump"
        manage("restore", backups_in(folder)[0].path)
        with psycopg.connect(url) as restored:
            assert restored.execute("SELECT extname FROM pg_extension").fetchall() == [("plpgsql",)]


def test_old_dumps_are_removed_once_a_new_one_is_whole(database: dict[str, Any], folder: Path) -> None:
    first = Path(manage("backup", folder).splitlines()[-1].partition(" (")[0])
    for number in range(2):
        for path in (first, first.with_name(f"{first.name}.json")):
            copy = path.with_name(path.name.replace("blitzrocket-20", f"blitzrocket-{number}9"))
            copy.write_bytes(path.read_bytes().replace(b'"finishedAt": "20', f'"finishedAt": "1{number}'.encode()))
    assert len(backups_in(folder)) == 3
    with pytest.raises(CommandError), limited_files(1000):
        manage("backup", folder, "--keep", 1)
    assert len(backups_in(folder)) == 3
    manage("backup", folder, "--keep", 2)
    assert [backup.path >= first for backup in backups_in(folder)] == [True, True]


def test_a_full_disk_leaves_nothing_and_is_named(database: dict[str, Any]) -> None:
    """A disk in memory with room for a part of the dump."""
    with small_disk() as disk:
        if not disk.is_mounted:
            pytest.skip("this process may not mount file systems")
        folder = disk.folder / "backups"
        disk._resize(1 << 17)
        with pytest.raises(CommandError, match=r"pg_dump failed: .*No space left on device"):
            manage("backup", folder)
        assert names_in(folder) == []


def test_a_program_that_is_killed_leaves_nothing_and_is_named(database: dict[str, Any], folder: Path) -> None:
    with pytest.raises(CommandError, match="pg_dump failed: it was ended by SIGXFSZ"), limited_files(10_000):
        manage("backup", folder)
    assert names_in(folder) == []


@contextmanager
def limited_files(size: int) -> Iterator[None]:
    """The system ends what writes a larger file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_a_killed_process_left_is_no_backup_and_is_removed(database: dict[str, Any], folder: Path) -> None:
    folder.mkdir()
    killed, running = "blitzrocket-2026-11-27T010000Z.dump", "blitzrocket-2026-11-27T020000Z.dump"
    for name in (killed, running):
        (folder / f"{name}.unfinished").write_text("half")
        (folder / f"{name}.json").write_text("{}")
    (folder / f".{killed}.lock").touch()
    with (folder / f".{running}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert backups_in(folder) == []
        with pytest.raises(CommandError, match="has no backup: make one with"):
            manage("backup_drill", folder)
        with pytest.raises(CommandError, match="is no backup"):
            manage("restore", folder / f"{killed}.unfinished")
        manage("backup", folder)
        assert len(backups_in(folder)) == 1
        assert not any(name.startswith((killed, f".{killed}")) for name in names_in(folder))
        assert f"{running}.unfinished" in names_in(folder)


def test_an_interrupted_restore_leaves_the_database_empty(database: dict[str, Any], folder: Path) -> None:
    record(make_shop())
    manage("backup", folder)
    (backup,) = backups_in(folder)
    content = backup.path.read_bytes()
    backup.path.write_bytes(content[: len(content) * 2 // 3])
    with new_database(test_database_url(), "half_restored") as url:
        database["NAME"] = "half_restored"
        with pytest.raises(CommandError, match="pg_restore failed"):
            manage("restore", backup.path)
        with psycopg.connect(url) as restored:
            assert restored.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


@pytest.mark.parametrize("command", ["backup", "base_backup"])
def test_programs_older_than_the_server_are_refused(
    database: dict[str, Any], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    for name in ("pg_dump", "pg_basebackup"):
        old = tmp_path / "old" / name
        old.parent.mkdir(exist_ok=True)
        old.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) 15.4 (Debian)'\n")
        old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(CommandError, match=r"is of PostgreSQL 15 and the server of 18: put the programs"):
        manage(command, folder)
    assert names_in(folder) == []


def test_a_dump_of_a_newer_version_is_refused(database: dict[str, Any], folder: Path) -> None:
    manage("backup", folder)
    (details_file,) = folder.glob("*.json")
    details_file.write_text(json.dumps(json.loads(details_file.read_text()) | {"postgresql": 99}))
    with new_database(test_database_url(), "too_new"):
        database["NAME"] = "too_new"
        with pytest.raises(CommandError, match="is of PostgreSQL 99, which pg_restore on PATH is too old to read"):
            manage("restore", details_file.with_suffix(""))


def test_missing_programs_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackupError, match="pg_nothing is not on PATH"):
        program("pg_nothing")


def test_a_folder_that_cannot_be_written_to_is_named(database: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="file/backups cannot be written to: Not a directory"):
        manage("backup", tmp_path / "file" / "backups")


def test_a_password_is_in_no_argument() -> None:
    values = {
        "host": "db.example.com",
        "user": "shop",
        "password": "p@ss:/word",
        "dbname": "points",
        "sslmode": "require",
    }
    environment = environment_of(values)
    assert (environment["PGPASSWORD"], environment["PGSSLMODE"]) == ("p@ss:/word", "require")
    assert values_of_url(url_of(values)) == values


def drill(folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    own = {"DATABASE_URL": test_database_url(), "STORE_SECRET_KEYS": "the key of the drill"}
    return forking_programs().run(["manage.py", "backup_drill", str(folder)], os.environ | own | environment)


def test_the_drill_proves_a_dump_and_finds_a_missing_key_and_a_fault(
    database: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "STORE_SECRET_KEYS", ["the key of the drill"])
    shop = make_shop()
    record(shop)
    create_connection(shop.contest, kind="shopify", name="Shop", secret="shpss_5d41402abc4b2a76")
    manage("backup", folder)
    with psycopg.connect(test_database_url(), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {SCRATCH}abandoned")
    done = drill(folder)
    assert done.returncode == 0, done.stderr
    assert "           1  purchases_purchase\n" in done.stdout
    assert "ok     Points, orders and ledger agree" in done.stderr
    assert "Dropping blitzrocket_drill_abandoned" in done.stderr
    Entry.objects.update(points=7)
    manage("backup", folder, "--keep", 1)
    wrong = drill(folder, STORE_SECRET_KEYS="another key than that")
    assert wrong.returncode == 1
    for problem in ("points 7, ledger 50", "No key in the environment fits", "Failed: check_ledger, check_secrets."):
        assert problem in wrong.stderr
    with psycopg.connect(test_database_url()) as server:
        left = server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [SCRATCH]).fetchall()
    assert left == []
