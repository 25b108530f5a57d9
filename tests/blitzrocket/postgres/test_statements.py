"""Prepared statements, and transactions that are sent as a pipeline."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, DataError, IntegrityError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg.pq import TransactionStatus

from blitzrocket.postgres.statements import Commit, RowsStatement, pipelined_transaction, send
from tests.support import test_database_url

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
    body="bytea",
)
ROW: dict[str, Any] = {
    "place": 0,
    "text": "“ü\\ \"' %s",
    "amount": Decimal("0.10"),
    "at": AT,
    "is_it": True,
    "document": '{"a":1.50}',
    "body": b'\x00\xff\\x41{"a,',
}
NOTHING: dict[str, Any] = dict.fromkeys(ROW.keys() - {"place"})


@pytest.fixture(params=[False, True], ids=["one server", "spread over servers"])
def numbers(request: pytest.FixtureRequest, transactional_db: None) -> Iterator[None]:
    """A table to write to; the connection also begins and ends transactions as for tables that are spread."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE numbers (number int PRIMARY KEY)")
    used = connection.connection
    used.is_spread = request.param
    yield
    used.is_spread = False
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE numbers")


def stored() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM numbers ORDER BY number")
        return [number for (number,) in cursor.fetchall()]


def insert(*values: int) -> None:
    for number in values:
        send(INSERT, {"number": number})


def insert_and_read(*values: int | str) -> list[Any]:
    return [row for number in values for row in send(INSERT, {"number": number}).all()]


def insert_in_two(commit: Commit, first: list[int], second: list[int], *, wait: bool = True) -> None:
    insert(*first)
    commit(wait=wait)
    insert(*second)


def commit_and_fail(commit: Commit, first: int, second: int) -> None:
    insert_in_two(commit, [first], [second])
    raise ZeroDivisionError


def insert_and_select(*values: int) -> None:
    insert(*values)
    send("SELECT 'another statement'", {})


def insert_and_fail(number: int) -> None:
    insert(number)
    raise ZeroDivisionError


def send_all(*statements: str) -> None:
    for statement in statements:
        send(statement, {})


def insert_after_end_of_connection(number: int) -> None:
    """Insert twice, while the server ends the connection, as it does when it is restarted."""
    insert(number)
    pid = connection.connection.info.backend_pid
    with psycopg.connect(test_database_url(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
    insert_and_read(number + 1)


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

    def test_where_tables_are_spread_it_is_begun_by_a_command(self) -> None:
        """As for `SAVEPOINT`, which PostgreSQL refuses where it was not."""
        if connection.connection.is_spread:
            with pipelined_transaction() as commit:
                send("SAVEPOINT first", {})
                commit()
                send("SAVEPOINT second", {})
        else:
            refused = pytest.raises(DatabaseError, match="SAVEPOINT can only be used in transaction blocks")
            with refused, pipelined_transaction():
                send("SAVEPOINT first", {})
        assert connection.connection.info.transaction_status == TransactionStatus.IDLE

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
            connection.close()
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

    def test_a_statement_whose_preparation_failed_is_prepared_again(self) -> None:
        for _ in range(2):
            with pytest.raises(DatabaseError), pipelined_transaction():
                send_all("SELECT number FROM nowhere", "SELECT 'never prepared'")
        assert send("SELECT 'never prepared'", {}).all() == [("never prepared",)]
        assert stored() == []

    def test_a_text_with_nul_is_refused_and_nothing_is_stored(self) -> None:
        with pytest.raises(DataError), pipelined_transaction():
            insert_and_read(1, "a\0b")
        assert stored() == []
        assert send("SELECT %(text)s::text", {"text": "ab"}).all() == [("ab",)]

    def test_many_megabytes_are_sent_and_received(self) -> None:
        text = "ü" * 5_000_000
        with pipelined_transaction():
            insert(1)
            ((received,),) = send("SELECT %(text)s::text", {"text": text}).all()
        assert received == text
        assert stored() == [1]

    def test_a_connection_that_is_lost_stays_an_error_of_the_database(self) -> None:
        with pytest.raises(OperationalError), pipelined_transaction():
            insert_after_end_of_connection(1)
        connection.close()
        assert stored() == []

    def test_a_commit_within_it_keeps_what_was_sent_before(self) -> None:
        with pytest.raises(IntegrityError), pipelined_transaction() as commit:
            insert_in_two(commit, [1], [2, 2])
        assert stored() == [1]

    def test_a_commit_waits_for_what_was_sent_before(self) -> None:
        with pytest.raises(IntegrityError), pipelined_transaction() as commit:
            insert_in_two(commit, [1, 1], [2])
        assert stored() == []

    def test_a_commit_that_does_not_wait_lets_the_next_statements_be_done(self) -> None:
        with pytest.raises(IntegrityError), pipelined_transaction() as commit:
            insert_in_two(commit, [1, 1], [2], wait=False)
        assert stored() == [2]

    def test_an_exception_after_a_commit_rolls_back_what_was_sent_since(self) -> None:
        with pytest.raises(ZeroDivisionError), pipelined_transaction() as commit:
            commit_and_fail(commit, 1, 2)
        assert stored() == [1]

    def test_rows_are_read_after_a_commit_and_after_the_end(self) -> None:
        with pipelined_transaction() as commit:
            before = send(INSERT, {"number": 1})
            commit(wait=False)
            after = send(INSERT, {"number": 2})
        assert (before.all(), after.all()) == ([(1,)], [(2,)])

    def test_a_commit_within_a_transaction_commits_nothing(self) -> None:
        with transaction.atomic():
            with pipelined_transaction() as commit:
                insert(1)
                commit()
                insert(2)
            transaction.set_rollback(True)
        assert stored() == []

    def test_within_a_transaction_it_is_a_savepoint(self) -> None:
        with transaction.atomic():
            with pipelined_transaction():
                insert(1)
            with pytest.raises(IntegrityError), pipelined_transaction():
                insert(2, 1)
            insert(3)
        assert stored() == [1, 3]

    def test_a_transaction_begins_with_its_first_statement(self) -> None:
        with transaction.atomic():
            insert(1)
            assert connection.connection.info.transaction_status == TransactionStatus.INTRANS
            transaction.set_rollback(True)
        assert stored() == []

    def test_it_ends_with_a_transaction_around_it(self) -> None:
        with transaction.atomic():
            with pipelined_transaction():
                insert(1)
            transaction.set_rollback(True)
        assert stored() == []
