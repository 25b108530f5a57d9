"""Deliveries that were left behind: not processed, because the process ended, or waiting for an order that is known."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

from django.utils import timezone

from blitzrocket.jobs.chores import chore
from blitzrocket.postgres.statements import send
from purchases.models import StoreConnection, StoreDelivery
from purchases.stores.flow import DeliveryFailed, process, process_waiting

LONGEST_REQUEST = timedelta(minutes=2)
MOST_AT_ONCE = 1000  # of a connection

# A delivery waits and its order is known: both were committed at the same time, or the order came by the API.
_RECORDED_SINCE = """
    SELECT DISTINCT waited_for.id FROM (
        SELECT jsonb_array_elements_text(waiting.waits_for) AS id FROM purchases_storedelivery waiting
        WHERE waiting.contest_id = %(contest)s::text AND waiting.connection_id = %(connection)s::text
        AND waiting.state = 'waiting'
    ) AS waited_for
    WHERE EXISTS (
        SELECT FROM purchases_storeorderid known
        WHERE known.contest_id = %(contest)s::text AND known.connection_id = %(connection)s::text
        AND known.other_id = waited_for.id
    )
    OR EXISTS (
        SELECT FROM purchases_purchase purchase
        WHERE purchase.contest_id = %(contest)s::text AND purchase.order_id = waited_for.id
    )
    LIMIT %(most)s::int
"""


@chore(every=timedelta(minutes=1))
def process_interrupted_deliveries() -> None:
    """Process deliveries of active connections that were kept but not finished, and those whose order is known."""
    for connection in StoreConnection.objects.filter(is_active=True).select_related("contest", "api_key"):
        for row in _interrupted(connection):
            with suppress(DeliveryFailed):  # the row says so, and the log why
                process(connection, row)
        if order_ids := _recorded_since(connection):
            process_waiting(connection, order_ids)


def _interrupted(connection: StoreConnection) -> Iterator[StoreDelivery]:
    rows = StoreDelivery.objects.filter(
        contest=connection.contest_id,
        connection=connection,
        state=StoreDelivery.State.RECEIVED,
        received_at__lt=timezone.now() - LONGEST_REQUEST,
    )
    yield from rows.order_by("received_at", "id")[:MOST_AT_ONCE]


def _recorded_since(connection: StoreConnection) -> list[str]:
    """Ids of orders that deliveries wait for although they are known."""
    values = {"contest": connection.contest_id, "connection": connection.pk, "most": MOST_AT_ONCE}
    return [order_id for (order_id,) in send(_RECORDED_SINCE, values).all()]
