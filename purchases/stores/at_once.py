"""New orders of stores, each recorded in one transaction with its delivery, those of several deliveries together.

The usual way of a delivery has three transactions: it is kept, its order is recorded, and it is done. Here one does all
of that. Cut off before its commit it leaves nothing, and the store, which has no answer, sends it again; so this is
only for stores that do, and whose deliveries have an id to be known by. After the commit, what is sent again is known.

Whatever is not as plain as a new order of an entry goes the usual way: one that is known, on hold or refunded before it
came, that shares an id with another, that other deliveries wait for, or whose locks another call holds; and any error.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec
from django.db import DatabaseError
from django.utils import timezone

from blitzrocket.combiner import Combiner
from blitzrocket.ids import new_id
from blitzrocket.postgres.statements import Rows, RowsStatement, send
from blitzrocket.text import storable
from purchases.models import order_key
from purchases.services.order_scoring import NewPurchase, Recorded
from purchases.services.record import record_new
from purchases.stores.active_connections import VERSION, ActiveConnection
from purchases.stores.applying import new_purchase
from purchases.stores.delivery_rows import NewDelivery, id_and_topic, new_delivery
from purchases.stores.events import Event, PurchaseMade, UnusableDelivery
from purchases.stores.order_ids import other_ids_of
from purchases.stores.provider import Delivery
from purchases.stores.providers import PROVIDERS

logger = logging.getLogger(__name__)

MAX_DELIVERIES = 50


@dataclass(frozen=True, slots=True)
class Done:
    """A delivery that is kept as done."""

    id: str
    message: str


class _New(msgspec.Struct, frozen=True):
    """An order that seems to be new, with its delivery, which is not kept yet."""

    active: ActiveConnection
    delivery: NewDelivery
    order: NewPurchase
    other_ids: list[str]
    waited_for: tuple[str, ...]  # the ids by which other deliveries may wait for it

    @property
    def ids(self) -> set[str]:
        """What no other delivery has if it is new."""
        return {self.delivery.provider_id, *self.other_ids, *self.waited_for}


def record_at_once(active: ActiveConnection, delivery: Delivery, events: Sequence[Event]) -> Done | None:
    """Record the order of a delivery, which is kept as done, if the connection is still the newest.

    None: nothing is written; it is to go the usual way.
    """
    if len(events) != 1:
        return None
    event = events[0]
    if not isinstance(event, PurchaseMade):
        return None
    row = new_delivery(delivery, *id_and_topic(PROVIDERS[active.connection.kind], delivery))
    if not row.provider_id:
        return None
    try:
        order = new_purchase(event, delivery.received_at)
    except UnusableDelivery:
        return None
    new = _New(active, row, order, other_ids_of(event.order, order.order_id), tuple(map(storable, event.order.ids)))
    message = _combiner.result(active.connection.pk, new)
    return None if message is None else Done(row.id, message)


def _record(all_new: Sequence[_New]) -> Sequence[str | None]:
    companion = _Deliveries(all_new)
    connection = all_new[0].active.connection
    try:
        recorded = record_new(
            connection.contest_id,
            [new.order for new in all_new],
            api_key=connection.api_key,
            received_at=max(new.delivery.received_at for new in all_new),
            companion=companion,
        )
    except Exception as error:  # going the usual way, the one that it is of is kept, and meets it again
        if not isinstance(error, DatabaseError):
            logger.exception("orders could not be recorded together with their deliveries")
        return [None] * len(all_new)
    return [recorded[place].message if place in recorded else None for place in range(len(all_new))]


_combiner = Combiner(_record, MAX_DELIVERIES)


class _Deliveries:
    """What is read and written beside the orders of these deliveries."""

    def __init__(self, all_new: Sequence[_New]) -> None:
        self._all_new = all_new
        self._first_with: dict[str, int] = {}
        for place, new in enumerate(all_new):
            for text in (*new.ids, new.order.order_id):
                self._first_with.setdefault(text, place)
        connection = all_new[0].active.connection
        self._names = {"contest": connection.contest_id, "connection": connection.pk}
        self._sent: Rows

    def read(self) -> None:
        values = self._names | {
            "provider_ids": [new.delivery.provider_id for new in self._all_new],
            "other_ids": [other_id for new in self._all_new for other_id in new.other_ids],
            "waited_for": [text for new in self._all_new for text in new.waited_for],
        }
        self._sent = send(_VERSION_AND_IN_USE, values)

    @cached_property
    def _version(self) -> str:
        """The connection's newest; empty where it is not active any more."""
        return next((text for text, is_version in self._sent.all() if is_version), "")

    @cached_property
    def _in_use(self) -> set[str]:
        return {text for text, is_version in self._sent.all() if not is_version}

    def is_free(self, place: int) -> bool:
        new = self._all_new[place]
        is_first = all(self._first_with[text] == place for text in (*new.ids, new.order.order_id))
        return is_first and new.active.version == self._version and self._in_use.isdisjoint(new.ids)

    def write(self, recorded: Mapping[int, Recorded]) -> None:
        finished_at = timezone.now()
        done, other_ids, order_ids = [], [], []
        for place, outcome in recorded.items():
            new = self._all_new[place]
            result = {"message": outcome.message, "order_id": new.order.order_id, "finished_at": finished_at}
            done.append(new.delivery.values() | result)
            other_ids += new.other_ids
            order_ids += [new.order.order_id] * len(new.other_ids)
        _WRITE.send(
            done,
            **self._names,
            ids=[new_id("orderid") for _ in other_ids],
            other_ids=other_ids,
            other_keys=[order_key(other_id) for other_id in other_ids],
            order_ids=order_ids,
        )


# Race: a refund begins to wait for the order between this and the commit, and looks for it before the commit. Then it
# waits until `process_interrupted_deliveries` looks.
_VERSION_AND_IN_USE = f"""
    {VERSION} AND connection.contest_id = %(contest)s::text
    UNION ALL
    SELECT provider_id::text, false FROM purchases_storedelivery
    WHERE contest_id = %(contest)s::text AND connection_id = %(connection)s::text
    AND provider_id = ANY(%(provider_ids)s::text[]) AND NOT (provider_id = '')
    UNION ALL
    SELECT other_id::text, false FROM purchases_storeorderid
    WHERE contest_id = %(contest)s::text AND connection_id = %(connection)s::text
    AND other_id = ANY(%(other_ids)s::text[])
    UNION ALL
    SELECT jsonb_array_elements_text(waits_for), false FROM purchases_storedelivery
    WHERE contest_id = %(contest)s::text AND connection_id = %(connection)s::text AND state = 'waiting'
    AND waits_for ?| %(waited_for)s::text[]
"""  # noqa: S608  (its parts are our own)
# Race: another delivery has one of the ids meanwhile. The unique constraints refuse it, and all go the usual way.
_WRITE = RowsStatement(
    """
    WITH other_id AS (
        INSERT INTO purchases_storeorderid (id, contest_id, connection_id, other_id, other_key, order_id)
        SELECT given.id, %(contest)s::text, %(connection)s::text, given.other_id, given.other_key, given.order_id
        FROM unnest(%(ids)s::text[], %(other_ids)s::text[], %(other_keys)s::text[], %(order_ids)s::text[])
        AS given (id, other_id, other_key, order_id) ORDER BY given.other_id
    )
    INSERT INTO purchases_storedelivery (
        id, contest_id, connection_id, provider_id, topic, state, message, order_id, waits_for, headers, body, times,
        received_at, finished_at
    )
    SELECT
        id, %(contest)s::text, %(connection)s::text, provider_id, topic, 'done', message, order_id, '[]',
        headers::jsonb, body, 1, received_at, finished_at
    FROM {sent}
    """,
    id="text",
    provider_id="text",
    topic="text",
    message="text",
    order_id="text",
    headers="text",
    body="bytea",
    received_at="timestamptz",
    finished_at="timestamptz",
)
