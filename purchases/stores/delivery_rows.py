"""Keeping a delivery and saying what became of it, each in one prepared statement."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import F
from django.utils import timezone

from blitzrocket.compressed_bytes import compress
from blitzrocket.ids import new_id
from blitzrocket.postgres.statements import send
from blitzrocket.strict_json import write
from blitzrocket.text import storable
from purchases.models.stores import MAX_MESSAGE_LENGTH, MAX_PROVIDER_ID_LENGTH, StoreConnection, StoreDelivery
from purchases.stores.events import UnusableDelivery
from purchases.stores.provider import Delivery, Provider
from purchases.stores.result import Result

MAX_TOPIC_LENGTH = 100
SHOWN_HEADERS = 50
SHOWN_HEADER_LENGTH = 500
SECRET_HEADERS = ("cookie", "authorization", "x-webhook-secret")
DIGEST_LENGTH = 16

# Race: the same delivery twice at once. The second waits for the first one's row and is counted on it. The answer does
# not wait for the disk here: processing ends with a commit that does, and until then the store has no answer.
_KEEP = """
    INSERT INTO purchases_storedelivery AS known (
        id, contest_id, connection_id, provider_id, topic, state, message, order_id, waits_for, headers, body, times,
        received_at
    )
    SELECT
        %(id)s::text, %(contest)s::text, %(connection)s::text, %(provider_id)s::text, %(topic)s::text, 'received', '',
        '', '[]', %(headers)s::jsonb, %(body)s::bytea, 1, %(received_at)s::timestamptz
    WHERE set_config('synchronous_commit', 'off', true) = 'off'
    ON CONFLICT (contest_id, connection_id, provider_id) WHERE NOT (provider_id = '')
    DO UPDATE SET times = known.times + 1 WHERE known.body = excluded.body
    RETURNING id, state, message, order_id, times
"""
_FINISH = """
    UPDATE purchases_storedelivery SET
        state = %(state)s::text, message = %(message)s::text, order_id = %(order_id)s::text,
        waits_for = %(waits_for)s::jsonb, as_of = %(as_of)s::timestamptz, finished_at = %(finished_at)s::timestamptz
    WHERE contest_id = %(contest)s::text AND id = %(id)s::text
"""
_FINISH_UNLESS_ONE_WAITS = f"""
    {_FINISH} AND NOT EXISTS (
        SELECT FROM purchases_storedelivery waiting
        WHERE waiting.contest_id = %(contest)s::text AND waiting.connection_id = %(connection)s::text
        AND waiting.state = 'waiting' AND waiting.waits_for ?| %(order_ids)s::text[]
    )
    RETURNING id
"""


class NewDelivery(msgspec.Struct, frozen=True):
    """A delivery that is not kept yet, with the columns of its row. A model of each took longer than verifying.

    ``stored_body`` is the body as the model's field stores it.
    """

    id: str
    provider_id: str
    topic: str
    headers: dict[str, str]
    body: bytes
    stored_body: bytes
    received_at: datetime

    def values(self) -> dict[str, Any]:
        """The columns, besides its contest and connection."""
        return {
            "id": self.id,
            "provider_id": self.provider_id,
            "topic": self.topic,
            "headers": write(self.headers).decode(),
            "body": self.stored_body,
            "received_at": self.received_at,
        }


def new_delivery(delivery: Delivery, provider_id: str, topic: str) -> NewDelivery:
    return NewDelivery(
        id=new_id("delivery"),
        provider_id=storable(provider_id)[:MAX_PROVIDER_ID_LENGTH],
        topic=storable(topic)[:MAX_TOPIC_LENGTH],
        headers=shown_headers(delivery),
        body=delivery.body,
        stored_body=compress(delivery.body),
        received_at=delivery.received_at,
    )


def id_and_topic(provider: Provider, delivery: Delivery) -> tuple[str, str]:
    """The provider's id of a delivery, and its topic; empty where the body cannot be read."""
    try:
        return provider.delivery_id(delivery), provider.topic(delivery)
    except UnusableDelivery:
        return "", ""


def keep(connection: StoreConnection, new: NewDelivery) -> StoreDelivery:
    """Save a delivery; of one that was received before, it becomes that row, counted again.

    An id that comes again with another body is another delivery, so that nothing is lost.
    """
    row = StoreDelivery(
        contest_id=connection.contest_id,
        connection=connection,
        id=new.id,
        provider_id=new.provider_id,
        topic=new.topic,
        headers=new.headers,
        body=new.body,
        received_at=new.received_at,
    )
    if not _keep(row, new) and not _count_again(row):
        digest = hashlib.blake2b(row.body).hexdigest()[:DIGEST_LENGTH]
        row.provider_id = f"{row.provider_id[: MAX_PROVIDER_ID_LENGTH - DIGEST_LENGTH - 1]}#{digest}"
        _keep(row, new)
    return row


def _keep(row: StoreDelivery, new: NewDelivery) -> bool:
    names = {"contest": row.contest_id, "connection": row.connection_id, "provider_id": row.provider_id}
    for row.pk, row.state, row.message, row.order_id, row.times in send(_KEEP, new.values() | names).all():
        return True
    return False


def _count_again(row: StoreDelivery) -> bool:
    """Count the delivery that has this id and body, stored in other bytes: as another zlib compresses it, or plain."""
    same_id = StoreDelivery.objects.filter(contest=row.contest_id, connection=row.connection_id)
    earlier = same_id.filter(provider_id=row.provider_id).first()
    if earlier is None or earlier.body != row.body:
        return False
    same_id.filter(pk=earlier.pk).update(times=F("times") + 1)
    row.pk, row.state, row.message, row.order_id = earlier.pk, earlier.state, earlier.message, earlier.order_id
    row.times = earlier.times + 1
    return True


def shown_headers(delivery: Delivery) -> dict[str, str]:
    """Those that say what the delivery is, without secrets and cookies."""
    names = [name for name in delivery.headers if name not in SECRET_HEADERS]
    return {
        storable(name)[:SHOWN_HEADER_LENGTH]: storable(delivery.headers[name])[:SHOWN_HEADER_LENGTH]
        for name in names[:SHOWN_HEADERS]
    }


def finish(row: StoreDelivery, result: Result) -> None:
    """Save what became of a delivery."""
    send(_FINISH, _values(row, result))


def finish_unless_one_waits(row: StoreDelivery, result: Result, order_ids: Sequence[str]) -> bool:
    """The same, unless another delivery waits for an order with one of these ids; returns whether it is saved."""
    values = _values(row, result) | {"connection": row.connection_id, "order_ids": list(order_ids)}
    return bool(send(_FINISH_UNLESS_ONE_WAITS, values).all())


def _values(row: StoreDelivery, result: Result) -> dict[str, Any]:
    row.state, row.message, row.order_id = result.state, storable(result.message)[:MAX_MESSAGE_LENGTH], result.order_id
    row.waits_for, row.finished_at = list(map(storable, result.waits_for)), timezone.now()
    return {
        "contest": row.contest_id,
        "id": row.pk,
        "state": str(row.state),
        "message": row.message,
        "order_id": row.order_id,
        "waits_for": write(row.waits_for).decode(),
        "as_of": row.as_of,
        "finished_at": row.finished_at,
    }
