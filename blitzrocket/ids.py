"""Identifiers made by the application: prefixed text, sortable by time, safe in a URL."""

import secrets
import time
from functools import partial

from django.db import models

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case: no i, l, o, u
RANDOM_BITS = 75
LENGTH = 26  # 26 × 5 bits: 55 of time, in microseconds, and 75 at random
MAX_LENGTH = 64


def new_id(prefix: str = "") -> str:
    """``purchase_0c3k…``: ids made later by the same machine sort later."""
    number = (time.time_ns() // 1000) << RANDOM_BITS | secrets.randbits(RANDOM_BITS)
    digits = "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5))
    return f"{prefix}_{digits}" if prefix else digits


def id_field(prefix: str) -> "models.CharField[str, str]":
    """A primary key of such ids, compared byte by byte whatever the database's language is."""
    return models.CharField(
        primary_key=True,
        max_length=MAX_LENGTH,
        default=partial(new_id, prefix),
        db_collation="C",
        editable=False,
    )
