"""Prepared statements, and transactions in as few round trips as their data allows.

For the calls that shops make most. Django's ORM sends each statement with its values in the text, so PostgreSQL plans
it anew: on the record call that took four times as long as running it. Here a connection prepares a statement once.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from blitzrocket.strict_json import write

Values = Mapping[str, Any]
_ONE = False  # not for many values, as wrappers are told
# Statements of a connection, about four a call. Which index is best shows only once tables have rows.
PLAN_AGAIN_AT = {50, 500, 5_000, 50_000}


class Rows:
    """The rows of a statement that was sent. In `pipelined_transaction` nothing is waited for until they are read."""

    def __init__(self, database: BaseDatabaseWrapper, cursor: "psycopg.Cursor[tuple[Any, ...]]") -> None:
        self._database = database
        self._cursor = cursor

    def all(self) -> list[tuple[Any, ...]]:
        with self._database.wrap_database_errors:
            return self._cursor.fetchall()


def send(sql: str, values: Values) -> Rows:
    """Send a prepared statement. Its values are parameters of the protocol, so that it is planned once."""
    database = _database()
    execute = _execute
    for wrapper in reversed(database.execute_wrappers):  # those of Django's own cursors, and its log
        execute = partial(wrapper, execute)
    rows: Rows = execute(sql, values, _ONE, {"connection": database})
    if database.queries_logged:
        database.queries_log.append({"sql": sql})
    return rows


def _database() -> BaseDatabaseWrapper:
    """This thread's connection. `django.db.connection` would look it up again for each attribute."""
    database = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    return database


def _execute(sql: str, values: Values, many: bool, context: dict[str, Any]) -> Rows:
    database: BaseDatabaseWrapper = context["connection"]
    with database.wrap_database_errors:
        connection: Any = database.connection
        cursor = psycopg.Cursor(connection)
        connection.sent += 1
        if connection.sent in PLAN_AGAIN_AT:
            connection.execute("DISCARD PLANS")
            connection.planned.clear()
        if sql in connection.planned:
            return Rows(database, cursor.execute(sql, values, prepare=True))
        return Rows(database, _execute_first(cursor, sql, values))


def _execute_first(
    cursor: "psycopg.Cursor[tuple[Any, ...]]", sql: str, values: Values
) -> "psycopg.Cursor[tuple[Any, ...]]":
    """Execute a statement for the first time on its connection, which plans it, by indexes.

    The tables of a new installation are empty, so it would be planned to read them whole, and keep that plan until
    PostgreSQL analyses them, a minute and thousands of orders later. For the same reason it is planned again after
    `PLAN_AGAIN_AT` statements: while a table is empty, its indexes look alike.
    """
    connection: Any = cursor.connection
    connection.execute("SET enable_seqscan = off")
    try:
        cursor.execute(sql, values, prepare=True)
    except psycopg.Error:
        with suppress(psycopg.Error):  # a transaction that failed has reset it
            connection.execute("RESET enable_seqscan")
        raise
    connection.execute("RESET enable_seqscan")  # in a pipeline it raises the error of a statement before it
    connection.planned.add(sql)
    return cursor


class RowsStatement:
    """A statement over rows that are sent with it, which its text calls ``{sent}``.

    One row is sent as parameters, so that the planner treats its values like constants; several as one JSON text. Both
    are the same statement.
    """

    def __init__(self, sql: str, **columns: str) -> None:
        values = ", ".join(f"%({name})s::{kind}" for name, kind in columns.items())
        typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        self.for_one = sql.replace("{sent}", f"(VALUES ({values})) AS sent ({', '.join(columns)})")
        self.for_many = sql.replace("{sent}", f"json_to_recordset(%(rows)s::json) AS sent ({typed})")

    def send(self, rows: Sequence[Values], **others: Any) -> Rows:
        """Send the statement for these rows; ``others`` are its values that do not differ by row."""
        if len(rows) == 1:
            return send(self.for_one, {**rows[0], **others})
        return send(self.for_many, {"rows": write(rows).decode(), **others})


@contextmanager
def pipelined_transaction() -> Iterator[None]:
    """A transaction of prepared statements, committed at the end together with what was sent last.

    PostgreSQL makes all statements of a pipeline up to its end one transaction, each with a snapshot of its own; an
    error in one of them rolls all back. Inside another transaction this is a savepoint instead. Django's own
    transactions cannot be opened within.
    """
    database = _database()
    if database.in_atomic_block:
        with transaction.atomic():
            yield
        return
    with database.wrap_database_errors, database.connection.pipeline():
        try:
            yield
        except (psycopg.Error, DatabaseError):
            raise  # has rolled back
        except BaseException:
            database.connection.execute("ROLLBACK")
            raise
