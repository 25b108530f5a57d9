"""A thread's connections from the pool: the one that was used last, as new, whatever came of it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import DataError, connection, transaction

from tests.support import Shop


def _nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _close_in_a_transaction() -> None:
    with transaction.atomic():
        connection.close()


def _fail() -> None:
    with suppress(DataError), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def _leave_autocommit_off() -> None:
    connection.set_autocommit(False)


@pytest.mark.parametrize("act", [_nothing, _close_in_a_transaction, _fail, _leave_autocommit_off])
def test_the_next_connection_is_as_new(act: Callable[[], None], transactional_db: None, shop: Shop) -> None:
    act()
    for _ in range(3):  # the pool gives the same one each time
        connection.close()
        connection.ensure_connection()
        assert connection.connection.autocommit
    assert (connection.in_atomic_block, connection.needs_rollback, connection.errors_occurred) == (False, False, False)
    assert connection.get_autocommit()
    with suppress(ZeroDivisionError), transaction.atomic():
        shop.contest.title = "Lost"
        shop.contest.save()
        raise ZeroDivisionError
    shop.contest.refresh_from_db()
    assert shop.contest.title != "Lost"


def test_the_connection_that_was_used_last_is_used_next(transactional_db: None) -> None:
    """What its server process needs for the next call is in its caches; the others are closed in time."""
    pool: Any = connection.pool  # type: ignore[attr-defined]  # of our backend
    taken = [pool.getconn() for _ in range(3)]
    for each in (taken[2], taken[0], taken[1]):
        pool.putconn(each)
    again = [pool.getconn() for _ in range(3)]
    for each in again:
        pool.putconn(each)
    assert again == [taken[1], taken[0], taken[2]]
