"""A thread's connections from the pool: each is as new, whatever came of the one before."""

from collections.abc import Callable
from contextlib import suppress

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
    for _ in range(3):  # the pool gives its connections in turn
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
