"""A plugin for pytest: a test that commits leaves empty tables behind, in less than a millisecond.

Django's ``flush`` truncates every table and makes content types and permissions anew. Truncating makes new files for
each table and index, and new ids of content types leave web servers with old ones in their memory. Here rows are
deleted, and what migrations made stays.

A connection of its own does it, with a function whose statements it plans once. Without triggers, which it sets once:
where a connection sets that for one transaction, PostgreSQL plans all its statements anew, those of the tests too.
"""

from functools import cache
from typing import Any

import psycopg
from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections
from django.test import TransactionTestCase
from psycopg import sql

# Made by migrations; no test adds to them.
PRESERVED = ("auth_permission", "django_content_type")
EMPTY = "SELECT pg_temp.empty_tables()"
# Longer than any program of a test writes.
SET_UP = "SET lock_timeout = '60s'; SET statement_timeout = 0; SET client_min_messages = warning"
FUNCTION = "CREATE FUNCTION pg_temp.empty_tables() RETURNS void LANGUAGE plpgsql AS {}"
# Race: a web server may still write what the test did not wait for. The lock waits for it.
DELETE = """
    BEGIN
        LOCK TABLE {tables} IN SHARE MODE;
        {deletes}
    END
"""
TRUNCATE = """
    DECLARE
        used text;
    BEGIN
        LOCK TABLE {tables} IN SHARE MODE;
        SELECT string_agg(name, ', ') INTO used FROM (VALUES {flags}) AS flags (name, has_rows) WHERE has_rows;
        IF used IS NOT NULL THEN
            EXECUTE 'TRUNCATE ' || used || ' CASCADE';
        END IF;
    END
"""


def pytest_configure() -> None:
    TransactionTestCase._fixture_teardown = _fixture_teardown  # type: ignore[attr-defined]


def _fixture_teardown(_: Any) -> None:
    empty_tables()


def empty_tables() -> None:
    """Delete all rows of our tables.

    Raises:
        psycopg.errors.LockNotAvailable: somebody writes, or has an open transaction, and does not end.
    """
    try:
        _connection().execute(EMPTY)
    except psycopg.OperationalError:
        if not _connection().closed:
            raise
        _connection.cache_clear()  # a test has stopped the server, or ended all connections
        _connection().execute(EMPTY)


@cache
def _connection() -> psycopg.Connection[Any]:
    connection = psycopg.connect(**connections[DEFAULT_DB_ALIAS].get_connection_params(), autocommit=True)
    make_function(connection)
    return connection


def disconnect() -> None:
    """So that the database can be dropped."""
    if _connection.cache_info().currsize:
        _connection().close()
        _connection.cache_clear()


def make_function(connection: psycopg.Connection[Any]) -> None:
    """Define for a connection what it empties tables with.

    A superuser deletes without the order of foreign keys, and without the triggers that keep ledger lines from being
    deleted. Others have to truncate.
    """
    tables = [sql.Identifier(name) for name in _tables()]
    connection.execute(SET_UP)
    if connection.info.parameter_status("is_superuser") == "on":
        connection.execute("SET session_replication_role = replica")
        deletes = sql.SQL(" ").join(sql.SQL("DELETE FROM {};").format(table) for table in tables)
        body = sql.SQL(DELETE).format(tables=sql.SQL(", ").join(tables), deletes=deletes)
    else:
        flags = sql.SQL(", ").join(
            sql.SQL("({}, EXISTS (SELECT FROM {}))").format(table.as_string(connection), table) for table in tables
        )
        body = sql.SQL(TRUNCATE).format(tables=sql.SQL(", ").join(tables), flags=flags)
    connection.execute(sql.SQL(FUNCTION).format(body.as_string(connection)))


def _tables() -> list[str]:
    models = apps.get_models(include_auto_created=True)
    return sorted({model._meta.db_table for model in models if model._meta.managed} - set(PRESERVED))
