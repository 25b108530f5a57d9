"""A drill: a backup is restored aside, checked, and removed again."""

import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from psycopg import sql

from blitzrocket.backup import base_backups, dumps
from blitzrocket.backup.files import DUMP, Backup
from blitzrocket.backup.programs import BackupError, Report, environment_of, follow, url_of

SCRATCH = "blitzrocket_drill_"


def drill(
    backup: Backup, values: dumps.Values, *, manage: Path, wal: Path | None, until: datetime | None, report: Report
) -> dumps.Counts:
    """Restore a backup aside and check it; returns the number of rows of each table.

    A dump goes into a database of its own on the server of ``values``, a base backup into a server of its own.

    Raises:
        BackupError: it cannot be restored, has other rows than were backed up, or a check failed.
    """
    with restored(backup, values, wal=wal, until=until, report=report) as (scratch, counts):
        # With the environment of this process: so it has to have the keys that decrypt what is stored.
        environment = environment_of({}) | {"DATABASE_URL": url_of(scratch)}
        command = [sys.executable, str(manage), "check_restored"]
        status, _output = follow(command, environment=environment, report=report)
        if status:
            raise BackupError(f"{backup.path} cannot be relied on: see above.")
    return counts


@contextmanager
def restored(
    backup: Backup, values: dumps.Values, *, wal: Path | None, until: datetime | None, report: Report
) -> Iterator[tuple[dumps.Values, dumps.Counts]]:
    """The database of a backup, until it is removed."""
    if backup.kind == DUMP:
        with scratch_database(values, report) as scratch:
            counts = dumps.restore(scratch, backup, report)
            _compare(counts, backup.details["rows"])
            report("ok     Each table has the rows that were dumped")
            yield scratch, counts
    else:
        role = values.get("user", "postgres")
        with base_backups.scratch_server(backup, role, wal=wal, until=until, report=report) as scratch:
            with dumps.connect(scratch) as server:
                counts = dumps.count_rows(server)
            yield scratch, counts


@contextmanager
def scratch_database(values: dumps.Values, report: Report) -> Iterator[dumps.Values]:
    """An empty database on the server, until it is dropped; those that killed drills left are dropped first."""
    with dumps.connect(values) as server:
        _drop_abandoned(server, report)
        name = f"{SCRATCH}{secrets.token_hex(4)}"
        try:
            server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        except dumps.ServerError as error:
            raise BackupError(
                f"The drill needs a database of its own: {' '.join(str(error).split())}. Let the role create databases "
                "(ALTER ROLE … CREATEDB), or name another server with --server."
            ) from error
        scratch = {**values, "dbname": name}
        try:
            with dumps.connect(scratch):  # as long as this is open, no other drill takes it for abandoned
                yield scratch
        finally:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _drop_abandoned(server: dumps.Server, report: Report) -> None:
    abandoned = server.execute(
        "SELECT datname FROM pg_database d WHERE starts_with(datname, %s) AND pg_has_role(datdba, 'USAGE') "
        "AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid)",
        [SCRATCH],
    )
    for (name,) in abandoned.fetchall():
        report(f"Dropping {name}, which an interrupted drill left ...")
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _compare(counts: dumps.Counts, expected: Mapping[str, int]) -> None:
    differing = {name for name in counts.keys() | expected.keys() if counts.get(name) != expected.get(name)}
    if differing:
        lines = (f"{name} {expected.get(name)} → {counts.get(name)}" for name in sorted(differing))
        raise BackupError(f"The restored database has other rows than were dumped: {', '.join(lines)}.")
