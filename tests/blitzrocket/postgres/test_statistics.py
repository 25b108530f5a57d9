"""Tables that fill quickly are analysed before autovacuum does it."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from blitzrocket.postgres import statements
from blitzrocket.postgres.statements import RowsStatement, pipelined_transaction
from blitzrocket.postgres.statistics import FIRST_LOOK, NEXT_LOOK, Growth, analyze_grown_tables
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
    rows = [{"number": number} for number in range(FIRST_LOOK)]
    for sent in (rows[:-1], rows[-1:]):
        with pipelined_transaction():
            INSERT.send(sent)
        assert estimate() == -1
    with pipelined_transaction():
        INSERT.send(rows)
    assert estimate() == len(rows)


def test_each_table_is_counted_by_itself_and_looked_at_more_and_more_rarely() -> None:
    growth = Growth()
    looks = []
    for table in ["orders"] * 1_000 + ["held"] * 1_000:
        growth.add([table], FIRST_LOOK // 2)
        looks.append(growth.is_to_be_looked_at())
    expected = [2 * NEXT_LOOK**power - 1 for power in range(4)]
    assert [place for place, look in enumerate(looks) if look] == [*expected, *(1_000 + place for place in expected)]


def test_rows_that_are_only_read_are_not_counted(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> None:
    growth = Growth()
    monkeypatch.setattr(statements, "growth", growth)
    RowsStatement("SELECT number FROM {sent}", number="int").send([{"number": 1}] * FIRST_LOOK)
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
