"""No migration since a release scans or rewrites a table that grows while recording waits for its lock."""

from collections.abc import Iterator
from copy import deepcopy

import pytest
from django.db import connection, connections, migrations, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.state import ProjectState

from tests.releases.database import load, new_database
from tests.releases.migration_locks import Watch, long_locks
from tests.releases.versions import FOLDER, releases_with
from tests.support import test_database_url

ALIAS = "migrated"


@pytest.fixture(scope="module")
def database(django_db_setup: None, django_db_blocker: object) -> Iterator[BaseDatabaseWrapper]:
    """The database of the newest release, with its rows."""
    newest = releases_with("sql")[-1]
    with django_db_blocker.unblock(), new_database(test_database_url(), ALIAS) as url:  # type: ignore[attr-defined]
        load(url, (FOLDER / f"{newest}.sql").read_text(encoding="utf-8"))
        connections.databases[ALIAS] = deepcopy(connection.settings_dict) | {"NAME": ALIAS}
        try:
            yield connections[ALIAS]
        finally:
            connections[ALIAS].close()
            connections[ALIAS].close_pool()  # type: ignore[attr-defined]
            del connections[ALIAS], connections.databases[ALIAS]


@pytest.fixture(autouse=True)
def _reachable(django_db_blocker: object) -> Iterator[None]:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield


def test_no_migration_since_the_release_stops_recording(database: BaseDatabaseWrapper) -> None:
    assert long_locks(database) == []


PURCHASE, LEDGER = "ALTER TABLE purchases_purchase", "ALTER TABLE contests_pointtransaction"
BAD = {
    f"{PURCHASE} ADD at timestamptz DEFAULT clock_timestamp()": "rewrites purchases_purchase",
    f"{PURCHASE} ALTER last_differences TYPE text": "rewrites purchases_purchase",
    "CREATE INDEX bad ON purchases_purchase (created_at)": "scans purchases_purchase with ShareLock",
    f"{LEDGER} ADD bad integer DEFAULT 5; {LEDGER} ALTER bad SET NOT NULL": "scans contests_pointtransaction",
    f"{LEDGER} ADD CONSTRAINT bad CHECK (points < 1000000000)": "scans contests_pointtransaction",
    f"{PURCHASE} ADD FOREIGN KEY (contest_id) REFERENCES contests_contest (id)": "scans purchases_purchase",
    f"{PURCHASE} ADD bad integer; UPDATE contests_entry SET name = name": "scans contests_entry",
}
GOOD = (
    f"{PURCHASE} ADD good integer",
    f"{PURCHASE} ADD good integer NOT NULL DEFAULT 5",
    f"{LEDGER} ADD CONSTRAINT good CHECK (points < 1000000000) NOT VALID",
    "CREATE TABLE small (id integer PRIMARY KEY); CREATE INDEX ON small (id)",
)


def planted(database: BaseDatabaseWrapper, sql: str, *, atomic: bool) -> list[str]:
    """What is found in a migration of these statements."""
    operation, watch = migrations.RunSQL([*sql.split("; ")]), Watch(database)
    watch.note("apply_start", Migration("planted", "purchases"))
    with watch.watching(), database.schema_editor(atomic=atomic) as editor:
        operation.database_forwards("purchases", editor, ProjectState(), ProjectState())
    return watch.problems


@pytest.fixture
def _undone(database: BaseDatabaseWrapper) -> Iterator[None]:
    with transaction.atomic(ALIAS):
        yield
        transaction.set_rollback(True, ALIAS)


@pytest.mark.usefixtures("_undone")
@pytest.mark.parametrize("sql", BAD)
def test_a_statement_that_stops_recording_is_found(database: BaseDatabaseWrapper, sql: str) -> None:
    problems = planted(database, sql, atomic=True)
    assert any(f"purchases.planted {BAD[sql]}" in problem for problem in problems), problems


@pytest.mark.usefixtures("_undone")
@pytest.mark.parametrize("sql", GOOD)
def test_what_takes_a_lock_for_a_moment_is_not(database: BaseDatabaseWrapper, sql: str) -> None:
    assert planted(database, sql, atomic=True) == []


def test_steps_that_each_commit_are_looked_at_one_by_one(database: BaseDatabaseWrapper) -> None:
    bad = "CREATE INDEX bad ON purchases_purchase (created_at)"
    assert len(planted(database, bad, atomic=False)) == 1
    for sql in (
        "CREATE INDEX CONCURRENTLY good ON purchases_purchase (created_at)",
        f"{LEDGER} ADD CONSTRAINT good CHECK (points < 1000000000) NOT VALID",
        f"{LEDGER} VALIDATE CONSTRAINT good",
        f"{PURCHASE} ADD good integer; UPDATE purchases_purchase SET good = 5",
    ):
        assert planted(database, sql, atomic=False) == [], sql
