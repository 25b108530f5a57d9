"""A base backup and the archived log lead to any moment in between; the drill proves it on a server of its own."""

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from blitzrocket.backup.base_backups import base_backup, prepare, scratch_server, why_it_ended
from blitzrocket.backup.drill import drill
from blitzrocket.backup.files import read_backup
from blitzrocket.backup.programs import BackupError
from blitzrocket.devserver.embedded_postgres import DATABASE, ROLE, EmbeddedPostgres
from tests.prepared import new_folder
from tests.prepared import prepare as prepare_cluster
from tests.programs import ROOT, Programs

RECORD = """
from tests.support import make_shop, record
import sys
shop = make_shop()
for number in range(int(sys.argv[1])):
    record(shop)
"""


class Installation:
    """A server that archives its log, and a folder for backups that PostgreSQL's user owns."""

    def __init__(self, folder: Path, programs: Programs) -> None:
        self.folder, self.programs = folder, programs
        self.wal, self.backups = folder / "wal", folder / "backups"
        archive = {"archive_mode": "on", "archive_command": f"cp %p {self.wal}/%f"}
        self.server = EmbeddedPostgres(folder / "data", report=discard, settings=archive)
        prepare_cluster(self.server)
        for path in (self.wal, self.backups):
            path.mkdir(mode=0o700)
            if self.server.user is not None:
                shutil.chown(path, self.server.user)
        self.server.start()
        self.values = {"host": str(self.server.socket_folder), "user": ROLE, "dbname": DATABASE}

    def record(self, count: int) -> None:
        environment = os.environ | {"DATABASE_URL": self.server.url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        code = f"import django; django.setup()\n{RECORD}"
        done = self.programs.run(["-c", code, str(count)], environment)
        assert done.returncode == 0, done.stderr

    def archive(self) -> None:
        """Have the log archived up to now."""
        with psycopg.connect(**self.values, autocommit=True) as connection:  # type: ignore[arg-type]
            (name,) = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone() or ("",)
        deadline = time.monotonic() + 60
        while not (self.wal / name).exists():
            assert time.monotonic() < deadline, f"{name} is not archived"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def installation(programs: Programs) -> Iterator[Installation]:
    with new_folder() as folder, pytest.MonkeyPatch.context() as patch:
        installation = Installation(folder, programs)
        patch.setenv("PATH", f"{installation.server.binaries}{os.pathsep}{os.environ['PATH']}")
        try:
            yield installation
        finally:
            installation.server.stop()
            shutil.rmtree(installation.server.folder, ignore_errors=True)


def discard(line: str) -> None:
    """Progress that a test does not look at."""


def orders_at(installation: Installation, *, wal: Path | None, until: datetime | None = None) -> int:
    (path,) = installation.backups.glob("*.base")
    with (
        scratch_server(read_backup(path), ROLE, wal=wal, until=until, report=discard) as values,
        psycopg.connect(**values) as connection,  # type: ignore[arg-type]
    ):
        (count,) = connection.execute("SELECT count(*) FROM purchases_purchase").fetchone() or (0,)
    return int(count)


def test_a_moment_between_two_orders_is_restored_and_the_ledger_agrees(installation: Installation) -> None:
    report_lines: list[str] = []
    installation.record(2)
    path = base_backup(installation.values, installation.backups, "1.0.0", discard)
    installation.record(3)
    between = datetime.now(UTC)
    installation.record(4)
    installation.archive()
    backup, manage = read_backup(path), ROOT / "manage.py"
    values, wal = installation.values, installation.wal
    counts = drill(backup, values, manage=manage, wal=wal, until=between, report=report_lines.append)
    assert (counts["purchases_purchase"], counts["contests_pointtransaction"]) == (5, 5)
    assert "ok     Points, orders and ledger agree" in report_lines
    assert orders_at(installation, wal=wal) == 9
    assert orders_at(installation, wal=None) == 2
    assert [entry for entry in installation.backups.iterdir() if "drill" in entry.name] == []


def test_the_drill_uses_nothing_of_the_real_servers_place(installation: Installation) -> None:
    """Its port, paths, group and memory are in the copied configuration, where that lies beside the data."""
    path = next(installation.backups.glob("*.base"))
    pid_file = installation.folder / "real.pid"
    real = f"""
        port = 5499
        external_pid_file = '{pid_file}'
        data_directory = '{installation.server.folder}'
        unix_socket_group = 'of_nobody'
        shared_buffers = '900GB'
        huge_pages = on
    """
    with (path / "postgresql.conf").open("a") as configuration:
        configuration.write(real)
    assert orders_at(installation, wal=installation.wal) == 9
    assert not pid_file.exists()


def test_a_moment_that_cannot_be_reached_is_a_sentence(installation: Installation) -> None:
    backup = read_backup(next(installation.backups.glob("*.base")))
    with pytest.raises(BackupError, match="name an older one"):
        prepare(backup, installation.folder / "new", wal=installation.wal, until=backup.at - timedelta(seconds=1))
    with pytest.raises(BackupError, match="--until is possible with --wal only"):
        prepare(backup, installation.folder / "new", wal=None, until=datetime.now(UTC))
    with pytest.raises(BackupError, match="is not empty: name a new folder"):
        prepare(backup, installation.backups, wal=None, until=None)
    with pytest.raises(BackupError, match="recovery ended before configured recovery target was reached"):
        orders_at(installation, wal=installation.wal, until=datetime.now(UTC) + timedelta(hours=1))


ENDED = """\
2026-11-27 04:20:10.233 UTC [13] startup LOG:  redo starts at 0/2000028
2026-11-27 04:20:10.249 UTC [96] client backend FATAL:  the database system is not accepting connections
2026-11-27 04:20:10.249 UTC [96] client backend DETAIL:  Hot standby mode is disabled.
cp: cannot stat '/wal/000000010000000000000004': No such file or directory
2026-11-27 04:20:10.362 UTC [13] startup FATAL:  recovery ended before configured recovery target was reached
2026-11-27 04:20:10.363 UTC [6] postmaster LOG:  startup process (PID 13) exited with exit code 1
2026-11-27 04:20:10.364 UTC [97] client backend FATAL:  the database system is in recovery mode
2026-11-27 04:20:10.365 UTC [98] dead-end client backend FATAL:  the database system is shutting down
2026-11-27 04:20:10.390 UTC [6] postmaster LOG:  database system is shut down
"""


@pytest.mark.parametrize(
    ("log", "why"),
    [
        (ENDED, "FATAL:  recovery ended before configured recovery target was reached"),
        ("2026-11-27 04:20:10.2 GMT [6] postmaster PANIC:  could not write", "PANIC:  could not write"),
        (
            "2026-11-27 04:20:10.2 UTC [6] postmaster LOG:  starting\npostgres: no such program",
            "postgres: no such program",
        ),
        ("", "its log is empty"),
    ],
)
def test_a_server_that_ended_says_why_and_not_what_it_answered_to_connections(log: str, why: str) -> None:
    assert why_it_ended(log) == why


def test_a_base_backup_of_another_version_is_not_started(installation: Installation) -> None:
    backup = read_backup(next(installation.backups.glob("*.base")))
    older = replace(backup, details={**backup.details, "postgresql": 15})
    with (
        pytest.raises(BackupError, match="is of PostgreSQL 15, and the programs on PATH are of 18"),
        scratch_server(older, ROLE, wal=None, until=None, report=discard),
    ):
        pass
