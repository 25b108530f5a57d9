"""The way of a delivery, the same for every store: verify, keep, parse, apply, and say what became of it.

A delivery is kept before it is processed. Where processing fails the store is told to send it again, and what it sends
again is the same delivery where its id can be trusted; else it is another one, and the services ignore what is done.
"""

import logging
from collections.abc import Sequence

from django.db import InterfaceError, OperationalError
from django.db.models import F
from django.utils import timezone

from blitzrocket.text import storable
from purchases.models.stores import (
    MAX_MESSAGE_LENGTH,
    MAX_PROVIDER_ID_LENGTH,
    StoreConnection,
    StoreDelivery,
)
from purchases.stores.applying import Result, apply
from purchases.stores.connections import secrets_of
from purchases.stores.events import Event, PurchaseMade, UnusableDelivery
from purchases.stores.health import Problem, note_delivery, note_outcome, note_problem
from purchases.stores.provider import Delivery, Options, Provider
from purchases.stores.providers import PROVIDERS
from purchases.stores.secrets import SecretUnreadable
from purchases.stores.signatures import SignatureInvalid

logger = logging.getLogger(__name__)

State = StoreDelivery.State
SHOWN_HEADERS = 50
SHOWN_HEADER_LENGTH = 500
# The most serious state of a delivery's events is the delivery's. One that waits is processed again as a whole.
_ORDER = (State.NOT_USED, State.TEST, State.DONE, State.UNUSABLE, State.WAITING, State.FAILED)


class DeliveryFailed(Exception):
    """Processing failed; the delivery is kept, and the store is to send it again."""


def receive(connection: StoreConnection, delivery: Delivery) -> StoreDelivery:
    """Verify, keep and process a delivery; returns it with what became of it.

    Raises:
        SignatureInvalid: it is not signed by the store; nothing is kept.
        SecretUnreadable: it can't be verified; nothing is kept.
        DeliveryFailed: processing failed.
        OperationalError, InterfaceError: the database is away.
    """
    provider = PROVIDERS[connection.kind]
    _verify(connection, provider, delivery)
    note_delivery(connection, delivery.received_at)
    row = _keep(connection, provider, delivery)
    if row.state not in StoreDelivery.FINAL:
        process(connection, row)
    return row


def _verify(connection: StoreConnection, provider: Provider, delivery: Delivery) -> None:
    try:
        provider.verify(delivery, secrets_of(connection, delivery.received_at))
    except SignatureInvalid:
        note_problem(connection, Problem.SIGNATURE, delivery.received_at)
        raise
    except SecretUnreadable:
        note_problem(connection, Problem.SECRET, delivery.received_at)
        raise


def process(connection: StoreConnection, row: StoreDelivery) -> None:
    """Process a kept delivery, also again: what is done is not done twice.

    Raises:
        DeliveryFailed: processing failed; the row says why.
        OperationalError, InterfaceError: the database is away.
    """
    result, made = _try(connection, row)
    for order_ids in made:
        _process_waiting(connection, order_ids)
    # Only now: a delivery that is cut off before this is sent again, and finds those that still wait.
    _finish(row, result)
    note_outcome(connection, row.state, timezone.now())
    if result.state == State.WAITING:
        _apply_if_known_now(connection, row)
    if row.state == State.FAILED:
        raise DeliveryFailed


def _try(connection: StoreConnection, row: StoreDelivery) -> tuple[Result, list[list[str]]]:
    """The same as `_apply_all`; of an error that nobody expects, the state that shows it."""
    try:
        return _apply_all(connection, Delivery(bytes(row.body), row.headers, row.received_at))
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("a delivery could not be processed", extra={"delivery": row.pk})
        return Result(State.FAILED, f"{type(error).__name__}: see the server's log."), []


def _apply_all(connection: StoreConnection, delivery: Delivery) -> tuple[Result, list[list[str]]]:
    """The result of all events, and the ids of each order that was recorded."""
    provider = PROVIDERS[connection.kind]
    try:
        events = provider.parse(delivery, Options(provider.options, connection.options))
    except UnusableDelivery as error:
        return Result(State.UNUSABLE, str(error)), []
    if not events:
        return Result(State.UNUSABLE, "The delivery has no events."), []
    results = [_apply(event, connection, delivery) for event in events]
    made = [[event.order.order_id, *event.order.other_ids] for event in events if isinstance(event, PurchaseMade)]
    return _together(results), made


def _apply(event: Event, connection: StoreConnection, delivery: Delivery) -> Result:
    """One event's result; where it cannot be used, the delivery's others are applied all the same."""
    try:
        return apply(event, connection, delivery.received_at)
    except UnusableDelivery as error:
        return Result(State.UNUSABLE, str(error))


def _together(results: Sequence[Result]) -> Result:
    last = max(results, key=lambda result: _ORDER.index(result.state))
    order_id = next((result.order_id for result in results if result.order_id), "")
    messages = dict.fromkeys(result.message for result in results if result.message)
    waits_for = tuple(dict.fromkeys(other_id for result in results for other_id in result.waits_for))
    return Result(last.state, " · ".join(messages), order_id, waits_for)


def _keep(connection: StoreConnection, provider: Provider, delivery: Delivery) -> StoreDelivery:
    """The row of a delivery; of one that was received before, that row, counted again."""
    try:
        provider_id, topic = provider.delivery_id(delivery), provider.topic(delivery)
    except UnusableDelivery:
        provider_id, topic = "", ""
    row = StoreDelivery(
        contest_id=connection.contest_id,
        connection=connection,
        provider_id=storable(provider_id)[:MAX_PROVIDER_ID_LENGTH],
        topic=storable(topic)[:100],
        headers=_kept_headers(delivery),
        body=delivery.body,
        received_at=delivery.received_at,
    )
    if StoreDelivery.objects.bulk_create([row], ignore_conflicts=bool(row.provider_id)) and row.provider_id:
        same = StoreDelivery.objects.filter(
            contest=connection.contest_id, connection=connection, provider_id=row.provider_id
        )
        known = same.get()
        if known.pk != row.pk:
            same.filter(pk=known.pk).update(times=F("times") + 1)
        return known
    return row


def _kept_headers(delivery: Delivery) -> dict[str, str]:
    """Those that say what the delivery is, without secrets and cookies."""
    names = [name for name in delivery.headers if name not in ("cookie", "authorization", "x-webhook-secret")]
    return {storable(name): storable(delivery.headers[name])[:SHOWN_HEADER_LENGTH] for name in names[:SHOWN_HEADERS]}


def _finish(row: StoreDelivery, result: Result) -> None:
    row.state, row.message, row.order_id = result.state, storable(result.message)[:MAX_MESSAGE_LENGTH], result.order_id
    row.waits_for, row.finished_at = list(result.waits_for), timezone.now()
    row.save(update_fields=["state", "message", "order_id", "waits_for", "finished_at"])


def _apply_if_known_now(connection: StoreConnection, row: StoreDelivery) -> None:
    """Race: the order was recorded meanwhile. It looks for waiting deliveries after its ids are committed, and this
    looks for its ids after waiting is committed, so that one of the two sees the other."""
    result, _ = _try(connection, row)
    if result.state != State.WAITING:
        _finish(row, result)


def _process_waiting(connection: StoreConnection, order_ids: Sequence[str]) -> None:
    waiting = StoreDelivery.objects.filter(
        contest=connection.contest_id,
        connection=connection,
        state=State.WAITING,
        waits_for__has_any_keys=[storable(order_id) for order_id in order_ids if order_id],
    )
    for row in waiting.order_by("received_at", "id"):
        _apply_if_known_now(connection, row)
