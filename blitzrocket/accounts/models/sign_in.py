"""Counters of failed sign-ins of the last minutes, exact over all processes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

MAX_ADDRESS_LENGTH = 45
MAX_USERNAME_LENGTH = 255  # what axes keeps of a user name
ROWS_DELETED_AT_ONCE = 100
LONGEST_WINDOW = timedelta(hours=1)  # of counters with a window of their own, whose address begins with “~”

_RECENT = "ARRAY(SELECT t FROM unnest(f.times) AS t WHERE t > statement_timestamp() - %(window)s)"
_OF_THIS_COUNTER = "FROM accounts_signinfailures AS f WHERE address = %(address)s AND username = %(username)s"
# Race: hundreds of tries arrive at once, in several processes, and none has failed yet. So a try is counted before its
# password is checked, in one statement: of two that want the last place, one waits for the other's row and is refused.
_COUNT = f"""
    INSERT INTO accounts_signinfailures AS f (address, username, times, last_at)
    VALUES (%(address)s, %(username)s, ARRAY[statement_timestamp()], statement_timestamp())
    ON CONFLICT (address, username) DO UPDATE SET times = {_RECENT} || excluded.last_at, last_at = excluded.last_at
    WHERE cardinality({_RECENT}) < %(limit)s
    RETURNING last_at
"""
_RECENT_COUNT = f"SELECT cardinality({_RECENT}) {_OF_THIS_COUNTER}"
_SECONDS_LEFT = f"SELECT extract(epoch FROM ({_RECENT})[1] + %(window)s - statement_timestamp()) {_OF_THIS_COUNTER}"
# Two tries with the same time are interchangeable, so only the first is removed.
_REMOVE = """
    UPDATE accounts_signinfailures
    SET times = times[:array_position(times, %(at)s) - 1] || times[array_position(times, %(at)s) + 1:]
    WHERE address = %(address)s AND username = %(username)s AND %(at)s = ANY(times)
"""
# Rows that another process has locked are left for the next time; waiting for them could deadlock.
_DELETE_OLD = f"""
    DELETE FROM accounts_signinfailures WHERE id IN (
        SELECT id FROM accounts_signinfailures
        WHERE last_at < statement_timestamp() - CASE WHEN address LIKE '~%%' THEN %(longest)s ELSE %(window)s END
        ORDER BY last_at LIMIT {ROWS_DELETED_AT_ONCE} FOR UPDATE SKIP LOCKED)
"""


class SignInFailures(models.Model):
    """Times of failed sign-ins of a user name from an address; an empty name counts all names of the address."""

    address = models.CharField(max_length=MAX_ADDRESS_LENGTH, db_collation="C")
    username = models.CharField(max_length=MAX_USERNAME_LENGTH, blank=True, db_collation="C")
    times: "ArrayField[Any, Any]" = ArrayField(models.DateTimeField())
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = "failed sign-ins"
        verbose_name_plural = "failed sign-ins"
        constraints = [models.UniqueConstraint(fields=["address", "username"], name="signinfailures_unique_pair")]
        indexes = [models.Index(fields=["last_at"], name="signinfailures_by_time")]


@dataclass(frozen=True, slots=True)
class FailureCounter:
    """Failures of an address, or of a user name from it: at most ``limit`` in the last ``window``."""

    address: str
    username: str
    limit: int
    window: timedelta

    def count(self) -> datetime | None:
        """Count a try as a failure and return its time, for `remove`; None where the limit is reached."""
        row = self._fetch_one(_COUNT, limit=self.limit)
        return row[0] if row else None

    def remove(self, at: datetime) -> None:
        """Remove the try counted at that time, because it succeeded."""
        self._execute(_REMOVE, at=at)

    def reset(self) -> None:
        """Forget all failures of this counter."""
        SignInFailures.objects.filter(address=self.address, username=self.username).delete()

    def is_full(self) -> bool:
        """Whether the next try would be refused."""
        row = self._fetch_one(_RECENT_COUNT)
        return row is not None and row[0] >= self.limit

    def seconds_left(self) -> int:
        """Seconds until another try is allowed, once the limit is reached; at least 1."""
        row = self._fetch_one(_SECONDS_LEFT)
        return max(1, ceil(row[0])) if row and row[0] is not None else 1

    def delete_old_rows(self) -> None:
        """Delete rows of any address that are too old to count."""
        self._execute(_DELETE_OLD, longest=LONGEST_WINDOW)

    def _fetch_one(self, statement: str, **values: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(statement, self._values | values)
            return cursor.fetchone()

    def _execute(self, statement: str, **values: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, self._values | values)

    @property
    def _values(self) -> dict[str, Any]:
        return {"address": self.address, "username": self.username, "window": self.window}
