"""Prepared statements, and transactions in as few round trips as their data allows.

For the calls that shops make most. Django's ORM sends each statement with its values in the text, so PostgreSQL plans
it anew: on the record call that took four times as long as running it. Here a connection prepares a statement once.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from blitzrocket.postgres.exchange import Exchange, Sent, Values
from blitzrocket.postgres.statistics import analyze_grown_tables, growth
from blitzrocket.turns import CallLocal

_INSERT = re.compile(r"\bINSERT INTO (\w+)")
_ONE = False  # not for many values, as wrappers are told
_call = CallLocal()


class Rows:
    """The rows of a statement that was sent. In `pipelined_transaction` nothing is waited for until they are read."""

    __slots__ = ("_database", "_sent")

    def __init__(self, database: BaseDatabaseWrapper, sent: Sent) -> None:
        self._database, self._sent = database, sent

    def all(self) -> list[tuple[Any, ...]]:
        with self._database.wrap_database_errors:
            exchange: Exchange = self._database.connection.exchange
            return exchange.rows(self._sent)


def send(sql: str, values: Values) -> Rows:
    """Send a prepared statement. Its values are parameters of the protocol, so that it is planned once."""
    database = _database()
    execute = _execute
    for wrapper in reversed(database.execute_wrappers):  # those of Django's own cursors, and its log
        execute = partial(wrapper, execute)
    rows: Rows = execute(sql, values, _ONE, {"connection": database})
    if database.force_debug_cursor:  # as where tests count statements
        database.queries_log.append({"sql": sql})
    return rows


def is_spread() -> bool:
    """Whether the tables are spread over several servers, by Citus."""
    spread: bool = _database().connection.is_spread
    return spread


def _database() -> BaseDatabaseWrapper:
    """This call's connection. Looking it up in Django's `connections` takes as long as reading a field of a body."""
    try:
        database: BaseDatabaseWrapper = _call.database
    except AttributeError:
        database = _call.database = connections[DEFAULT_DB_ALIAS]
    if database.connection is None:
        database.ensure_connection()
    return database


def _execute(sql: str, values: Values, many: bool, context: dict[str, Any]) -> Rows:
    database: BaseDatabaseWrapper = context["connection"]
    with database.wrap_database_errors:
        return Rows(database, database.connection.exchange.send(sql, values))


class RowsStatement:
    """A statement over rows that are sent with it, which its text calls ``{sent}``.

    One row is sent as parameters, so that the planner treats its values like constants; several as an array of each
    column, for which it expects ten rows and not the hundred of a JSON text. Both are the same statement.
    """

    def __init__(self, sql: str, **columns: str) -> None:
        values = ", ".join(f"%({name})s::{kind}" for name, kind in columns.items())
        arrays = ", ".join(f"%({name})s::{kind}[]" for name, kind in columns.items())
        self.for_one = sql.replace("{sent}", f"(VALUES ({values})) AS sent ({', '.join(columns)})")
        self.for_many = sql.replace("{sent}", f"unnest({arrays}) AS sent ({', '.join(columns)})")
        self._columns = list(columns)
        self._written_to = _INSERT.findall(sql)

    def send(self, rows: Sequence[Values], **others: Any) -> Rows:
        """Send the statement for these rows; ``others`` are its values that do not differ by row."""
        growth.add(self._written_to, len(rows))
        if len(rows) == 1:
            return send(self.for_one, {**rows[0], **others})
        return send(self.for_many, {name: [row[name] for row in rows] for name in self._columns} | others)


class Commit(Protocol):
    """Commits what a pipeline has sent so far; what it sends next is another transaction.

    Statements without a result are waited for. Without ``wait`` the next ones are done even where those failed.
    """

    def __call__(self, *, wait: bool = True) -> None: ...


@contextmanager
def pipelined_transaction() -> Iterator[Commit]:
    """A transaction of prepared statements, committed at the end together with what was sent last.

    PostgreSQL makes all statements of a pipeline up to its end, or to a `Commit`, one transaction, each with a snapshot
    of its own; an error in one of them rolls all back. Inside another transaction this is a savepoint instead, and a
    `Commit` does nothing. Django's own transactions cannot be opened within.
    """
    database = _database()
    if database.in_atomic_block:
        with transaction.atomic():
            yield lambda *, wait=True: None
        return
    if growth.is_to_be_looked_at():
        analyze_grown_tables(database.connection)
    exchange: Exchange = database.connection.exchange
    with database.wrap_database_errors:
        exchange.begin_pipeline()
        try:
            yield exchange.commit_so_far
        except BaseException:
            exchange.roll_back_pipeline()
            raise
        exchange.commit_pipeline()
