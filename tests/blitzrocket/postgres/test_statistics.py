"""Tables that fill quickly are analysed before autovacuum does it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connection

from blitzrocket.postgres import statements
from blitzrocket.postgres.statements import RowsStatement, pipelined_transaction
from blitzrocket.postgres.statistics import LOOK_AFTER, Growth, analyze_grown_tables
from tests.support import test_database_url

INSERT = RowsStatement("INSERT INTO numbers SELECT number FROM {sent}", number="int")


@pytest.fixture
def numbers(transactional_db: None) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE numbers (number int) WITH (autovacuum_enabled = off)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE numbers")


def insert(rows: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO numbers SELECT generate_series(1, %s)", [rows])


def estimate() -> int:
    """How many rows PostgreSQL believes that the table has; -1 before it was analysed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::int FROM pg_class WHERE relname = 'numbers'")
        (rows,) = cursor.fetchone()
    return int(rows)


def look() -> int:
    connection.ensure_connection()
    analyze_grown_tables(connection.connection)
    return estimate()


@pytest.mark.usefixtures("numbers")
def test_a_table_is_analysed_when_it_has_rows_and_when_it_has_more_than_doubled() -> None:
    assert look() == -1, "it is empty"
    insert(1_000)
    assert look() == 1_000
    insert(500)
    assert look() == 1_000
    insert(1_500)
    assert look() == 3_000


@pytest.mark.usefixtures("numbers")
def test_it_takes_a_small_sample_and_leaves_the_setting() -> None:
    insert(5_000)
    look()
    with connection.cursor() as cursor:
        cursor.execute("SELECT histogram_bounds::text::int[] FROM pg_stats WHERE tablename = 'numbers'")
        (bounds,) = cursor.fetchone()
        cursor.execute("SHOW default_statistics_target")
        (target,) = cursor.fetchone()
    assert len(bounds) == 11
    assert target == "100"


@pytest.mark.usefixtures("numbers")
def test_it_is_analysed_once_enough_rows_were_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "growth", Growth())
    rows = [{"number": number} for number in range(LOOK_AFTER[0])]
    for sent in (rows[:-1], rows[-1:]):
        with pipelined_transaction():
            INSERT.send(sent)
        assert estimate() == -1
    with pipelined_transaction():
        INSERT.send(rows)
    assert estimate() == len(rows)


def test_one_call_looks_for_all() -> None:
    growth = Growth()
    looks = []
    with ThreadPoolExecutor(8) as threads:
        for after in LOOK_AFTER:
            growth.add(after)
            looks.append(sum(threads.map(lambda _: growth.is_to_be_looked_at(), range(50))))
    growth.add(10 * LOOK_AFTER[-1])
    assert looks == [1] * len(LOOK_AFTER)
    assert not growth.is_to_be_looked_at()


@pytest.mark.usefixtures("numbers")
def test_a_failure_is_logged_and_the_call_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    insert(10)
    lost = psycopg.connect(test_database_url(), autocommit=True)
    lost.close()
    analyze_grown_tables(lost)
    assert "could not be analysed" in caplog.text
    assert estimate() == -1


def test_a_database_that_is_away_is_one_line_of_the_log(
    transactional_db: None, caplog: pytest.LogCaptureFixture
) -> None:
    closed = psycopg.connect(test_database_url())
    closed.close()
    analyze_grown_tables(closed)
    (record,) = caplog.records
    assert (record.levelname, record.exc_info) == ("WARNING", None)
    assert record.getMessage() == "Tables that have grown could not be analysed: the connection is closed"
