"""Which statements of a migration would stop recording: they scan or rewrite a table that grows, with a lock on one.

Each statement is run for real. Afterwards, before its transaction ends, PostgreSQL says which locks it holds, and
whether it has scanned a table or written it anew.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor

# Tables that grow with orders and entries: one scan of the largest takes minutes.
GROWING = (
    "audit_auditevent",
    "contests_entry",
    "contests_nameword",
    "contests_pointtransaction",
    "purchases_duplicatecount",
    "purchases_outgoingevent",
    "purchases_purchase",
    "purchases_refund",
    "purchases_rejectedpurchase",
    "purchases_storedelivery",
    "purchases_storeorderid",
)
# Those that wait for writers, and that writers wait for.
STRONG = ("ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock")
_ends_by_itself = re.compile(r"\bCONCURRENTLY\b", re.IGNORECASE)  # refuses a transaction, and locks nothing for long

_LOCKED = """
    SELECT c.relname, min(l.mode) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
    WHERE l.pid = pg_backend_pid() AND l.granted AND c.relname = ANY(%s) AND l.mode = ANY(%s) GROUP BY 1
"""
_USE = "SELECT relname, relfilenode, coalesce(pg_stat_get_xact_numscans(oid), 0) FROM pg_class WHERE relname = ANY(%s)"
Use = dict[str, tuple[int, int]]


class Watch:
    """Looks at each statement of a connection; ``migration`` is the one that is being applied.

    Tables that the migrations make are empty, so only those that there are already count.
    """

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.problems: list[str] = []
        self.migration = ""
        self._is_own = False
        self._tables = [name for (name,) in self._ask("SELECT relname FROM pg_class WHERE relname = ANY(%s)", GROWING)]

    @contextmanager
    def watching(self) -> Iterator[None]:
        with self.connection.execute_wrapper(self._run):
            yield

    def note(self, action: str, migration: Migration | None = None, fake: bool | None = None, /) -> None:
        """What Django's executor calls before and after each migration."""
        self.migration = str(migration or "")

    def _run(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if self._is_own or _ends_by_itself.search(str(sql)):
            return execute(sql, params, many, context)
        # A statement outside a transaction is put into one, so that its locks are seen before they end.
        is_alone = not self.connection.in_atomic_block
        with transaction.atomic(self.connection.alias) if is_alone else nullcontext():
            before = self._use()
            result = execute(sql, params, many, context)
            self._look(str(sql), before)
        return result

    def _look(self, sql: str, before: Use) -> None:
        locked, after = self._ask(_LOCKED, self._tables, STRONG), self._use()
        rewritten = [name for name, use in after.items() if use[0] != before[name][0]]
        scanned = [name for name, use in after.items() if use[1] != before[name][1]]
        for verb, names in (("rewrites", rewritten), ("scans", scanned)):
            if names and locked:
                held = ", ".join(f"{mode} on {name}" for name, mode in locked)
                self.problems.append(
                    f"{self.migration} {verb} {', '.join(names)} with {held}: {' '.join(sql.split())[:200]}"
                )

    def _use(self) -> Use:
        return {name: (file, scans) for name, file, scans in self._ask(_USE, self._tables)}

    def _ask(self, sql: str, *params: Sequence[str]) -> list[tuple[Any, ...]]:
        self._is_own = True
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(sql, [list(names) for names in params])
                return list(cursor.fetchall())
        finally:
            self._is_own = False


def long_locks(connection: BaseDatabaseWrapper) -> list[str]:
    """Apply all migrations that are not yet; returns what is wrong with them."""
    watch = Watch(connection)
    executor = MigrationExecutor(connection, watch.note)
    with watch.watching():
        executor.migrate(executor.loader.graph.leaf_nodes())
    return watch.problems
