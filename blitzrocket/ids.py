"""Ids of rows: prefixed text, sortable by time, safe in a URL."""

import os
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case: no i, l, o, u
RANDOM_BITS = 75
LENGTH = 26  # 26 × 5 bits: 55 of time, in microseconds, and 75 at random
_RANDOM_BYTES = 10
_RANDOM_MASK = 2**RANDOM_BITS - 1
MAX_LENGTH = 64
LABEL = "ID"  # on screens; Django would write “Id”
# How far the time in a row's id may lie from its created_at: waits for locks, clock differences between machines and
# the time that a dialog stays open come between the two.
SLACK = timedelta(minutes=15)
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
_TRIPLES = [first + pair for first in ALPHABET for pair in _PAIRS]
_LAST = 2**15 - 1  # the bits of the last three digits
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MICROSECOND = 2**55 - 1  # in the year 3111


def new_id(prefix: str = "") -> str:
    """A new id such as ``purchase_0c3k…``; ids made later by the same machine sort later."""
    return _format_id(prefix, time.time_ns() // 1000, int.from_bytes(os.urandom(_RANDOM_BYTES)) & _RANDOM_MASK)


def new_digits(count: int) -> list[str]:
    """The digits of so many new ids, in the order of their time; the random bits of all are asked for at once."""
    random = os.urandom(_RANDOM_BYTES * count)
    return [
        id_digits(time.time_ns() // 1000, int.from_bytes(random[start : start + _RANDOM_BYTES]) & _RANDOM_MASK)
        for start in range(0, len(random), _RANDOM_BYTES)
    ]


def first_id_at(prefix: str, moment: datetime) -> str:
    """The smallest id of a moment, so that a period is a range in the primary key's index.

    A row's id and its ``created_at`` are made one after the other and by different machines' clocks. A query for the
    rows of a period therefore uses the wider range from `least_id` to `end_id` and compares ``created_at`` too.
    """
    microseconds = (moment - _EPOCH) // timedelta(microseconds=1)
    return _format_id(prefix, min(max(0, microseconds), LAST_MICROSECOND), 0)


def least_id(prefix: str, moment: datetime) -> str:
    """A lower bound (inclusive) of the ids of rows created at this moment or later."""
    return first_id_at(prefix, _shift(moment, -SLACK))


def end_id(prefix: str, moment: datetime) -> str:
    """An upper bound (exclusive) of the ids of rows created before this moment."""
    return first_id_at(prefix, _shift(moment, SLACK))


def _shift(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:  # beyond the first or last datetime that Python has
        return moment


def id_digits(microseconds: int, random: int) -> str:
    """The digits of an id for a time in microseconds since 1970; ``random`` are its last `RANDOM_BITS`."""
    # Without a loop, and with the two numbers apart, it takes half the time.
    time_digits = (
        f"{_PAIRS[microseconds >> 45]}{_TRIPLES[microseconds >> 30 & _LAST]}{_TRIPLES[microseconds >> 15 & _LAST]}"
        f"{_TRIPLES[microseconds & _LAST]}"
    )
    return (
        f"{time_digits}{_TRIPLES[random >> 60]}{_TRIPLES[random >> 45 & _LAST]}{_TRIPLES[random >> 30 & _LAST]}"
        f"{_TRIPLES[random >> 15 & _LAST]}{_TRIPLES[random & _LAST]}"
    )


def _format_id(prefix: str, microseconds: int, random: int) -> str:
    digits = id_digits(microseconds, random)
    return f"{prefix}_{digits}" if prefix else digits


class IdField(models.CharField):
    """A primary key with such ids, compared byte by byte (collation C) whatever the database's locale is.

    The spelled-out column type keeps Django from adding a second index for LIKE, which collation C does not need;
    foreign keys to it inherit both. So migrations have to name this class, unlike those of `model_fields`.
    """

    def __init__(self, prefix: str = "", **options: Any) -> None:
        self.prefix = prefix
        defaults: dict[str, Any] = {
            "verbose_name": LABEL,
            "primary_key": True,
            "max_length": MAX_LENGTH,
            "default": partial(new_id, prefix),
            "db_collation": "C",
        }
        super().__init__(**(defaults | options))

    def deconstruct(self) -> Any:
        name, path, arguments, options = super().deconstruct()
        del options["default"]  # made of the prefix
        if options.get("verbose_name") == LABEL:
            del options["verbose_name"]
        return name, path, arguments, options | {"prefix": self.prefix}

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return f"character varying({self.max_length})"


def id_field(prefix: str) -> IdField:
    """A primary key that users cannot edit."""
    return IdField(prefix, editable=False)
