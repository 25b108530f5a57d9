"""Every cell of every table of the database, decoded, so that nothing personal hides in it."""

import base64
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.db import connection

LONGEST_MARK = 8  # before what is compressed
_TABLES = """
    SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""


def cells_with(pattern: "re.Pattern[str]") -> set[tuple[str, str, str]]:
    """The cells in which the pattern is found: table, column, and the row's first column."""
    return {
        (table, column, str(row[0]))
        for table in _tables()
        for columns, row in _rows(table)
        for column, value in zip(columns, row, strict=True)
        if any(map(pattern.search, texts_of(value)))
    }


def texts_of(value: Any) -> Iterator[str]:
    """What a value says, also where it is compressed or written in another way."""
    if isinstance(value, memoryview | bytes):
        yield from _texts_of_bytes(bytes(value))
        return
    text = str(value)
    yield text
    if "\\u" in text:
        yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
    for part in re.findall(r"[A-Za-z0-9_\-+/=]{16,}", text):  # such as the data of a session
        with suppress(ValueError):
            yield from _texts_of_bytes(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def _texts_of_bytes(value: bytes) -> Iterator[str]:
    text = value.decode("utf-8", "replace")
    yield text
    yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
    for start in range(LONGEST_MARK):
        for bits in (15, 31, -15):  # zlib, gzip, raw
            with suppress(zlib.error):
                yield zlib.decompressobj(bits).decompress(value[start:]).decode("utf-8", "replace")


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        return [name for (name,) in cursor.fetchall()]


def _rows(table: str) -> Iterator[tuple[list[str], tuple[Any, ...]]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        columns = [column.name for column in cursor.description]
        for row in cursor.fetchall():
            yield columns, row
