"""A plugin for pytest: a test that commits leaves empty tables behind, in a few milliseconds.

Django's ``flush`` truncates every table and makes content types and permissions anew. Truncating makes new files for
each table and index, and new ids of content types leave web servers with old ones in their memory. Here only tables
with rows are emptied, and what migrations made stays.
"""

from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase

from blitzrocket.postgres.statements import send

# Made by migrations; no test adds to them.
PRESERVED = ("auth_permission", "django_content_type")


def pytest_configure() -> None:
    TransactionTestCase._fixture_teardown = _fixture_teardown  # type: ignore[attr-defined]


def _fixture_teardown(_: Any) -> None:
    empty_tables(connections[DEFAULT_DB_ALIAS])


def empty_tables(connection: BaseDatabaseWrapper) -> None:
    """Delete all rows of our tables.

    Race: a web server may still write what the test did not wait for. The lock waits for it.
    """
    tables = [connection.ops.quote_name(name) for name in _tables()]
    has_rows = ", ".join(f"EXISTS (SELECT FROM {table})" for table in tables)
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN SHARE MODE")
        # Prepared: planning it for 40 tables takes longer than looking into them.
        ((is_superuser, *flags),) = send(f"SELECT current_setting('is_superuser'), {has_rows}", {}).all()
        used = [table for table, has_rows in zip(tables, flags, strict=True) if has_rows]
        if used and is_superuser == "on":
            # Without the order of foreign keys, and without the triggers that keep ledger lines from being deleted.
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("; ".join(f"DELETE FROM {table}" for table in used))
        elif used:
            cursor.execute(f"TRUNCATE {', '.join(used)} CASCADE")


def _tables() -> list[str]:
    models = apps.get_models(include_auto_created=True)
    return sorted({model._meta.db_table for model in models if model._meta.managed} - set(PRESERVED))
