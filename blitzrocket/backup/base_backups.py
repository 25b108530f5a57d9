"""Base backups: a whole server's files by pg_basebackup, and a server of any later moment made of them and of its log.

The server archives its write-ahead log into a folder by itself (``archive_command``); replayed on top of a base backup,
it leads to any moment since then.
"""

import os
import re
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from blitzrocket.backup.dumps import Values, connect
from blitzrocket.backup.files import BASE, Backup, new_backup, size_of
from blitzrocket.backup.programs import (
    BackupError,
    Report,
    environment_of,
    major_version_of,
    require_version,
    run,
    server_version,
)

START_SECONDS = 24 * 3600  # replaying a week of a busy server's log takes hours
TELL_SECONDS = 10.0
WAIT_SECONDS = 0.2
LOG_LINE_PREFIX = "%m [%p] %b "  # with the type of the process
CLIENT = "client backend"  # the type of those that answer to connections, also of "dead-end client backend"
_end_of_a_process = re.compile(r"\S+ \S+ \S+ \[\d+\] (?P<process>.+?) (?P<message>(?:FATAL|PANIC): .+)")
PORT = "5432"  # of a server for a drill: only the name of its socket in a folder of its own


def base_backup(values: Values, folder: Path, version: str, report: Report) -> Path:
    """Copy a server's files into a folder, and check the copy by its checksums.

    Raises:
        BackupError: pg_basebackup is missing, older than the server, not allowed to, or failed.
    """
    details: dict[str, Any] = {"kind": BASE, "version": version, "database": values["dbname"]}
    with connect(values) as server, new_backup(folder, BASE, details) as path:
        details["postgresql"] = server_version(server)
        require_version("pg_basebackup", details["postgresql"])
        details["startedAt"] = datetime.now(UTC).isoformat()
        options = ["--format=plain", "--wal-method=stream", "--checkpoint=fast", "--verbose", "--progress"]
        environment = environment_of(values)
        run("pg_basebackup", *options, f"--pgdata={path}", environment=environment, report=report)
        report("Checking the copy ...")
        run("pg_verifybackup", "--quiet", str(path), environment=environment)
        details["bytes"] = size_of(path)
    return path.with_suffix("")


def prepare(backup: Backup, into: Path, *, wal: Path | None, until: datetime | None) -> None:
    """Make a data folder for PostgreSQL of a base backup: started on it, PostgreSQL replays its log up to that time.

    Raises:
        BackupError: the folder is not empty, the time is before the end of the backup, or there is no log to replay.
    """
    if backup.kind != BASE:
        raise BackupError(f"{backup.path.name} is a dump: name a base backup (.{BASE}), for another moment.")
    if until is not None and until < backup.at:
        raise BackupError(
            f"--until is {until.isoformat()}, and {backup.path.name} is of {backup.at.isoformat()}: name an older one."
        )
    if until is not None and wal is None:
        raise BackupError("--until is possible with --wal only: the folder that the server archives its log into.")
    if wal is not None and not wal.is_dir():
        raise BackupError(f"{wal} is no folder: name the one that the server archives its write-ahead log into.")
    if into.exists() and any(into.iterdir()):
        raise BackupError(f"{into} is not empty: name a new folder.")
    shutil.copytree(backup.path, into, dirs_exist_ok=True, symlinks=True)
    into.chmod(0o700)
    (into / "postgresql.conf").touch()  # Debian keeps it elsewhere
    with (into / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
        settings.write("".join(f"{name} = {_quoted(value)}\n" for name, value in _recovery(wal, until).items()))
    (into / "recovery.signal").touch()


def _recovery(wal: Path | None, until: datetime | None) -> dict[str, str]:
    """The settings that say what is replayed. With nothing to replay, the log in the backup is enough."""
    copy = f"cp {shlex.quote(str(wal.absolute()))}/%f %p" if wal is not None else "false"
    target = {"recovery_target_time": until.isoformat()} if until is not None else {}
    return {"restore_command": copy, "recovery_target_action": "promote"} | target


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


@contextmanager
def scratch_server(
    backup: Backup, role: str, *, wal: Path | None, until: datetime | None, report: Report
) -> Iterator[Values]:
    """A server of a base backup that only this process reaches, until it is stopped and removed.

    It archives nothing, and needs no setting that the real one has.

    Raises:
        BackupError: it cannot be made, or does not start.
    """
    programs, needed = major_version_of("postgres"), backup.details["postgresql"]
    if programs != needed:
        raise BackupError(
            f"{backup.path.name} is of PostgreSQL {needed}, and the programs on PATH are of {programs}: put those of "
            f"PostgreSQL {needed} first on PATH."
        )
    # Beside the backups, on a disk that has room for as much again; the socket's path has to be short.
    with (
        tempfile.TemporaryDirectory(prefix="blitzrocket-drill-", dir=backup.path.parent) as folder,
        tempfile.TemporaryDirectory(prefix="blitzrocket-drill-") as socket,
    ):
        server = _Server(Path(folder), Path(socket), _server_user(backup.path), report)
        report("Copying the base backup ...")
        prepare(backup, server.data, wal=wal, until=until)
        try:
            server.start()
            yield {"dbname": str(backup.details["database"]), "host": socket, "port": PORT, "user": role}
        finally:
            server.stop()


@dataclass(frozen=True, slots=True)
class _Server:
    """PostgreSQL on a copied base backup."""

    folder: Path
    socket: Path
    user: int | None
    report: Report

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        """Start it, and wait until it has replayed the log and writes.

        Raises:
            BackupError: it does not start, or ends before.
        """
        (self.folder / "hba.conf").write_text("local all all trust\n")
        for path in (self.folder, self.socket, *self.folder.rglob("*")):
            if self.user is not None:
                os.chown(path, self.user, -1, follow_symlinks=False)
        self.report("Starting PostgreSQL on it, which replays the log ...")
        started = time.monotonic()
        try:
            self._control("start", "--log", str(self._log), "--options", self._options(), f"--timeout={START_SECONDS}")
            self._wait_until_replayed()
        except BackupError:
            raise BackupError(f"PostgreSQL does not start on the base backup: {self._problem()}") from None
        self.report(f"It takes connections after {time.monotonic() - started:.0f} s")

    def stop(self) -> None:
        with suppress(BackupError):  # it does not run
            self._control("stop", "--mode=immediate")

    def _wait_until_replayed(self) -> None:
        told_at = time.monotonic()
        while not self._takes_connections():
            self._control("status")
            if time.monotonic() - told_at > TELL_SECONDS:
                self.report("Replaying the log ...")
                told_at = time.monotonic()
            time.sleep(WAIT_SECONDS)

    def _takes_connections(self) -> bool:
        try:
            values = {"host": str(self.socket), "port": PORT, "user": "nobody", "dbname": "template1"}
            psycopg.connect(**values, connect_timeout=5).close()  # type: ignore[arg-type]
        except psycopg.OperationalError as error:
            return "does not exist" in str(error)  # the role: it was looked for
        return True

    def _control(self, action: str, *arguments: str) -> None:
        environment = {"PATH": os.environ.get("PATH", os.defpath)}
        command = [action, f"--pgdata={self.data}", "--silent", *arguments]
        run("pg_ctl", *command, environment=environment, user=self.user)

    def _options(self) -> str:
        """What must not be as the real server's configuration says, a copy of which may be in the backup."""
        options = {
            "data_directory": str(self.data),
            "external_pid_file": "",
            "port": PORT,
            "shared_buffers": "128MB",
            "huge_pages": "off",
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket),
            "unix_socket_permissions": "0700",
            "unix_socket_group": "",
            "hba_file": str(self.folder / "hba.conf"),
            "archive_mode": "off",
            "hot_standby": "off",
            "shared_preload_libraries": "",
            "ssl": "off",
            "logging_collector": "off",
            "log_destination": "stderr",
            "log_line_prefix": LOG_LINE_PREFIX,
            "lc_messages": "C",
            "max_connections": "20",
        }
        return shlex.join(f"-c{name}={value}" for name, value in options.items())

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _problem(self) -> str:
        return why_it_ended(self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else "")


def why_it_ended(log: str) -> str:
    """What PostgreSQL's log says of why it ended, not what it answered to connections until then."""
    lines = log.splitlines()
    reasons = [reason for line in lines if (reason := _reason_in(line))]
    return reasons[-1] if reasons else lines[-1] if lines else "its log is empty"


def _reason_in(line: str) -> str:
    """The message of a line that ends a process of the server's own; empty for others."""
    match = _end_of_a_process.match(line)
    return match["message"] if match and not match["process"].endswith(CLIENT) else ""


def _server_user(path: Path) -> int | None:
    """Whom PostgreSQL runs as: it refuses root.

    Raises:
        BackupError: this is root, and so is the owner of the backup.
    """
    if os.geteuid() != 0:
        return None
    owner = path.parent.stat().st_uid
    if owner == 0:
        raise BackupError(
            f"PostgreSQL refuses to run as root: run this as another user, or let one own {path.parent}: "
            f"chown postgres {path.parent}"
        )
    return owner
