"""Dumps: a database as a file by pg_dump, and a database made of it by pg_restore."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from blitzrocket.backup.files import DUMP, Backup, new_backup, size_of
from blitzrocket.backup.programs import (
    BackupError,
    Report,
    environment_of,
    major_version_of,
    require_version,
    run,
    server_version,
)

Values = Mapping[str, str]
Server = psycopg.Connection[Any]
ServerError = psycopg.Error
Counts = dict[str, int]

PROGRESS_SECONDS = 1.0

# Of all extensions, none that an operator has: BlitzRocket needs none of them, such as Citus or one for statistics, and
# the server that the dump is restored into may not have it. This one is in each database, and never dumped.
_NO_EXTENSIONS = "--extension=plpgsql"

_TABLES = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
"""


def dump(values: Values, folder: Path, version: str, report: Report) -> Path:
    """Dump a database into a folder, with the number of rows of each table as of the same moment.

    Raises:
        BackupError: pg_dump is missing, older than the server, or failed, for example because the disk is full.
    """
    details: dict[str, Any] = {"kind": DUMP, "version": version, "database": values["dbname"]}
    with connect(values) as server, new_backup(folder, DUMP, details) as path:
        details["postgresql"] = server_version(server)
        require_version("pg_dump", details["postgresql"])
        # pg_dump reads the same snapshot, however long counting takes.
        server.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        snapshot = _value(server, sql.SQL("SELECT pg_export_snapshot()"))
        report("Counting rows ...")
        details["rows"] = count_rows(server)
        progress = table_progress(report, "dumping contents of table", len(details["rows"]), "Dumped")
        options = ["--format=custom", "--no-owner", "--no-privileges", "--verbose", f"--snapshot={snapshot}"]
        run("pg_dump", *options, _NO_EXTENSIONS, f"--file={path}", environment=environment_of(values), report=progress)
        # A file that pg_restore cannot read is no backup.
        run("pg_restore", "--list", "--file=/dev/null", str(path), environment=environment_of(values))
        details["bytes"] = size_of(path)
    return path.with_suffix("")


def restore(values: Values, backup: Backup, report: Report) -> Counts:
    """Restore a dump into an empty database, in one transaction: all of it or nothing. Returns the numbers of rows.

    Raises:
        BackupError: the database is not empty, pg_restore is too old for the dump, or failed.
    """
    require_empty(values)
    made_by = int(backup.details["postgresql"])
    if major_version_of("pg_restore") < made_by:
        raise BackupError(
            f"{backup.path.name} is of PostgreSQL {made_by}, which pg_restore on PATH is too old to read: put the "
            f"programs of PostgreSQL {made_by} first on PATH."
        )
    progress = table_progress(report, "processing data for table", len(backup.details["rows"]), "Restored")
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--verbose"]
    database = f"--dbname=dbname='{values['dbname']}'"
    run("pg_restore", *options, database, str(backup.path), environment=environment_of(values), report=progress)
    with connect(values) as restored:
        restored.execute("ANALYZE")
        return count_rows(restored)


def require_empty(values: Values) -> None:
    """Refuse a database that has tables.

    Raises:
        BackupError: it has.
    """
    with connect(values) as server:
        tables = [name for (name,) in server.execute(_TABLES)]
    if tables:
        raise BackupError(
            f"The database {values['dbname']} is not empty: it has {len(tables)} tables, such as {tables[0]}. Create "
            "an empty one, and name it in DATABASE_URL."
        )


def connect(values: Values, **others: str) -> Server:
    """A connection, with other values instead of some.

    Raises:
        BackupError: the server cannot be reached.
    """
    try:
        return psycopg.connect(**{**values, **others}, autocommit=True)  # type: ignore[arg-type]
    except psycopg.Error as error:
        raise BackupError(f"The database cannot be reached: {' '.join(str(error).split())}") from error


def count_rows(server: Server) -> Counts:
    """The number of rows of each table."""
    names = [name for (name,) in server.execute(_TABLES)]
    return {name: _value(server, sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))) for name in names}


def _value(server: Server, query: sql.SQL | sql.Composed) -> Any:
    return next(iter(server.execute(query)))[0]


def table_progress(report: Report, words: str, total: int, verb: str) -> Callable[[str], None]:
    """Report which table a program is at, by what it says when it begins with one."""
    done, told_at = -1, 0.0

    def follow(line: str) -> None:
        nonlocal done, told_at
        if words in line:
            done += 1
            if time.monotonic() - told_at > PROGRESS_SECONDS:
                table = line.rpartition(".")[2].strip('"')
                report(f"{verb} {done} of {total} tables; now {table}")
                told_at = time.monotonic()

    return follow
