"""A connection with a deadline on the client's side, and a pool that recovers when the server was restarted.

A server that hangs (stopped by a signal, waiting for its disk, behind a network that drops packets) enforces none of
its own timeouts. So in a web process each statement, commit and rollback waits `WEB_SECONDS` at most. The connection is
closed then: what became of the statement is not known. Background processes and commands wait as long as it takes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

import psycopg
from django.db import connection as database
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool

WEB_SECONDS = 5.0
# For the question whether a connection from the pool is alive, which comes on top of the wait for one.
CHECK_SECONDS = 2.0
# The server's own timeouts end a statement a little earlier: then the connection stays usable.
SERVER_AHEAD = 0.5

Result = TypeVar("Result")


class Connection(psycopg.Connection[Any]):
    """Waits for the server until its deadline, and is closed when that is over."""

    deadline: float | None = None  # seconds for each wait

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connected_at = monotonic()

    def wait(self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None) -> Result:
        """Run a statement; `psycopg.OperationalError` where the deadline is over."""
        try:
            return super().wait(gen, interval, self.deadline if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.close()
            raise

    def set_deadline(self, seconds: float) -> None:
        """Limit statements, here and at the server."""
        self.deadline = seconds
        milliseconds = round((seconds - SERVER_AHEAD) * 1000)
        # Both: lock_timeout does not reach the workers of a distributed database, statement_timeout does.
        self.execute(f"SET statement_timeout = {milliseconds}; SET lock_timeout = {milliseconds}")


class Pool(ConnectionPool[Connection]):
    """Replaces all connections when one is dead.

    After a restart of the server all of them are. Without this, each call would take two or three dead ones from the
    pool, wait longer after each, and give up.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(connection_class=Connection, check=self.check_or_drain, **options)
        self._drained_until = 0.0
        self._draining = Lock()

    def check_or_drain(self, connection: Connection) -> None:
        """Raise `psycopg.Error` where the connection is dead."""
        deadline = connection.deadline
        connection.deadline = deadline and CHECK_SECONDS
        try:
            self.check_connection(connection)
        except psycopg.Error:
            self._drain_once(connection)
            raise
        finally:
            connection.deadline = deadline

    def _drain_once(self, dead: Connection) -> None:
        # Race: many calls hold a dead connection each when the first of them notices. A second drain would throw away
        # what was connected since, so only a connection younger than the last drain causes one.
        with self._draining:
            if dead.connected_at > self._drained_until:
                self._drained_until = monotonic()
                self.drain()


def limit_statements() -> None:
    """Give every connection of this process the deadline of a web process; called before the first one is made."""
    Connection.deadline = WEB_SECONDS


@contextmanager
def longer_statements(seconds: float) -> Iterator[None]:
    """Allow statements that legitimately take longer than `WEB_SECONDS`, such as an export's; no effect without one."""
    database.ensure_connection()
    connection: Any = database.connection
    usual = getattr(connection, "deadline", None)
    if usual is None:
        yield
        return
    connection.set_deadline(seconds)
    try:
        yield
    finally:
        try:
            connection.set_deadline(usual)
        except psycopg.Error:
            connection.close()  # it must not go back to the pool with the longer deadline
