"""Prepared statements, and transactions that are sent as a pipeline."""

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from blitzrocket.postgres.statements import PLAN_AGAIN_AT, RowsStatement, pipelined_transaction, send

INSERT = "INSERT INTO numbers (number) VALUES (%(number)s) RETURNING number"
AT = datetime(2026, 11, 22, 18, 0, 0, 250000, tzinfo=UTC)
ECHO = RowsStatement(
    "SELECT sent.*, %(all)s::text FROM {sent} ORDER BY place",
    place="int",
    text="text",
    amount="numeric",
    at="timestamptz",
    is_it="boolean",
    document="text",
)
ROW = {"place": 0, "text": "“ü\\ \"' %s", "amount": Decimal("0.10"), "at": AT, "is_it": True, "document": '{"a":1.50}'}
NOTHING: dict[str, Any] = {"text": None, "amount": None, "at": None, "is_it": None, "document": None}


@pytest.fixture
def numbers(transactional_db: None) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE numbers (number int PRIMARY KEY)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE numbers")


def stored() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM numbers ORDER BY number")
        return [number for (number,) in cursor.fetchall()]


def insert(*values: int) -> None:
    for number in values:
        send(INSERT, {"number": number})


def insert_and_read(*values: int) -> list[Any]:
    return [row for number in values for row in send(INSERT, {"number": number}).all()]


def insert_and_select(*values: int) -> None:
    insert(*values)
    send("SELECT 'another statement'", {})


def insert_and_fail(number: int) -> None:
    insert(number)
    raise ZeroDivisionError


@pytest.mark.django_db
@pytest.mark.parametrize("row", [ROW, {"place": 0, **NOTHING}])
def test_a_row_alone_and_among_others_has_the_same_values(row: dict[str, Any]) -> None:
    alone = ECHO.send([row], all="x").all()
    among = ECHO.send([row, {"place": 1, **NOTHING}], all="x").all()
    assert alone == [(*row.values(), "x")] == among[:1]
    assert len(among) == 2


@pytest.mark.django_db
def test_a_statement_is_prepared_once_and_planned_generically() -> None:
    for _ in range(2):
        send("SELECT %(number)s::int + 41", {"number": 1})
    plans = send(
        "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE %(part)s",
        {"part": "%+ 41"},
    ).all()
    assert plans == [(2, 0)]


@pytest.mark.usefixtures("numbers")
@pytest.mark.parametrize("in_pipeline", [False, True])
def test_a_statement_is_planned_by_indexes_while_its_table_is_empty(in_pipeline: bool) -> None:
    read = "SELECT number AS one FROM numbers WHERE number = %(number)s::int"
    with pipelined_transaction() if in_pipeline else nullcontext():
        send(read, {"number": 1})
    found = "SELECT name FROM pg_prepared_statements WHERE statement LIKE %(part)s ORDER BY prepare_time DESC LIMIT 1"
    ((name,),) = send(found, {"part": "%AS one FROM numbers%"}).all()
    with connection.cursor() as cursor:
        cursor.execute(f'EXPLAIN EXECUTE "{name}" (1)')
        assert "Index" in str(cursor.fetchall())
        cursor.execute("SHOW enable_seqscan")
        assert cursor.fetchone() == ("on",)


@pytest.mark.usefixtures("numbers")
@pytest.mark.parametrize("in_pipeline", [False, True])
def test_statements_are_planned_again_once_their_tables_have_rows(in_pipeline: bool) -> None:
    again = "SELECT number AS again FROM numbers WHERE number = %(number)s::int"
    send(again, {"number": 1})
    other = "SELECT 'another statement'"
    send(other, {})
    connection.connection.sent = min(PLAN_AGAIN_AT) - 1
    with pipelined_transaction() if in_pipeline else nullcontext():
        assert send(again, {"number": 1}).all() == []
    assert connection.connection.planned == {again}, "the other one is planned when it is sent next"


@pytest.mark.django_db
def test_statements_are_seen_by_what_watches_queries() -> None:
    with CaptureQueriesContext(connection) as captured:
        send("SELECT 1", {})
    assert [query["sql"] for query in captured] == ["SELECT 1"]


@pytest.mark.usefixtures("numbers")
class TestTransaction:
    def test_it_is_committed_at_its_end(self) -> None:
        with pipelined_transaction():
            insert(1, 2)
        assert stored() == [1, 2]

    def test_rows_are_read_before_its_end(self) -> None:
        with pipelined_transaction():
            assert insert_and_read(7) == [(7,)]
            insert(8)
        assert stored() == [7, 8]

    def test_an_error_in_its_last_statement_rolls_all_back(self) -> None:
        with pytest.raises(IntegrityError), pipelined_transaction():
            insert(1, 2, 1)
        assert stored() == []

    def test_an_error_in_a_statement_that_is_read_rolls_all_back(self) -> None:
        with pytest.raises(IntegrityError), pipelined_transaction():
            insert_and_read(1, 1)
        assert stored() == []

    def test_its_error_is_that_of_the_statement_that_failed(self) -> None:
        for _ in range(200):  # it comes while one of the statements after it is sent
            connection.connection.planned.clear()
            with pytest.raises(IntegrityError), pipelined_transaction():
                insert_and_select(1, 1, 2)
        assert stored() == []

    def test_an_exception_rolls_all_back(self) -> None:
        with pytest.raises(ZeroDivisionError), pipelined_transaction():
            insert_and_fail(1)
        assert stored() == []

    def test_the_connection_is_usable_after_an_error(self) -> None:
        for number in (1, 2):
            with pytest.raises(DatabaseError), pipelined_transaction():
                insert(number, number)
            with pipelined_transaction():
                insert(number)
        assert stored() == [1, 2]

    def test_within_a_transaction_it_is_a_savepoint(self) -> None:
        with transaction.atomic():
            with pipelined_transaction():
                insert(1)
            with pytest.raises(IntegrityError), pipelined_transaction():
                insert(2, 1)
            insert(3)
        assert stored() == [1, 3]

    def test_it_ends_with_a_transaction_around_it(self) -> None:
        with transaction.atomic():
            with pipelined_transaction():
                insert(1)
            transaction.set_rollback(True)
        assert stored() == []
