"""Lists and reports from a streaming replica, which show no less than the primary would.

Before its first such read a request asks the primary how far its log is written, and the replica whether it has
replayed that. So all that was committed when the request came is there, through any process and by anyone: orders, but
also rights and ended contests. No session, key or cookie has to remember what its owner wrote. A replica
that is behind is waited for a moment, then the primary answers, as it does where there is no replica.

What is committed without waiting for the disk (`synchronous_commit` off: the counts of duplicates) may come half a
second later.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial, wraps
from threading import local
from typing import Any, TypeVar, cast

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.http import HttpRequest
from django.template.response import TemplateResponse
from psycopg.errors import QueryCanceled

from blitzrocket.postgres.statements import send

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")
View = TypeVar("View", bound=Callable[..., Any])

REPLICA = "replica"
READING = ("GET", "HEAD")
# How long a request waits for a replica that kept up at the last look, in seconds; one that did not is not waited for.
WAITS = (0.005, 0.015, 0.04)
AWAY_SECONDS = 5.0  # one that cannot be used is left alone for so long
AWAY, BEHIND, OTHER = "cannot be reached", "is behind", "is no replica of this database"

# With ``synchronous_commit`` an answer has come after its log was flushed; what is only inserted has no answer yet.
_PRIMARY = """
    SELECT (CASE WHEN pg_is_in_recovery() THEN NULL
        WHEN current_setting('synchronous_commit') = 'off' THEN pg_current_wal_insert_lsn()
        ELSE pg_current_wal_flush_lsn() END)::text
"""
_REPLICA = "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= %s::pg_lsn"
_IDENTITY = "SELECT system_identifier, pg_is_in_recovery() FROM pg_control_system()"


class Replica:
    """The replica as this process knows it."""

    def __init__(self) -> None:
        self.problem = ""
        self._is_ours = False
        self._next_try = 0.0

    def is_up_to_date(self) -> bool:
        """Whether it has replayed all that the primary has written by now.

        Raises:
            django.db.Error: the primary does not answer.
        """
        ((written,),) = send(_PRIMARY, {}).all()
        if written is None or time.monotonic() < self._next_try:
            return False
        # Race: of many requests one tries a replica that is away, and the others go on with the primary.
        self._next_try = time.monotonic() + AWAY_SECONDS if self.problem in (AWAY, OTHER) else 0.0
        try:
            return self._look(written)
        except Error as error:
            self.leave(AWAY, error)
            return False

    def leave(self, problem: str, error: object = "") -> None:
        """Leave it alone for a while."""
        if problem != self.problem:
            logger.warning("The replica %s, so the primary answers: %s", problem, error)
        self.problem, self._is_ours = problem, False
        self._next_try = time.monotonic() + AWAY_SECONDS

    def _look(self, written: str) -> bool:
        if not self._is_ours and not self._identify():
            return False
        waits = () if self.problem == BEHIND else WAITS
        has_replayed = _has_replayed(written)
        for seconds in waits:
            if has_replayed:
                break
            time.sleep(seconds)
            has_replayed = _has_replayed(written)
        self.problem = "" if has_replayed else BEHIND
        self._next_try = 0.0
        return has_replayed

    def _identify(self) -> bool:
        """Whether it is a replica of the same cluster: positions in another one's log mean nothing here."""
        (primary_id, _), (replica_id, is_replica) = (_row(alias, _IDENTITY) for alias in (DEFAULT_DB_ALIAS, REPLICA))
        self._is_ours = primary_id == replica_id and is_replica
        if not self._is_ours:
            self.leave(OTHER, "REPLICA_URL names another server.")
        return self._is_ours


replica = Replica()


def _has_replayed(position: str) -> bool:
    return bool(_row(REPLICA, _REPLICA, [position])[0])


def _row(alias: str, sql: str, values: list[str] | None = None) -> tuple[Any, ...]:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, values)
        row: tuple[Any, ...] = cursor.fetchone()
    return row


class Reads:
    """Where a request reads lists and reports: asked at its first such read, and the same to its end."""

    def __init__(self) -> None:
        self.database = ""

    def choose(self) -> str:
        if not self.database:
            self.database = DEFAULT_DB_ALIAS  # also of the statements that choose
            self.database = REPLICA if replica.is_up_to_date() else DEFAULT_DB_ALIAS
        return self.database


_thread = local()


def alias_for_reads() -> str:
    """The database of a list or report: the replica's alias in a view that may read it, and outside of transactions."""
    reads: Reads | None = getattr(_thread, "reads", None)
    if reads is None or connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return DEFAULT_DB_ALIAS
    return reads.choose()


def connection_for_reads() -> BaseDatabaseWrapper:
    """The same, for SQL of our own."""
    return connections[alias_for_reads()]


class ReplicaRouter:
    """Django's router: what a view that may read the replica asks of REPLICA_APPS goes there, all else to the primary.

    So users, sessions, keys and jobs are always read from the primary, and unlogged tables, which a replica has not.
    """

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        is_there = model._meta.app_label in settings.REPLICA_APPS and model._meta.db_table not in settings.UNLOGGED
        return alias_for_reads() if is_there else DEFAULT_DB_ALIAS

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool:
        return True  # both are in both databases

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS


def has_replica() -> bool:
    return REPLICA in settings.DATABASES


def may_read_replica(view: View) -> View:
    """Let a view that lists or reports read the replica; a request that may change something reads the primary.

    Its answer is rendered at once, so that what its template reads comes from there too.
    """

    @wraps(view)
    def read(*args: Any, **options: Any) -> Any:
        request = args[0] if isinstance(args[0], HttpRequest) else args[1]
        answer = partial(view, *args, **options)
        is_within = getattr(_thread, "reads", None) is not None
        return answer() if is_within or request.method not in READING or not has_replica() else _read(request, answer)

    return cast("View", read)


def _read(request: Any, view: Callable[[], Answer]) -> Answer:
    reads = _thread.reads = Reads()
    try:
        answer = _rendered(view())
    except (OperationalError, InterfaceError) as error:
        if not _has_failed(reads, error):
            raise
        replica.leave(AWAY, error)
        reads.database = DEFAULT_DB_ALIAS
        answer = _rendered(view())
    finally:
        del _thread.reads
        connections[REPLICA].close()
    if reads.database:
        request.log_fields["reads"] = _outcome(reads)  # for the log and the metrics
    return answer


def _rendered(answer: Answer) -> Answer:
    if isinstance(answer, TemplateResponse):
        answer.render()
    return answer


def _has_failed(reads: Reads, error: Exception) -> bool:
    """Whether the replica failed, and not the primary; a statement that takes too long would on the primary too."""
    is_slow = isinstance(error.__cause__, QueryCanceled)
    return reads.database == REPLICA and connections[REPLICA].errors_occurred and not is_slow


def _outcome(reads: Reads) -> str:
    if reads.database == REPLICA:
        return "replica"
    return "primary, replica behind" if replica.problem == BEHIND else "primary, replica away"


def note_on_replica() -> str:
    """What a probe says of the replica, which nothing depends on; empty where there is none, or all is well."""
    if not has_replica():
        return ""
    with suppress(Error):
        replica.is_up_to_date()
    connections[REPLICA].close()
    return f"the replica {replica.problem}, so the primary answers for it" if replica.problem else ""
