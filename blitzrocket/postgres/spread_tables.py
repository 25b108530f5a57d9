"""SQL that spreads a table over several servers by Citus: for `manage.py distribute` and for later migrations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

SHARDS = 32  # parts into which contests are divided, each on one server

_IS_SPREAD = "SELECT to_regclass('pg_dist_partition') IS NOT NULL"
_UNIQUE_CONSTRAINTS = """
    SELECT key.conname, key.contype::text, array_agg(attname::text ORDER BY place)
    FROM pg_constraint key CROSS JOIN unnest(key.conkey) WITH ORDINALITY AS keyed (number, place)
    JOIN pg_attribute ON attrelid = key.conrelid AND attnum = keyed.number
    WHERE key.conrelid = %s::regclass AND key.contype IN ('p', 'u')
    GROUP BY key.oid ORDER BY key.contype, key.conname
"""
_ALLOW_TRIGGERS = "SET LOCAL citus.enable_unsafe_triggers TO on"  # ours only refuse
_TRIGGERS_OF_EMPTYING = """
    SELECT tgname::text FROM pg_trigger WHERE tgrelid = %s::regclass AND tgtype & 32 > 0 AND NOT tgisinternal
"""
_IDENTITY = """
    SELECT attname::text, pg_get_serial_sequence(attrelid::regclass::text, attname) FROM pg_attribute
    WHERE attrelid = %s::regclass AND attidentity <> ''
"""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a table lies: ``distributed`` by a column, ``reference`` (on every server) or ``local`` (coordinator)."""

    kind: str
    column: str | None
    colocation: int


def has_citus() -> bool:
    """Whether the database has the extension."""
    return bool(rows_of(_IS_SPREAD)[0][0])


def placed_tables() -> dict[str, Placed]:
    """The tables that Citus has; the others lie on this server alone, and no other one sees them."""
    if not has_citus():
        return {}
    rows = rows_of(
        """
        SELECT logicalrelid::regclass::text, repmodel::text, column_to_column_name(logicalrelid, partkey), colocationid
        FROM pg_dist_partition
        """
    )
    return {
        table: Placed("distributed" if column else "reference" if model == "t" else "local", column, colocation)
        for table, model, column, colocation in rows
    }


def unique_by_column(table: str, column: str) -> Iterator[str]:
    """Put the column first in each primary key and unique constraint without it; one server can only know its rows."""
    for name, kind, columns in rows_of(_UNIQUE_CONSTRAINTS, table):
        if column not in columns:
            key = f"{'PRIMARY KEY' if kind == 'p' else 'UNIQUE'} ({', '.join([column, *columns])})"
            yield f"ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} {key}"


def distribute(table: str, column: str, *, beside: str | None, shards: int = SHARDS) -> Iterator[str]:
    """Spread a table, its rows included. ``beside`` is a table that is spread already."""
    yield _ALLOW_TRIGGERS
    # Citus empties the coordinator's copy of the rows. On the parts of a table, it would never drop such a trigger.
    for (trigger,) in rows_of(_TRIGGERS_OF_EMPTYING, table):
        yield f"DROP TRIGGER {trigger} ON {table}"
    group = f"colocate_with => '{beside}'" if beside else f"colocate_with => 'none', shard_count => {shards}"
    yield f"SELECT create_distributed_table('{table}', '{column}', {group})"
    yield f"SELECT truncate_local_data_after_distributing_table('{table}')"
    yield from _continue_numbers(table)


def copy_to_every_server(table: str) -> Iterator[str]:
    yield _ALLOW_TRIGGERS
    yield f"SELECT create_reference_table('{table}')"
    yield from _continue_numbers(table)


def ask_coordinator(tables: Sequence[str]) -> Iterator[str]:
    """Let every server see tables that stay on the coordinator; all at once, because foreign keys join some of them."""
    for table in tables:
        yield f"SELECT citus_add_local_table_to_metadata('{table}', cascade_via_foreign_keys => true)"
    for table in tables:
        yield from _continue_numbers(table)


def _continue_numbers(table: str) -> Iterator[str]:
    """Numbers of rows go on where they are: the sequence begins anew when a table is placed."""
    for _, sequence in rows_of(_IDENTITY, table):
        last, is_used = rows_of(f"SELECT last_value, is_called FROM {sequence}")[0]  # noqa: S608  (a name of the catalog's)
        yield f"SELECT setval('{sequence}', {last}, {str(is_used).lower()})"


def rows_of(query: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
