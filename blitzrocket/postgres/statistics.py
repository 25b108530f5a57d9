"""Statistics for tables that fill faster than PostgreSQL looks at them.

A new installation's tables are empty, and its statements are planned for that. PostgreSQL's autovacuum analyses them up
to a minute later; meanwhile a shop may send thousands of orders, and each cost up to three times as much, the checks of
foreign keys included. So a process looks itself after its first rows; analysing a table plans all its statements anew.
"""

import logging
from threading import Lock
from typing import Any

import psycopg

logger = logging.getLogger(__name__)
LOOK_AFTER = (200, 1_000, 5_000, 25_000, 125_000)  # rows written by the process
# A tenth of PostgreSQL's own sample, until autovacuum takes that: how large a table is says more about a plan than how
# its values are spread, and at 25,000 orders the whole sample took half a second of processor time.
SAMPLE = "SET LOCAL default_statistics_target = 10"
# Tables that have more than doubled since they were analysed, or never were.
_GROWN = """
    SELECT format('%I', relname) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
    AND pg_relation_size(oid) / current_setting('block_size')::int > 2 * relpages
"""


class Growth:
    """How many rows this process has written, and whether to look at the tables now."""

    def __init__(self) -> None:
        self._rows = 0
        self._looks = list(LOOK_AFTER)
        self._counting = Lock()

    def add(self, rows: int) -> None:
        self._rows += rows  # a row that is lost between two threads does not matter

    def is_to_be_looked_at(self) -> bool:
        """True once after each of `LOOK_AFTER`."""
        if not self._looks or self._rows < self._looks[0]:
            return False
        with self._counting:  # one thread looks, not all
            due = [rows for rows in self._looks if rows <= self._rows]
            self._looks = self._looks[len(due) :]
            return bool(due)


growth = Growth()


def analyze_grown_tables(connection: Any) -> None:
    """Analyse the tables that have grown; a failure is logged, because a call's own work does not depend on it."""
    try:
        grown = [name for (name,) in connection.execute(_GROWN).fetchall()]
        if grown:
            with connection.transaction():
                connection.execute(SAMPLE)
                connection.execute(f"ANALYZE (SKIP_LOCKED) {', '.join(grown)}")
    except psycopg.OperationalError as error:  # the database is away or too slow
        logger.warning("Tables that have grown could not be analysed: %s", error)
    except psycopg.Error:
        logger.exception("Tables that have grown could not be analysed.")
