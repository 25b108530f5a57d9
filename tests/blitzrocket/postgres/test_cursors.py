"""Server-side cursors, with which lists of choices and exports read their rows."""

import psycopg
import pytest
from django.db import OperationalError, connection

from tests.support import test_database_url


def test_a_connection_that_is_lost_before_the_cursor_is_closed_is_djangos_error(transactional_db: None) -> None:
    """Which a page answers with a 503."""
    cursor = connection.chunked_cursor()
    cursor.execute("SELECT generate_series(1, 3)")
    assert len(cursor.fetchall()) == 3
    with psycopg.connect(test_database_url(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])
    with pytest.raises(OperationalError):
        cursor.close()
    connection.close()
