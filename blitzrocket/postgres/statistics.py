"""Statistics for tables that fill faster than PostgreSQL looks at them.

A new installation's tables are empty, and its statements are planned for that. PostgreSQL's autovacuum analyses them up
to a minute later; meanwhile a shop may send thousands of orders, and each cost up to three times as much, the checks of
foreign keys included. So a process looks itself after its first rows in a table; analysing that plans all its
statements anew.
"""

import logging
from collections import Counter
from collections.abc import Collection
from typing import Any

import psycopg

logger = logging.getLogger(__name__)
FIRST_LOOK = 200  # rows that the process has written to a table
NEXT_LOOK = 5  # times as many
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
    """How many rows this process has written to each table, and whether to look at the tables now.

    By table, because one that stays empty for long, as that of orders on hold, fills as quickly once it does.
    """

    def __init__(self) -> None:
        self._rows: Counter[str] = Counter()
        self._looks: dict[str, int] = {}
        self._is_due = False

    def add(self, tables: Collection[str], rows: int) -> None:
        for table in tables:
            self._rows[table] += rows  # a row that is lost between two threads does not matter
            while self._rows[table] >= self._looks.setdefault(table, FIRST_LOOK):
                self._looks[table] *= NEXT_LOOK
                self._is_due = True

    def is_to_be_looked_at(self) -> bool:
        """True once after a table has had `FIRST_LOOK` rows, and after each `NEXT_LOOK` times as many."""
        is_due, self._is_due = self._is_due, False  # two threads that look at once do no harm
        return is_due


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
