"""The database backend that Django loads for ``ENGINE = "blitzrocket.postgres"``."""

import re
from functools import cached_property
from threading import Lock
from typing import Any

from django.db import OperationalError, connections
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base, features
from django.db.utils import DatabaseErrorWrapper
from psycopg.errors import InternalError_, ReadOnlySqlTransaction
from psycopg_pool import PoolTimeout

from blitzrocket.postgres.connection import Connection, Pool
from blitzrocket.postgres.schema import SchemaEditor
from blitzrocket.turns import CallLocal, Loop, current_loop

_making_pool = Lock()
AT_ONCE = 0.0001  # seconds; the pool takes 0 for a timeout that is over
_IS_SPREAD = "EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') AS is_spread"
# Only statements that are sent as prepared (`statements.send`) have generic plans. Left to itself, PostgreSQL compared
# their costs and planned the widest of them anew for every call: 2.2 ms, of which running took 0.5. A database that is
# spread over servers has to plan for the values, which say on which server the rows are. Such a one asks each server
# over one connection: where a transaction asked for rows of many contests over several at once, as a list does, Citus
# refused that it then wrote a small table that these rows refer to. And it tells all servers what a transaction sets
# for itself, as erasing a person does for the triggers that refuse changes. Compiling a statement to machine code pays
# for none of ours.
SET_UP = """
    SELECT is_spread, set_config('jit', 'off', false),
        set_config('plan_cache_mode', CASE WHEN is_spread THEN 'auto' ELSE 'force_generic_plan' END, false),
        CASE WHEN is_spread THEN set_config('citus.multi_shard_modify_mode', 'sequential', false) END,
        CASE WHEN is_spread THEN set_config('citus.propagate_set_commands', 'local', false) END
    FROM (SELECT {is_spread}) AS here
"""

# What Citus says of another server whose connection was lost, mostly in the words of PostgreSQL's library.
_OTHER_SERVER_AWAY = re.compile(
    r"connection marked as essential|could not commit transaction for shard|postmaster was shut down"
    r"|multiple connection failures|connection not open|no connection to the server|SSL (?:SYSCALL )?error"
    r"|(?:connection|server) (?:has been )?closed|could not (?:send|receive) data"
)


def _is_away(error: Any) -> bool:
    """Whether a server is as good as away, so that the call can be sent again, though psycopg says an internal error.

    A server that takes no writes, such as a standby before it is promoted; or another one, in the words of Citus.
    """
    if isinstance(error, ReadOnlySqlTransaction):
        return True
    return isinstance(error, InternalError_) and bool(_OTHER_SERVER_AWAY.search(str(error)))


class ErrorWrapper(DatabaseErrorWrapper):
    """Django's, which makes its own exceptions of psycopg's, and one of them another."""

    wrapper: Any  # the stubs leave it out

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        if _is_away(error):
            self.wrapper.errors_occurred = True
            raise OperationalError(*error.args) from error
        super().__exit__(kind, error, traceback)


class DatabaseFeatures(features.DatabaseFeatures):
    """Django's, but where tables are spread."""

    connection: Any  # the stubs leave it out

    def allows_group_by_selected_pks_on_model(self, model: Any) -> bool:
        """Whether `pk` stands for all columns: not where the primary key begins with the contest."""
        self.connection.ensure_connection()
        is_spread: bool = self.connection.connection.is_spread
        return not is_spread and super().allows_group_by_selected_pks_on_model(model)


def keep_connections_by_call() -> None:
    """Have Django give a connection to each call of a loop, as to each thread; to be called before it gives any."""
    connections._connections = CallLocal()  # type: ignore[attr-defined]  # the stubs leave it out


def _take_in_turn(loop: Loop, pool: Pool) -> Connection:
    """A connection of the pool; where none is free, a thread waits for it as the pool does."""
    try:
        return pool.getconn(AT_ONCE)
    except PoolTimeout:
        return loop.in_thread(pool.getconn)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's PostgreSQL backend with our pool."""

    SchemaEditorClass = SchemaEditor
    features_class = DatabaseFeatures
    _connection_pools: dict[str, Pool] = {}
    _is_set_up = False

    @cached_property
    def wrap_database_errors(self) -> ErrorWrapper:
        """The context in which psycopg's exceptions become Django's."""
        return ErrorWrapper(self)

    @property
    def pool(self) -> Pool | None:
        """The process's pool; opened with the first connection, after the web server's fork: sockets are not shared."""
        if self.alias == NO_DB_ALIAS:
            return None
        if pool := self._connection_pools.get(self.alias):
            return pool
        with _making_pool:
            if self.alias not in self._connection_pools:
                self._connection_pools[self.alias] = Pool(
                    kwargs=self.get_connection_params() | {"autocommit": True},  # Django switches it per transaction
                    configure=self._configure_connection,
                    open=False,
                    **self.settings_dict["OPTIONS"]["pool"],
                )
            return self._connection_pools[self.alias]

    @property
    def is_shared(self) -> bool:
        """Whether a pooler in transaction mode gives each transaction any of its own connections."""
        return bool(self.settings_dict.get("POOLER") == "transaction")

    def connect(self) -> None:
        """Take a connection from the pool. Django's set-up stays from the first, unless something unusual came since.

        For each call of the API it would take as long as checking the key.
        """
        is_unusual = self.in_atomic_block or self.closed_in_transaction or self.errors_occurred or not self.autocommit
        if self._is_set_up and not is_unusual:
            self.connection = self.get_new_connection({})
            self.set_autocommit(True)  # a transaction may have been left open on it
            return
        super().connect()
        self._is_set_up = self.pool is not None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if (pool := self.pool) is None:
            return super().get_new_connection(conn_params)
        pool.open()
        if loop := current_loop():
            return _take_in_turn(loop, pool)
        return pool.getconn()

    def create_cursor(self, name: str | None = None) -> Any:
        """Closing a server-side cursor asks the server too; Django does not make its own error of psycopg's there."""
        cursor: Any = super().create_cursor(name)
        if name:
            cursor.close = self.wrap_database_errors(cursor.close)
        return cursor

    def chunked_cursor(self) -> Any:
        """A server-side cursor; on a shared connection, which keeps none, rows outside of transactions come at once."""
        is_possible = self.in_atomic_block or not self.is_shared
        return super().chunked_cursor() if is_possible else self.cursor()

    def set_autocommit(self, autocommit: bool, force_begin_transaction_with_broken_autocommit: bool = False) -> None:
        """Skip what changes nothing: Django sets the flag on each connection, and every one of the pool has it.

        Also at the end of a transaction whose connection was lost, where Django would connect once more to set it, and
        wait for the database a second time.
        """
        ends_transaction = self.in_atomic_block or self.run_commit_hooks_on_set_autocommit_on
        if autocommit and (self.connection is None or (self.connection.autocommit and not ends_transaction)):
            self.autocommit = True
            return
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)

    def _configure_connection(self, connection: Any) -> bool:
        connection.is_shared = self.is_shared
        changed: bool = super()._configure_connection(connection)  # type: ignore[misc]  # the stubs leave it out
        set_up = f"SELECT {_IS_SPREAD}" if self.is_shared else SET_UP.format(is_spread=_IS_SPREAD)
        connection.is_spread = connection.execute(set_up).fetchone()[0]
        if Connection.deadline is not None:
            connection.set_deadline(Connection.deadline)
        return changed
