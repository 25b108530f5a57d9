"""Deliveries whose process ended before they were processed: not every store sends them again."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

from django.utils import timezone

from blitzrocket.jobs.chores import chore
from purchases.models import StoreConnection, StoreDelivery
from purchases.stores.flow import DeliveryFailed, process

LONGEST_REQUEST = timedelta(minutes=2)
MOST_AT_ONCE = 1000  # of a connection


@chore(every=timedelta(minutes=1))
def process_interrupted_deliveries() -> int:
    """Process deliveries of active connections that were kept, but not finished; returns how many."""
    count = 0
    for connection, row in _interrupted():
        with suppress(DeliveryFailed):  # the row says so, and the log why
            process(connection, row)
        count += 1
    return count


def _interrupted() -> Iterator[tuple[StoreConnection, StoreDelivery]]:
    before = timezone.now() - LONGEST_REQUEST
    for connection in StoreConnection.objects.filter(is_active=True).select_related("contest", "api_key"):
        rows = StoreDelivery.objects.filter(
            contest=connection.contest_id,
            connection=connection,
            state=StoreDelivery.State.RECEIVED,
            received_at__lt=before,
        )
        for row in rows.order_by("received_at", "id")[:MOST_AT_ONCE]:
            yield connection, row
