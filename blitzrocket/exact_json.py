"""JSON in which a number is exactly what was written: Decimal on the way in, digits on the way out.

What comes in is read more strictly than RFC 8259 asks, because a document that two readers may understand
differently is no base for money: a name given twice, NaN, half a surrogate pair and U+0000 (which PostgreSQL
cannot store) are refused. JavaScript's and Python's own writers produce none of these by themselves.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NoReturn

import msgspec

MAX_DEPTH = 32
MAX_NUMBER_LENGTH = 256
MAX_EXPONENT_DIGITS = 3  # a double ends at e308

_writer = msgspec.json.Encoder(decimal_format="number")
_exponent = re.compile(r"[eE][+-]?0*(\d+)$")
_unusable = re.compile("[\x00\ud800-\udfff]")


class InvalidJSON(ValueError):
    """The document cannot be used; the text says why, ``field`` names the member where one is known."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def read(document: bytes) -> Any:
    """Read a document in UTF-8, numbers with a point or an exponent as Decimal.

    Raises:
        InvalidJSON: it is not JSON, or one of the kinds that this module refuses.
    """
    try:
        text = document.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidJSON("The body is not valid UTF-8.") from None
    try:
        value = json.loads(
            text,
            parse_float=_read_float,
            parse_int=_read_integer,
            parse_constant=_refuse_constant,
            object_pairs_hook=_read_object,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidJSON(f"The body is not valid JSON: {error.msg.lower()} ({where}).") from None
    except RecursionError:
        raise InvalidJSON(_TOO_DEEP) from None
    _refuse_unusable(value)
    return value


def write(value: Any) -> bytes:
    """Write a value, each Decimal as a number with just its own digits."""
    return _writer.encode(value)


class ExactEncoder(json.JSONEncoder):
    """For a JSONField: what it holds is written by `write`."""

    def encode(self, o: Any) -> str:
        return write(o).decode()


class ExactDecoder(json.JSONDecoder):
    """For a JSONField: numbers with a point come back as Decimal."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_float": Decimal})


_TOO_DEEP = f"The body is nested more than {MAX_DEPTH} levels deep."


def _read_float(text: str) -> Decimal:
    _refuse_long_number(text)
    exponent = _exponent.search(text)
    if exponent and len(exponent[1]) > MAX_EXPONENT_DIGITS:
        raise InvalidJSON("The body holds a number whose exponent is out of range.")
    return Decimal(text)


def _read_integer(text: str) -> int:
    _refuse_long_number(text)
    return int(text)


def _refuse_long_number(text: str) -> None:
    if len(text) > MAX_NUMBER_LENGTH:
        raise InvalidJSON(f"The body holds a number of more than {MAX_NUMBER_LENGTH} characters.")


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidJSON(f"The body is not valid JSON: {name} is not a JSON number.")


def _read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                shown = _unusable.sub("�", name[:80])
                raise InvalidJSON(f"The name “{shown}” is given twice in one object; send it once.", shown)
            seen.add(name)
    return members


def _refuse_unusable(value: Any) -> None:
    for path, level, text in _texts(value):
        if level > MAX_DEPTH:
            raise InvalidJSON(_TOO_DEEP)
        if _unusable.search(text):
            raise InvalidJSON(
                "The text holds a NUL character or half a surrogate pair, which cannot be stored.",
                _unusable.sub("�", path[:80]),
            )


def _texts(root: Any) -> Iterator[tuple[str, int, str]]:
    """Every text of the document, names of members too: its top-level member, its level of nesting; no recursion."""
    waiting: list[tuple[str, int, Any]] = [("", 0, root)]
    while waiting:
        path, level, value = waiting.pop()
        if isinstance(value, str):
            yield path, level, value
        elif isinstance(value, dict | list):
            members = value.items() if isinstance(value, dict) else (("", item) for item in value)
            yield path, level + 1, ""
            for name, member in members:
                yield path or name, level + 1, name
                waiting.append((path or name, level + 1, member))
