"""A test that commits leaves no row to the next one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.contrib.auth.models import Permission
from django.db import connection

from blitzrocket.accounts.models import Team
from contests.models import PointTransaction
from tests.support import make_shop, record, test_database_url, wait_for_blocked
from tests.tables import EMPTY, empty_tables, make_function


@pytest.fixture
def other_role(transactional_db: None) -> Iterator[str]:
    """No superuser, as the role of `DATABASE_URL` may be."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE other_role; GRANT ALL ON ALL TABLES IN SCHEMA public TO other_role")
        yield "other_role"
        cursor.execute("DROP OWNED BY other_role; DROP ROLE other_role")


@pytest.fixture
def permissions(transactional_db: None) -> set[int]:
    record(make_shop())
    return set(Permission.objects.values_list("pk", flat=True))


def test_all_rows_are_deleted_but_those_of_migrations(permissions: set[int]) -> None:
    empty_tables()
    assert (Team.objects.count(), PointTransaction.objects.count()) == (0, 0)
    assert set(Permission.objects.values_list("pk", flat=True)) == permissions != set()


def test_another_role_empties_the_same_tables(permissions: set[int], other_role: str) -> None:
    with psycopg.connect(test_database_url(), autocommit=True) as other:
        other.execute(f"SET ROLE {other_role}")
        make_function(other)
        other.execute(EMPTY)
        other.execute(EMPTY)  # nothing is left to be truncated
    assert (Team.objects.count(), PointTransaction.objects.count()) == (0, 0)
    assert set(Permission.objects.values_list("pk", flat=True)) == permissions != set()


def test_rows_that_are_being_written_are_waited_for(transactional_db: None) -> None:
    with psycopg.connect(test_database_url()) as server, ThreadPoolExecutor(1) as pool:
        server.execute("INSERT INTO accounts_team (id, name, created_at) VALUES ('late', 'Late', now())")
        emptying = pool.submit(empty_tables)
        wait_for_blocked()
        server.commit()
        emptying.result(30)
    assert not Team.objects.exists()


def test_tables_are_emptied_after_all_connections_were_ended(transactional_db: None) -> None:
    empty_tables()
    make_shop()
    with psycopg.connect(test_database_url()) as server:
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = %s", [EMPTY])
    empty_tables()
    assert not Team.objects.exists()
