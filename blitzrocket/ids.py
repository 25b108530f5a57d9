"""Identifiers made by the application: prefixed text, sortable by time, safe in a URL."""

import secrets
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case: no i, l, o, u
RANDOM_BITS = 75
LENGTH = 26  # 26 × 5 bits: 55 of time, in microseconds, and 75 at random
MAX_LENGTH = 64
# By how much a row's id may have been made before or after its time: between the two lies a wait for a lock, the
# difference of two machines' clocks, or the filling in of a dialog.
SLACK = timedelta(minutes=15)
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MICROSECOND = 2**55 - 1  # in the year 3111


def new_id(prefix: str = "") -> str:
    """``purchase_0c3k…``: ids made later by the same machine sort later."""
    return _written(prefix, time.time_ns() // 1000, secrets.randbits(RANDOM_BITS))


def first_id_at(prefix: str, moment: datetime) -> str:
    """The smallest id that can be made at a moment: ids from it on are a range in the primary key's index.

    A row's id and its ``created_at`` are made one after the other and by different machines' clocks, so whoever asks
    for the rows of a time takes the wider range from `least_id` to `end_id`, and compares ``created_at`` too.
    """
    microseconds = (moment - _BEGINNING) // timedelta(microseconds=1)
    return _written(prefix, min(max(0, microseconds), LAST_MICROSECOND), 0)


def least_id(prefix: str, moment: datetime) -> str:
    """No row of this moment or a later one has a smaller id."""
    return first_id_at(prefix, _moved(moment, -SLACK))


def end_id(prefix: str, moment: datetime) -> str:
    """No row from before this moment has this id or a larger one."""
    return first_id_at(prefix, _moved(moment, SLACK))


def _moved(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:  # at an end of the calendar
        return moment


def id_digits(microseconds: int, random: int) -> str:
    """The digits of an id that is made at a time since 1970; ``random`` are its last `RANDOM_BITS`."""
    number = microseconds << RANDOM_BITS | random
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(5 * (LENGTH - 2), -1, -10)])


def _written(prefix: str, microseconds: int, random: int) -> str:
    digits = id_digits(microseconds, random)
    return f"{prefix}_{digits}" if prefix else digits


class IdField(models.CharField):
    """A primary key of such ids, compared byte by byte whatever the database's language is.

    The name of its type keeps Django from making a second index for LIKE, which collation C does not need; foreign
    keys to it inherit both.
    """

    def __init__(self, prefix: str = "", **options: Any) -> None:
        self.prefix = prefix
        own: dict[str, Any] = {
            "primary_key": True,
            "max_length": MAX_LENGTH,
            "default": partial(new_id, prefix),
            "db_collation": "C",
        }
        super().__init__(**(own | options))

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"prefix": self.prefix}

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return f"character varying({self.max_length})"


def id_field(prefix: str) -> IdField:
    """The id of a row that only the application names."""
    return IdField(prefix, editable=False)
