"""A streaming replica of the PostgreSQL that this test run has started."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

import tests.postgres
from blitzrocket.devserver.embedded_postgres import DATABASE, ROLE, EmbeddedPostgres
from tests.prepared import folder_in_memory
from tests.support import test_database_url, wait_for

SETTINGS = tests.postgres.SETTINGS | {"hot_standby_feedback": "on"}


class Standby:
    """The replica; its replay can be paused, so that it is behind for as long as a test wants."""

    def __init__(self, primary: EmbeddedPostgres, server: EmbeddedPostgres) -> None:
        self._primary, self.server = primary, server
        self.url = (
            test_database_url()
            .replace(str(primary.socket_folder).replace("/", "%2F"), "{}")
            .format(str(server.socket_folder).replace("/", "%2F"))
        )

    def pause(self) -> None:
        self.ask("SELECT pg_wal_replay_pause()")

    def resume(self) -> None:
        self.ask("SELECT pg_wal_replay_resume()")

    def stop(self) -> None:
        self.server._run("pg_ctl", "-D", str(self.server.cluster), "-m", "immediate", "-w", "stop")

    def start(self) -> None:
        self.server.revive()

    def catch_up(self) -> None:
        """Wait until it has replayed all that the primary has written, to the disk or not."""
        with psycopg.connect(test_database_url(), autocommit=True) as primary:
            primary.execute("SET synchronous_commit = on")
            primary.execute("SELECT pg_logical_emit_message(true, 'tests', 'a commit that is flushed')")
            row: Any = primary.execute("SELECT pg_current_wal_flush_lsn()").fetchone()
        wait_for(lambda: self.ask("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", row[0]), "the replica to catch up")

    def ask(self, sql: str, *values: Any) -> Any:
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(sql, values or None).fetchone()
        return row[0] if row else None


@contextmanager
def standby() -> Iterator[Standby]:
    """Start one beside the test run's own server."""
    primary = admit_its_user()
    folder = Path(tempfile.mkdtemp(prefix="blitzrocket-standby-", dir=folder_in_memory()))
    folder.chmod(0o711)
    server = EmbeddedPostgres(folder, settings=SETTINGS)
    where = f"host={primary.socket_folder} user={ROLE} dbname={DATABASE}"
    arguments = ["--dbname", where, "--write-recovery-conf", "--checkpoint=fast", "--wal-method=stream"]
    try:
        server._run("pg_basebackup", "--pgdata", str(server.cluster), *arguments)
        server.start()
        yield Standby(primary, server)
    finally:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def admit_its_user() -> EmbeddedPostgres:
    """Let programs that run as PostgreSQL's own user connect to the test run's server, also for replication.

    Raises:
        pytest.skip.Exception: DATABASE_URL names a server that is not ours to change.
    """
    primary = tests.postgres.server()
    if primary is None:
        pytest.skip("DATABASE_URL is set: this needs a PostgreSQL that the test run has started")
    rules, identities = primary.cluster / "pg_hba.conf", primary.cluster / "pg_ident.conf"
    rules.write_text("local all,replication all peer map=blitzrocket\n")
    if primary.user and f'"{primary.user}"' not in identities.read_text():
        identities.write_text(f'{identities.read_text()}blitzrocket "{primary.user}" {ROLE}\n')
    with psycopg.connect(test_database_url(), autocommit=True) as connection:
        connection.execute("SELECT pg_reload_conf()")
    return primary
