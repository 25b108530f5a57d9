"""A PostgreSQL of the benchmark's own, with a database for each contender, and its client programs."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg

from bench.report import BenchError, say
from blitzrocket.devserver.embedded_postgres import DATABASE, ROLE, EmbeddedPostgres

# Everything else is as PostgreSQL comes. With these, no checkpoint falls into one contender's seconds by chance.
SETTINGS = {"max_wal_size": "8GB", "checkpoint_timeout": "1h", "shared_buffers": "512MB", "max_connections": "300"}
LEAVE_SECONDS = 30
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


class Database:
    """A running server; each contender has a database of its own on it."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server

    def url(self, name: str) -> str:
        return f"postgresql://{ROLE}@/{name}?host={quote(str(self._server.socket_folder), safe='')}"

    @property
    def folder(self) -> Path:
        """Where its data is."""
        return self._server.data_dir

    @property
    def postmaster(self) -> psutil.Process:
        """The server's first process, which all others end with."""
        return psutil.Process(int((self._server.cluster / "postmaster.pid").read_text().split()[0]))

    @property
    def cluster(self) -> Path:
        return self._server.cluster

    def control(self, *arguments: str) -> None:
        """Run pg_ctl and wait until it is done."""
        self._server._run("pg_ctl", "-D", str(self.cluster), "-w", *arguments)

    def revive(self) -> None:
        """Start the server if it does not answer."""
        self._server.revive()

    @property
    def log(self) -> Path:
        return self._server.folder / "log"

    def create(self, name: str, *, template: str = "template1") -> str:
        """Create a database, and return its URL; nothing may be connected to the template."""
        self.execute(DATABASE, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, name: str) -> None:
        self.execute(DATABASE, f'DROP DATABASE IF EXISTS "{name}"')

    def execute(self, name: str, *statements: str) -> None:
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def row(self, name: str, statement: str, values: dict[str, Any] | None = None) -> tuple[Any, ...]:
        """The only row of a query."""
        with psycopg.connect(self.url(name)) as connection:
            row = connection.execute(statement, values).fetchone()
        if row is None:
            raise BenchError(f"No row: {statement}")
        return tuple(row)

    def settings(self) -> dict[str, str]:
        """The server's version, and its settings that the figures depend on."""
        names = ("server_version", *DURABLE, *SETTINGS)
        return {name: self.row(DATABASE, f"SHOW {name}")[0] for name in names}

    def checkpoint(self) -> None:
        """Write what is changed, so that the set-up does not weigh on the first round."""
        self.execute(DATABASE, "CHECKPOINT")

    def require_durable(self) -> None:
        """Refuse to measure commits that are not on disk.

        Raises:
            BenchError: one of the settings is off.
        """
        for name in DURABLE:
            value = self.row(DATABASE, f"SHOW {name}")[0]
            if value != "on":
                raise BenchError(f"PostgreSQL's {name} is {value}: the figures would not be of durable commits.")

    def run(self, program: str, name: str, *arguments: str, seconds: float, options: str = "") -> str:
        """The output of a client program such as pgbench, on a contender's database."""
        environment = os.environ | {
            "PGHOST": str(self._server.socket_folder),
            "PGUSER": ROLE,
            "PGDATABASE": name,
            "PGOPTIONS": options,
        }
        result = subprocess.run(
            [str(self._server.binaries / program), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if result.returncode:
            raise BenchError(f"{program} failed:\n{result.stdout}{result.stderr}")
        return result.stdout

    def wait_until_left(self, program: str) -> None:
        """Wait until a program's connections have ended: the server counts their CPU time then.

        Raises:
            BenchError: something stays connected.
        """
        deadline = time.monotonic() + LEAVE_SECONDS
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %(program)s"
        while self.row(DATABASE, query, {"program": program})[0]:
            if time.monotonic() > deadline:
                raise BenchError(f"Connections of {program} stay open.")
            time.sleep(0.05)

    def cpu_seconds(self) -> float:
        """The CPU time that the server has used so far, with that of connections which are closed."""
        return cpu_seconds_of(self.postmaster.pid)


def cpu_seconds_of(pid: int) -> float:
    """The CPU time of a process and its children so far, with that of children that ended."""
    parent = psutil.Process(pid)
    times = parent.cpu_times()
    total = times.user + times.system + times.children_user + times.children_system
    for child in parent.children(recursive=True):
        try:
            own = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += own.user + own.system
    return float(total)


@contextmanager
def running_database(settings: Mapping[str, str] | None = None, folder: Path | None = None) -> Iterator[Database]:
    """Start a server with these settings too. Its data is in ``folder``, or in a new one that is removed at the end."""
    # /tmp may be memory, where a commit costs nothing.
    data_dir = folder or Path(tempfile.mkdtemp(prefix="blitzrocket-bench-", dir="/var/tmp"))
    data_dir.mkdir(parents=True, exist_ok=True)
    data_dir.chmod(0o711)  # PostgreSQL may run as another user
    server = EmbeddedPostgres(data_dir, report=say, settings=SETTINGS | dict(settings or {}))
    try:
        server.start()
        yield Database(server)
    finally:
        server.stop()
        if folder is None:
            shutil.rmtree(server.folder, ignore_errors=True)
            shutil.rmtree(data_dir, ignore_errors=True)
