"""JSON in which a number is exactly what was written: Decimal on the way in, digits on the way out.

A document is refused only where it is no JSON as a whole. A value that is JSON and still cannot be used (a name given
twice, a number of absurd length) is read as `Unusable`, which the field that needs the value refuses; where no field
needs it, it does not matter.
"""

import json
import re
import sys
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Any, NoReturn

import msgspec

from blitzrocket.text import storable

MAX_DEPTH = 1000
MAX_NUMBER_LENGTH = 256
MAX_EXPONENT_DIGITS = 3  # a double ends at e308

# The reader recurses once a level, on top of the calls that lead to it.
sys.setrecursionlimit(sys.getrecursionlimit() + MAX_DEPTH)

_writer = msgspec.json.Encoder(decimal_format="number")
_exponent = re.compile(r"[eE][+-]?0*(\d+)$")
# Strings, and what is no bracket outside of them. Possessive, and to the end where a string has none: always linear.
_not_brackets = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[^"\[\]{}]++', re.DOTALL)
_LEVELS = {"[": 1, "{": 1, "]": -1, "}": -1}


class InvalidJSON(ValueError):
    """The document cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """A value that no field takes: ``reason`` completes a sentence about it, ``text`` is how it was sent, if kept."""

    reason: str
    text: str = ""

    def __str__(self) -> str:
        return self.text


def read(document: bytes) -> Any:
    """Read a document in UTF-8, numbers with a point or an exponent as Decimal, what cannot be used as `Unusable`.

    Raises:
        InvalidJSON: it is not JSON, or nested too deep.
    """
    try:
        text = document.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidJSON("The body is not valid UTF-8.") from None
    if _depth_of(text) > MAX_DEPTH:
        raise InvalidJSON(f"The body is nested more than {MAX_DEPTH:,} levels deep.")
    try:
        return _decoder.decode(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidJSON(f"The body is not valid JSON: {error.msg.lower()} ({where}).") from None


def write(value: Any) -> bytes:
    """Write a value, each Decimal as a number with just its own digits."""
    return _writer.encode(value)


def show(value: Any) -> str:
    """Whatever `read` gave, as JSON for people to read: � stands for what cannot be stored."""
    if isinstance(value, Decimal | Unusable):
        return str(value)
    return storable(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_show_other))


class ExactEncoder(json.JSONEncoder):
    """For a JSONField: what it holds is written by `write`."""

    def encode(self, o: Any) -> str:
        return write(o).decode()


class ExactDecoder(json.JSONDecoder):
    """For a JSONField: numbers with a point come back as Decimal."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_float": Decimal})


def _depth_of(text: str) -> int:
    """How deep it is nested, or an upper bound where that is small."""
    brackets = text.count("[") + text.count("{")
    if brackets <= MAX_DEPTH:
        return brackets
    return max(accumulate(_LEVELS.get(bracket, 0) for bracket in _not_brackets.sub("", text)), default=0)


def _read_float(text: str) -> Decimal | Unusable:
    if len(text) > MAX_NUMBER_LENGTH:
        return _too_long(text)
    exponent = _exponent.search(text)
    if exponent and len(exponent[1]) > MAX_EXPONENT_DIGITS:
        return Unusable("is a number whose exponent is out of range.", text)
    return Decimal(text)


def _read_integer(text: str) -> int | Unusable:
    return int(text) if len(text) <= MAX_NUMBER_LENGTH else _too_long(text)  # int() of many digits takes long


def _too_long(text: str) -> Unusable:
    return Unusable(f"is a number of more than {MAX_NUMBER_LENGTH} characters.", text[:MAX_NUMBER_LENGTH])


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidJSON(f"The body is not valid JSON: {name} is not a JSON number.")


def _read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names: set[str] = set()
        for name, _ in pairs:
            if name in names:
                members[name] = Unusable("is given twice in one object; send it once.")
            names.add(name)
    return members


def _show_other(value: Any) -> float | str:
    return float(value) if isinstance(value, Decimal) else str(value)


_decoder = json.JSONDecoder(
    parse_float=_read_float,
    parse_int=_read_integer,
    parse_constant=_refuse_constant,
    object_pairs_hook=_read_object,
)
