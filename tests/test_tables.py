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
from tests.tables import empty_tables


@pytest.fixture(params=["superuser", "other role"])
def role(request: pytest.FixtureRequest, transactional_db: None) -> Iterator[str]:
    """As the tests' own server has it, and as that of `DATABASE_URL` may have it."""
    if request.param == "superuser":
        yield request.param
        return
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE other_role; GRANT ALL ON ALL TABLES IN SCHEMA public TO other_role")
        yield request.param
        cursor.execute("RESET ROLE; DROP OWNED BY other_role; DROP ROLE other_role")


def test_all_rows_are_deleted_but_those_of_migrations(role: str) -> None:
    record(make_shop())
    permissions = set(Permission.objects.values_list("pk", flat=True))
    if role == "other role":
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE other_role")
    empty_tables(connection)
    assert (Team.objects.count(), PointTransaction.objects.count()) == (0, 0)
    assert set(Permission.objects.values_list("pk", flat=True)) == permissions != set()


def test_rows_that_are_being_written_are_waited_for(transactional_db: None) -> None:
    def empty() -> None:
        empty_tables(connection)
        connection.close()

    with psycopg.connect(test_database_url()) as server, ThreadPoolExecutor(1) as pool:
        server.execute("INSERT INTO accounts_team (id, name, created_at) VALUES ('late', 'Late', now())")
        emptying = pool.submit(empty)
        wait_for_blocked()
        server.commit()
        emptying.result(30)
    assert not Team.objects.exists()
