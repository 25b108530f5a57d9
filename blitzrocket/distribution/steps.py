"""The steps from tables on one server to contests spread over several, each with its SQL.

They are worked out from what the database is now, so that there is none where all is done, and the rest after an
interruption. A step is one transaction. Foreign keys have to go before the tables move, and come back after it; in
between, a table of their own remembers them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from psycopg.sql import Literal

from blitzrocket.distribution.placement import Placement, keys_across_contests
from blitzrocket.postgres.spread_tables import (
    Placed,
    ask_coordinator,
    copy_to_every_server,
    distribute,
    placed_tables,
    rows_of,
    unique_by_column,
)

REMEMBERED = "distribution_foreign_keys"
_FOREIGN_KEYS = """
    SELECT key.conrelid::regclass::text, key.confrelid::regclass::text, key.conname::text,
        pg_get_constraintdef(key.oid),
        ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = key.conrelid AND attnum = ANY (key.conkey))
    FROM pg_constraint key JOIN pg_class ON pg_class.oid = key.conrelid
    WHERE key.contype = 'f' AND key.conparentid = 0 AND pg_class.relnamespace = current_schema()::regnamespace
    ORDER BY 1, 3
"""


@dataclass(frozen=True, slots=True)
class Step:
    """What is done in one transaction; ``about`` says it to the operator."""

    about: str
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key as the catalog has it."""

    table: str
    referred: str
    name: str
    definition: str
    columns: list[str]


def remaining_steps(placements: Iterable[Placement], *, shards: int) -> Iterator[Step]:
    """What is left to do, in order."""
    wanted = {placement.table: placement for placement in placements}
    placed = placed_tables()
    misplaced = [each for each in wanted.values() if not is_in_place(each, placed)]
    dropped_keys = _remembered_keys()
    yield from _set_keys_aside({each.table for each in misplaced}, wanted, dropped_keys)
    distributed = [each for each in wanted.values() if each.kind == "distributed"]
    yield from _make_unique_by_contest(distributed)
    for each in misplaced:
        if each.kind == "reference":
            yield Step(f"Copy {each.table} to every server", tuple(copy_to_every_server(each.table)))
    yield from _distribute([each for each in distributed if each in misplaced], distributed, placed, shards)
    if local := [each.table for each in misplaced if each.kind == "local"]:
        yield Step(f"Let every server ask the coordinator for {len(local)} tables", tuple(ask_coordinator(local)))
    yield from _bring_keys_back(dropped_keys)


def is_in_place(placement: Placement, placed: Mapping[str, Placed]) -> bool:
    """Whether a table lies where it belongs."""
    now = placed.get(placement.table)
    if placement.kind == "unshared":
        return now is None
    return now is not None and (now.kind, now.column) == (placement.kind, placement.column)


def _remembered_keys() -> dict[tuple[str, str], str]:
    """Definitions of the foreign keys that have gone, by table and name."""
    if rows_of("SELECT to_regclass(%s)", REMEMBERED) == [(None,)]:
        return {}
    rows = rows_of(f"SELECT table_name, name, definition FROM {REMEMBERED} ORDER BY 1, 2")
    return {(table, name): definition for table, name, definition in rows}


def _set_keys_aside(
    misplaced: set[str], wanted: Mapping[str, Placement], dropped_keys: dict[tuple[str, str], str]
) -> Iterator[Step]:
    """Drop the foreign keys of tables that move; those that come back are added to ``dropped_keys``."""
    keys = [ForeignKey(*row) for row in rows_of(_FOREIGN_KEYS)]
    moving = [key for key in keys if {key.table, key.referred} & misplaced and not _is_local(key, wanted)]
    statements = []
    for key in moving:
        if (key.table, *key.columns) not in keys_across_contests():
            dropped_keys[key.table, key.name] = definition = _with_contests(key, wanted)
            values = ", ".join(Literal(value).as_string() for value in (key.table, key.name, definition))
            statements.append(f"INSERT INTO {REMEMBERED} VALUES ({values})")
        statements.append(f"ALTER TABLE {key.table} DROP CONSTRAINT {key.name}")
    if statements:
        table = (
            f"CREATE TABLE IF NOT EXISTS {REMEMBERED} "
            "(table_name text, name text, definition text, PRIMARY KEY (table_name, name))"
        )
        yield Step(f"Set {len(moving)} foreign keys aside", (table, *statements))


def _is_local(key: ForeignKey, wanted: Mapping[str, Placement]) -> bool:
    """Whether a key is between tables that stay on the coordinator."""
    return all(table in wanted and wanted[table].kind == "local" for table in (key.table, key.referred))


def _with_contests(key: ForeignKey, wanted: Mapping[str, Placement]) -> str:
    """The definition of a key; between rows of a contest it carries the contest."""
    own, referred = wanted[key.table].column, wanted[key.referred].column
    if own is None or referred is None or own in key.columns:
        return key.definition
    return key.definition.replace("(", f"({own}, ", 1).replace(f"{key.referred}(", f"{key.referred}({referred}, ", 1)


def _make_unique_by_contest(distributed: Iterable[Placement]) -> Iterator[Step]:
    for each in distributed:
        if statements := tuple(unique_by_column(each.table, each.column or "")):
            yield Step(f"Make keys of {each.table} begin with {each.column}", statements)


def _distribute(
    misplaced: Iterable[Placement], distributed: Iterable[Placement], placed: Mapping[str, Placed], shards: int
) -> Iterator[Step]:
    """Spread tables by contest, all beside the first one."""
    beside = next((each.table for each in distributed if is_in_place(each, placed)), None)
    for each in misplaced:
        statements = tuple(distribute(each.table, each.column or "", beside=beside, shards=shards))
        yield Step(f"Spread {each.table} by {each.column}", statements)
        beside = beside or each.table


def _bring_keys_back(dropped_keys: Mapping[tuple[str, str], str]) -> Iterator[Step]:
    for (table, name), definition in dropped_keys.items():
        yield Step(
            f"Bring the foreign key {name} back",
            (
                "SET LOCAL citus.multi_shard_modify_mode TO 'sequential'",
                f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}",
                f"DELETE FROM {REMEMBERED} WHERE (table_name, name) = ('{table}', '{name}')",
            ),
        )
    if dropped_keys:
        yield Step("Forget the foreign keys that are back", (f"DROP TABLE {REMEMBERED}",))
