"""Lists as the text of PostgreSQL's arrays, for statements that send many rows.

psycopg searches each item for what has to be quoted, which takes as long as reading an order. Here that is done for a
column at once.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import psycopg

_BETWEEN = "\0"  # stands for the mark between two texts; PostgreSQL stores none in a text


def array_text(values: Sequence[Any]) -> bytes | None:
    """The text of an array of these values; None where their types are others than recording sends.

    Raises:
        psycopg.DataError: a text holds a NUL character.
    """
    kinds = {*map(type, values)}
    if len(kinds) != 1:
        return None
    text_of = _TEXTS.get(kinds.pop())
    return f"{{{text_of(values)}}}".encode() if text_of else None


def _quoted(values: Sequence[str]) -> str:
    text = _BETWEEN.join(values)
    if text.count(_BETWEEN) != len(values) - 1:
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace(_BETWEEN, '","')
    return f'"{text}"'


def _plain(values: Sequence[Any]) -> str:
    return ",".join(map(str, values))


def _repeated(values: Sequence[Any]) -> str:
    """For values that many rows share, and whose text takes long to make."""
    texts = {value: str(value) for value in {*values}}
    return ",".join([texts[value] for value in values])


_TEXTS: dict[type, Callable[[Sequence[Any]], str]] = {
    str: _quoted,
    int: _plain,
    bool: _plain,
    Decimal: _plain,
    datetime: _repeated,
}
