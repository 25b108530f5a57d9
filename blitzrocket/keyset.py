"""Pages of a list that begin after a row: rows added meanwhile shift none, and no row before it is read."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import F, Func, QuerySet, TextField, Value
from django.db.models.lookups import GreaterThan, LessThan

Rows = QuerySet[Any]


def columns_of(order: Sequence[str]) -> list[str]:
    return [name.removeprefix("-") for name in order]


def is_descending(name: str) -> bool:
    return name.startswith("-")


def reverse_of(order: Sequence[str]) -> tuple[str, ...]:
    """The opposite order, in which an index is read backwards."""
    return tuple(name[1:] if is_descending(name) else f"-{name}" for name in order)


def rows_after(rows: Rows, order: Sequence[str], position: Sequence[Any]) -> list[Rows]:
    """The rows after a position, as one queryset for each run of columns with the same direction.

    Each is one range of an index on these columns. A single condition over columns of different directions is not.
    """
    parts: list[Rows] = []
    equal: dict[str, Any] = {}
    for descending, run in groupby(zip(order, position, strict=True), key=lambda pair: is_descending(pair[0])):
        values = {name.removeprefix("-"): value for name, value in run}
        compare = LessThan if descending else GreaterThan
        beyond = compare(_row([F(name) for name in values]), _row([Value(value) for value in values.values()]))
        parts.append(rows.filter(**equal).filter(beyond))
        equal |= values
    return parts


def _row(values: Sequence[Any]) -> Func:
    """A row of SQL: comparing two of them can use an index."""
    return Func(*values, function="ROW", output_field=TextField())


def position_of(row: Any, order: Sequence[str]) -> list[Any]:
    """The row's values in the columns of an order, for JSON; times with microseconds, as two rows may differ by one."""
    values = [row[name] if isinstance(row, dict) else getattr(row, name) for name in columns_of(order)]
    return [{"at": value.isoformat()} if isinstance(value, datetime) else value for value in values]


def read_position(values: Sequence[Any]) -> list[Any]:
    """The values that `position_of` wrote."""
    return [datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value for value in values]
