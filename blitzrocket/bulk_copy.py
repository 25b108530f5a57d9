"""Bulk inserts of a model's rows with PostgreSQL's COPY, which is several times as fast as INSERT."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import AutoField, Model

from blitzrocket import strict_json

ROWS_AT_ONCE = 50_000  # in one statement and transaction, whose checks of foreign keys wait in memory
LINES_AT_ONCE = 1000


class CopyTarget:
    """A model's table as the target of a COPY.

    ``varying`` names the columns of a row, in order; ``same`` holds values for all rows. Any other column gets its
    field's default, or the database's.
    """

    def __init__(self, model: type[Model], varying: Sequence[str], **same: Any) -> None:
        fields = [field for field in model._meta.concrete_fields if not isinstance(field, AutoField)]
        columns = {str(field.column): field for field in fields}
        unknown_columns = {*varying, *same} - columns.keys()
        if unknown_columns:
            raise ValueError(f"{model.__name__} has no column {', '.join(sorted(unknown_columns))}.")
        listed = {*varying, *(name for name, field in columns.items() if field.has_db_default() and name not in same)}
        constants = {name: same.get(name, field.get_default()) for name, field in columns.items() if name not in listed}
        self.statement = f"COPY {model._meta.db_table} ({', '.join([*varying, *constants])}) FROM STDIN"
        literals = [escaped(text_of(value)).replace("%", "%%") for value in constants.values()]
        self.line = "\t".join(["%s"] * len(varying) + literals) + "\n"

    def copy(self, rows: Iterable[tuple[Any, ...]]) -> int:
        """Copy rows and return how many; their values are in COPY's text format (`text_of`, `escaped`)."""
        remaining, count = iter(rows), 0
        while chunk := list(islice(remaining, ROWS_AT_ONCE)):
            with connection.cursor() as cursor, cursor.copy(self.statement) as copy:
                for start in range(0, len(chunk), LINES_AT_ONCE):
                    copy.write("".join([self.line % row for row in chunk[start : start + LINES_AT_ONCE]]))
            count += len(chunk)
        return count


def text_of(value: Any) -> str | None:
    """The value in PostgreSQL's input format; None for null."""
    match value:
        case None:
            return None
        case bool():
            return "t" if value else "f"
        case dict() | list():
            return strict_json.write(value).decode()
        case datetime():
            return value.isoformat()
        case _:
            return str(value)


def escaped(text: str | None) -> str:
    """The text with COPY's escapes; ``\\N`` for null."""
    if text is None:
        return r"\N"
    return text.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")
