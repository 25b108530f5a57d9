"""A connection with a client-side deadline, and a pool that recovers after a restart of the server.

A server that hangs (stopped by a signal, waiting for its disk, behind a network that drops packets) enforces none of
its own timeouts. So in a web process each statement, commit and rollback waits `WEB_SECONDS` at most. After that the
connection is closed, because the statement's outcome is unknown. Background processes and commands have no deadline.
"""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from threading import Lock
from time import monotonic
from typing import Any, TypeVar, cast

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from psycopg.waiting import Ready, Wait
from psycopg_pool import ConnectionPool

from blitzrocket.postgres.exchange import Exchange
from blitzrocket.turns import Loop, current_loop

WEB_SECONDS = 5.0
# For checking that a connection from the pool is alive, on top of the wait for one.
CHECK_SECONDS = 2.0
# A connection that was used within this time, in seconds, is not asked whether it is alive: a round trip for each call.
TRUSTED_SECONDS = 1.0
# The server's own timeouts end a statement a little earlier: then the connection stays usable.
SERVER_AHEAD = 0.5

Result = TypeVar("Result")


class Connection(psycopg.Connection[Any]):
    """A connection that is closed when the server does not answer before its deadline."""

    deadline: float | None = None  # seconds for each wait
    is_spread = False  # whether the tables are spread over several servers, by Citus
    is_shared = False  # by a pooler in transaction mode: no setting or statement stays on the server's connection

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connected_at = self.used_at = monotonic()

    @cached_property
    def exchange(self) -> Exchange:
        """Its prepared statements; see `statements`."""
        return Exchange(self)

    def wait(self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None) -> Result:
        """Wait for the server.

        Raises:
            psycopg.OperationalError: the deadline is over.
        """
        seconds = self.deadline if timeout is None else timeout
        try:
            if loop := current_loop():
                return _wait_in_turn(loop, gen, self.pgconn.socket, seconds)
            return super().wait(gen, interval, seconds)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.close()
            raise

    def is_surely_alive(self) -> bool:
        """Whether it was used a moment ago and the server has sent nothing since, such as its end.

        Asks the operating system and not the server. A server that hangs is not seen; the deadline is for that.
        """
        if self.closed or monotonic() - self.used_at > TRUSTED_SECONDS:
            return False
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        return not poll.poll(0)

    def set_deadline(self, seconds: float) -> None:
        """Limit each statement to this many seconds, on the client and on the server.

        On the client alone where the connection is shared: the pooler's settings tell the server to look whether
        its client still waits.
        """
        self.deadline = seconds
        if self.is_shared:
            return
        milliseconds = round((seconds - SERVER_AHEAD) * 1000)
        # Both: lock_timeout does not reach the workers of a distributed database, statement_timeout does.
        self.execute(f"SET statement_timeout = {milliseconds}; SET lock_timeout = {milliseconds}")


_EVENTS = {Wait.R: select.POLLIN, Wait.W: select.POLLOUT, Wait.RW: select.POLLIN | select.POLLOUT}


def _wait_in_turn(loop: Loop, gen: PQGen[Result], number: int, seconds: float | None) -> Result:
    """Wait as psycopg does, while other calls of the loop go on.

    Raises:
        psycopg.OperationalError: the deadline is over, or the connection is closed.
    """
    deadline = None if seconds is None else monotonic() + seconds
    try:
        wanted = next(gen)
        while True:
            events = loop.wait_for_file(number, _EVENTS[wanted], deadline and max(0, deadline - monotonic()))
            wanted = gen.send(_readiness(events))
            if not events and deadline and monotonic() >= deadline:
                raise psycopg.OperationalError("The server has not answered in time.")
    except StopIteration as end:
        return cast("Result", end.value)
    except OSError as error:
        raise psycopg.OperationalError("The connection is closed.") from error


def _readiness(events: int) -> Ready:
    """What psycopg may do after these events; of an error or a hang-up it hears by reading."""
    if events & ~select.POLLOUT:
        return Ready.RW if events & select.POLLOUT else Ready.R
    return Ready.W if events else Ready.NONE


class Pool(ConnectionPool[Connection]):
    """A pool that replaces all its connections when one is dead.

    After a restart of the server all are dead. Without this, each call would take two or three dead connections from
    the pool, wait longer after each, and give up.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(connection_class=Connection, check=self.check_or_drain, **options)
        self._drained_until = 0.0
        self._draining = Lock()

    def _get_ready_connection(self, timeout: float | None) -> Connection | None:
        """The free connection that was used last: its server process has in its caches what a call needs."""
        self._pool.rotate(1)  # psycopg takes the first, which has been free for longest
        return super()._get_ready_connection(timeout)

    def putconn(self, conn: Connection) -> None:
        """Take a connection back."""
        conn.used_at = monotonic()
        super().putconn(conn)

    def check_or_drain(self, connection: Connection) -> None:
        """Check a connection before it is used, and drain the pool when it is dead.

        Raises:
            psycopg.Error: the connection is dead.
        """
        if connection.is_surely_alive():
            return
        deadline = connection.deadline
        connection.deadline = deadline and CHECK_SECONDS
        try:
            self.check_connection(connection)
        except psycopg.Error:
            self._drain_once(connection)
            raise
        finally:
            connection.deadline = deadline

    def _drain_once(self, connection: Connection) -> None:
        # Race: many calls each hold a dead connection when the first of them drains the pool. A second drain would
        # discard the new connections, so only a connection younger than the last drain causes one.
        with self._draining:
            if connection.connected_at > self._drained_until:
                self._drained_until = monotonic()
                self.drain()


def limit_statements() -> None:
    """Give every connection of this process the web deadline; call it before the first one is opened."""
    Connection.deadline = WEB_SECONDS


@contextmanager
def longer_statements(seconds: float, alias: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Raise the deadline for slow statements such as an export's; no effect on a connection without a deadline."""
    database = connections[alias]
    database.ensure_connection()
    connection: Any = database.connection
    web_deadline = getattr(connection, "deadline", None)
    if web_deadline is None:
        yield
        return
    with database.wrap_database_errors:  # the connection may have been lost since
        connection.set_deadline(seconds)
    try:
        yield
    finally:
        try:
            connection.set_deadline(web_deadline)
        except psycopg.Error:
            connection.close()  # it must not go back to the pool with the longer deadline
