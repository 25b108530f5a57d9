"""Prepared statements over PostgreSQL's own protocol: what a connection sends, and the answers, in the same order.

Connecting, types, errors and deadlines are psycopg's. Its cursors and its pipeline are not used, because they speak
with the server once for each statement, and prepare its values anew.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.abc import Buffer, PQGen
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.generators import fetch_many, send
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

from blitzrocket.postgres.arrays import array_text

if TYPE_CHECKING:
    from blitzrocket.postgres.connection import Connection

Values = Mapping[str, Any]
_NAMED = re.compile(r"%\((\w+)\)s(?:::(\w+(?:\[\])?))?")
# Sent in PostgreSQL's binary format. As text, bytes are twice as long, and quotes and backslashes in an array's values
# are escaped one by one: 400 µs for a body of 4 KB. Not numbers: psycopg's binary form of an integer is of the smallest
# type that holds it.
_BINARY = {"bytea", "bytea[]", "text[]"}
_SUCCESSES = {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK, ExecStatus.PIPELINE_SYNC}


class Sent:
    """A message to the server, and its result once that is received."""

    __slots__ = ("result", "sql")

    def __init__(self, sql: str | None = None) -> None:
        self.sql = sql  # of a statement that is prepared
        self.result: PGresult | None = None


class Exchange:
    """The messages of a connection. Within a pipeline their results are waited for only when they are read."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._libpq = connection.pgconn
        self._types = Transformer(connection)
        self._prepared: dict[str, bytes] = {}
        self._prepared_so_far = 0
        self._unanswered: list[Sent] = []
        self._is_pipeline = False

    def send(self, sql: str, values: Values) -> Sent:
        """Send a statement, which is prepared when the connection sends it for the first time, unless it is shared.

        Raises:
            psycopg.Error: it failed, or the connection did.
        """
        query, names, formats = _compiled(sql)
        parameters = self._dump([*map(values.__getitem__, names)], formats)
        if not self._is_pipeline:  # which is a transaction itself
            self._begin_transaction()
        if self._connection.is_shared:
            self._libpq.send_query_params(query, parameters, None, self._types.formats)
        else:
            prepared = self._prepared.get(sql) or self._prepare(sql, query)
            self._libpq.send_query_prepared(prepared, parameters, self._types.formats)
        return self._sent()

    def _dump(self, values: list[Any], formats: list[PyFormat]) -> Sequence[Buffer | None]:
        """The parameters of a statement; lists, of which psycopg looks at each item, are written here."""
        arrays = {
            place: text for place, value in enumerate(values) if type(value) is list and (text := array_text(value))
        }
        if not arrays:
            return self._types.dump_sequence(values, formats)
        for place in arrays:
            values[place] = None
        parameters = [*self._types.dump_sequence(values, formats)]
        for place, text in arrays.items():
            parameters[place] = text
        return parameters

    def rows(self, sent: Sent) -> list[tuple[Any, ...]]:
        """The rows of a statement.

        Raises:
            psycopg.Error: it failed, or one before it in the same pipeline.
        """
        if sent.result is None:
            self._libpq.send_flush_request()
            self._receive()
        result: Any = sent.result
        self._types.set_pgresult(result)
        return self._types.load_rows(0, result.ntuples, tuple)

    def begin_pipeline(self) -> None:
        self._libpq.enter_pipeline_mode()
        self._is_pipeline = True
        self._begin_if_spread()

    def commit_pipeline(self) -> None:
        """Commit what was sent since it began.

        Raises:
            psycopg.Error: a statement failed, and nothing is committed.
        """
        try:
            self._end_transaction(b"COMMIT")
            self._receive()
        finally:
            self._end_pipeline()

    def commit_so_far(self, *, wait: bool = True) -> None:
        """Commit what was sent since the pipeline began; what is sent next is another transaction.

        Raises:
            psycopg.Error: with ``wait``, a statement failed, and nothing is committed. Without, it is raised later, and
                what is sent next is done.
        """
        has_unanswered = bool(self._unanswered)
        self._end_transaction(b"COMMIT")
        if wait and has_unanswered:
            self._receive()
        self._begin_if_spread()

    def roll_back_pipeline(self) -> None:
        """Undo what was sent since it began, after an error here or there."""
        if self._connection.closed:
            return
        if not self._connection.is_spread:
            self._send_command(b"ROLLBACK")
        with suppress(psycopg.Error):
            try:
                self._end_transaction(b"ROLLBACK")
                self._receive()
            finally:
                self._end_pipeline()

    # PostgreSQL makes a transaction of what is sent up to a synchronisation. Citus does not see that one, and would
    # commit each statement on the other servers. So there the transaction is begun and ended by commands: the end after
    # a synchronisation, because what follows a failed statement is skipped up to that. COMMIT then rolls back.

    def _begin_if_spread(self) -> None:
        if self._connection.is_spread:
            self._send_command(b"BEGIN")

    def _end_transaction(self, command: bytes) -> None:
        self._synchronize()
        if self._connection.is_spread:
            self._send_command(command)
            self._synchronize()

    def _synchronize(self) -> None:
        self._libpq.pipeline_sync()
        self._unanswered.append(Sent())

    def _send_command(self, command: bytes) -> None:
        self._libpq.send_query_params(command, None)
        self._sent()

    def _end_pipeline(self) -> None:
        self._is_pipeline = False
        if not self._connection.closed:
            self._libpq.exit_pipeline_mode()

    def _begin_transaction(self) -> None:
        """Begin what Django has announced, as psycopg's cursors do before the first statement."""
        if not self._connection.autocommit and self._libpq.transaction_status == TransactionStatus.IDLE:
            self._send_command(b"BEGIN")

    def _prepare(self, sql: str, query: bytes) -> bytes:
        self._prepared_so_far += 1
        name = self._prepared[sql] = b"statement_%d" % self._prepared_so_far
        self._libpq.send_prepare(name, query)
        self._sent(sql)
        return name

    def _sent(self, sql: str | None = None) -> Sent:
        sent = Sent(sql)
        self._unanswered.append(sent)
        if not self._is_pipeline:
            self._receive()
        return sent

    def _receive(self) -> None:
        """Receive the results of all that was sent.

        Raises:
            psycopg.Error: the first that failed.
        """
        unanswered, self._unanswered = self._unanswered, []
        failed = None
        results = self._connection.wait(_results(self._libpq, len(unanswered)))
        for sent, result in zip(unanswered, results, strict=True):
            sent.result = result
            if result.status not in _SUCCESSES:
                failed = failed or result
                if sent.sql:
                    self._prepared.pop(sent.sql, None)
        if failed:
            raise error_from_result(failed)


@lru_cache(maxsize=100)
def _compiled(sql: str) -> tuple[bytes, list[str], list[PyFormat]]:
    """The statement with numbers for its values, their names in that order, and how they are sent, by their types."""
    types = dict(_NAMED.findall(sql))
    names = list(types)
    query = _NAMED.sub(lambda match: match[0].replace(f"%({match[1]})s", f"${names.index(match[1]) + 1}"), sql)
    formats = [PyFormat.BINARY if each in _BINARY else PyFormat.TEXT for each in types.values()]
    return query.replace("%%", "%").encode(), names, formats


def _results(libpq: PGconn, count: int) -> PQGen[list[PGresult]]:
    """Send what is queued, and wait for the results of so many messages."""
    yield from send(libpq)
    results = []
    for _ in range(count):
        result, *_ = yield from fetch_many(libpq)
        results.append(result)
    return results
