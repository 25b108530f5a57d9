"""Shops as the services make them: the first of its kind by them, the next by sending what they wrote once more.

Most tests begin with a shop. The services send 19 statements for it and take 14 ms of the processor; the same writes
with ids, secrets and times of their own go as one and take 2.
"""

import io
import pickle
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Generic, TypeVar

from django.db import connection
from django.utils import timezone

from blitzrocket.ids import LENGTH, new_id

T = TypeVar("T")

_IDS = re.compile(rf"(?<![0-9a-z_])(?:[a-z]+_)?[0-9a-hjkmnp-tv-z]{{{LENGTH}}}(?![0-9a-z])")
_TIMES = re.compile(r"'(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?\+00:00)'")
_READS = re.compile(r"SELECT|SAVEPOINT|RELEASE")


class Pattern(Generic[T]):
    """What one call wrote and returned."""

    def __init__(self, make: Callable[[], T], own_texts: Callable[[T], list[str]]) -> None:
        """``own_texts``: what else of it is no other's, as a secret; `copy` takes the same of the next."""
        writes: list[str] = []
        with connection.execute_wrapper(partial(_note, writes)):
            self.original = make()
        self.sql = "; ".join(writes)
        self.own_texts = own_texts(self.original)
        self.ids = list(dict.fromkeys(_IDS.findall(self.sql)))
        self.times = sorted({datetime.fromisoformat(text) for text in _TIMES.findall(self.sql)})
        names = {*self.ids, *self.own_texts}
        self.names = re.compile("|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)))
        self.pickled = _pickle(self.original, names)

    def copy(self, own_texts: list[str]) -> T:
        names = dict(zip(self.own_texts, own_texts, strict=True))
        names |= {name: new_id(name[: -LENGTH - 1]) for name in self.ids}
        # In the order in which the original's were written, none of them in the future.
        now = timezone.now()
        times = {
            at: now - timedelta(microseconds=len(self.times) - number) for number, at in enumerate(self.times, start=1)
        }
        sql = self.names.sub(lambda match: names[match[0]], self.sql)
        sql = _TIMES.sub(lambda match: f"'{times[datetime.fromisoformat(match[1])].astimezone(UTC)}'", sql)
        with connection.cursor() as cursor:
            cursor.cursor.execute(sql)  # past what watches the product's own statements
        copied: T = _Unpickler(io.BytesIO(self.pickled), names, times).load()
        return copied


def _note(writes: list[str], execute: Callable[..., Any], sql: str, params: Any, *how: Any) -> Any:
    if not _READS.match(sql):
        writes.append(how[-1]["cursor"].cursor.mogrify(sql, params))
    return execute(sql, params, *how)


def _pickle(value: object, names: set[str]) -> bytes:
    class Pickler(pickle.Pickler):
        def persistent_id(self, part: object) -> object:
            is_own = isinstance(part, datetime) or (isinstance(part, str) and str(part) in names)
            return part if is_own else None

    file = io.BytesIO()
    Pickler(file, protocol=4).dump(value)
    return file.getvalue()


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, names: dict[str, str], times: dict[datetime, datetime]) -> None:
        super().__init__(file)
        self.names, self.times = names, times

    def persistent_load(self, part: Any) -> Any:
        return self.times.get(part, part) if isinstance(part, datetime) else self.names[part]
