"""Reading more rows than fit into memory."""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

from django.db import connections, transaction
from django.db.models import QuerySet

from blitzrocket.postgres.base import DatabaseWrapper


def rows_in_chunks(rows: "QuerySet[Any]", size: int) -> Iterator[Any]:
    """The rows, through a server-side cursor, so that no more than ``size`` are in memory.

    On a connection that is shared by a pooler, the cursor needs a transaction around it.
    """
    database = connections[rows.db]
    is_shared = isinstance(database, DatabaseWrapper) and database.is_shared
    with transaction.atomic(using=rows.db) if is_shared else nullcontext():
        yield from rows.iterator(chunk_size=size)
