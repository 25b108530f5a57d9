"""JSON with exact numbers: read as Decimal, written with the same digits.

Only a document that is not JSON is refused as a whole. A value that is JSON but cannot be used (a duplicate name, a
number of absurd length) is read as `Unusable`, which the field that needs the value refuses; other fields ignore it.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Any, NoReturn

import msgspec

from blitzrocket.text import storable

MAX_DEPTH = 1000
MAX_NUMBER_LENGTH = 256
NOT_CLOSED = "The body is not valid JSON: an array is not closed."
MAX_EXPONENT_DIGITS = 3  # a double ends at e308
MAX_PLAIN_LENGTH = 40  # of a number that is read without a closer look
QUOTE, QUOTE_NUMBER = b'"', rb"\u0022"
STEP = 64  # of each so many bytes one is looked at: a whole number that is too long has four of them

# The decoder recurses once per level, on top of the calls that lead to it.
sys.setrecursionlimit(sys.getrecursionlimit() + MAX_DEPTH)

_writer = msgspec.json.Encoder(decimal_format="number")
_exponent = re.compile(r"[eE][+-]?0*(\d+)$")
# Strings, and everything between them that is not a bracket. Possessive, and an open string runs to the end of the
# text, so that matching is linear for any input.
_not_brackets = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[^"\[\]{}]++', re.DOTALL)
_digits_in_a_row = re.compile(rb"[0-9]{%d}" % (MAX_NUMBER_LENGTH // STEP))
_BLANKS = " \t\r\n"
_LEVELS = {"[": 1, "{": 1, "]": -1, "}": -1}


class InvalidJSON(ValueError):
    """The document is not JSON; the message says why."""


class _NotPlain(Exception):
    """The document has something that `_read_any` looks at."""


# What is no JSON for this reader, in whatever way.
_NOT_PLAIN = (_NotPlain, msgspec.MsgspecError, ValueError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class Unusable:
    """A value that no field accepts: ``reason`` completes a sentence about it, ``text`` is the value as sent."""

    reason: str
    text: str = ""

    def __str__(self) -> str:
        return self.text


def read(document: bytes) -> Any:
    """Read a UTF-8 document; numbers with a point or an exponent become Decimal, unusable values `Unusable`.

    Raises:
        InvalidJSON: it is not JSON, or nested more than `MAX_DEPTH` levels.
    """
    try:
        return _read_plain(document)
    except _NOT_PLAIN:
        return _read_any(document)


def _read_plain(document: bytes) -> Any:
    """Read a document without anything to refuse, in half the time.

    The reader used here keeps the last value of a name that is given twice. Then less is written again than was read,
    by two quotes at least: all others are those of the same strings, unless quotes in them were written as numbers.

    Raises:
        Exception: one of `_NOT_PLAIN`: it has something to refuse, or that this cannot tell.
    """
    if len(document) > MAX_DEPTH and document.count(b"[") + document.count(b"{") > MAX_DEPTH:
        raise _NotPlain
    if _digits_in_a_row.search(document[::STEP]):
        raise _NotPlain
    value = _plain_decoder.decode(document)
    if document.count(QUOTE) != _writer.encode(value).count(QUOTE) or (b"\\" in document and QUOTE_NUMBER in document):
        raise _NotPlain
    return value


def _read_any(document: bytes) -> Any:
    text = _text_of(document)
    try:
        return _decoder.decode(text)
    except json.JSONDecodeError as error:
        raise _invalid(error) from None


def read_each(document: bytes) -> Iterator[Any]:
    """The items of a UTF-8 document one at a time, as `read` reads them: those of its arrays, and other values.

    Several values may follow each other, such as pages that were saved into one file.

    Raises:
        InvalidJSON: it is not JSON, or nested more than `MAX_DEPTH` levels.
    """
    text = _text_of(document)
    position, in_array = _after(text, 0), False
    while position < len(text):
        if not in_array and text[position] == "[":
            position, in_array = _after(text, position + 1), True
            if text[position : position + 1] == "]":
                position, in_array = _after(text, position + 1), False
            continue
        try:
            value, position = _decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            raise _invalid(error) from None
        yield value
        position = _after(text, position)
        if in_array:
            mark = text[position : position + 1]
            if mark not in (",", "]"):
                raise InvalidJSON(NOT_CLOSED)
            position, in_array = _after(text, position + 1), mark == ","
    if in_array:
        raise InvalidJSON(NOT_CLOSED)


def write(value: Any) -> bytes:
    """Write a value as JSON, each Decimal as a number with exactly its digits."""
    return _writer.encode(value)


def show(value: Any) -> str:
    """A value from `read` as JSON for screens, with � for characters that cannot be stored."""
    if isinstance(value, Decimal | Unusable):
        return str(value)
    return storable(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_show_other))


class ExactEncoder(json.JSONEncoder):
    """A JSONField's encoder that writes by `write`."""

    def encode(self, o: Any) -> str:
        return write(o).decode()


class ExactDecoder(json.JSONDecoder):
    """A JSONField's decoder that reads numbers with a point as Decimal."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_float": Decimal})


def _text_of(document: bytes) -> str:
    try:
        text = document.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidJSON("The body is not valid UTF-8.") from None
    if _depth_of(text) > MAX_DEPTH:
        raise InvalidJSON(f"The body is nested more than {MAX_DEPTH:,} levels deep.")
    return text


def _invalid(error: json.JSONDecodeError) -> InvalidJSON:
    where = f"line {error.lineno}, column {error.colno}"
    return InvalidJSON(f"The body is not valid JSON: {error.msg.lower()} ({where}).")


def _after(text: str, position: int) -> int:
    """The position after blanks."""
    while position < len(text) and text[position] in _BLANKS:
        position += 1
    return position


def _depth_of(text: str) -> int:
    """The depth of nesting, or an upper bound of it where that is at most `MAX_DEPTH`."""
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


def _read_plain_float(text: str) -> Decimal:
    if len(text) > MAX_PLAIN_LENGTH or "e" in text or "E" in text:
        raise _NotPlain
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
_plain_decoder = msgspec.json.Decoder(float_hook=_read_plain_float)
