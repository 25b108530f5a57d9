"""The way of a delivery, the same for every store: verify, keep, parse, apply, and say what became of it.

A delivery is kept before it is processed. Where processing fails the store is told to send it again, and what it sends
again is the same delivery where its id can be trusted; else it is another one, and the services ignore what is done.
"""

import logging
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from blitzrocket.text import storable
from purchases.models.stores import StoreConnection, StoreDelivery
from purchases.stores.active_connections import ActiveConnection
from purchases.stores.applying import apply
from purchases.stores.at_once import record_at_once
from purchases.stores.connections import secrets_of
from purchases.stores.delivery_rows import finish, finish_unless_one_waits, id_and_topic, keep, new_delivery
from purchases.stores.events import Event, OrderIds, PurchaseMade, UnusableDelivery
from purchases.stores.health import Problem, note_delivery, note_outcome, note_problem
from purchases.stores.provider import Delivery, Options
from purchases.stores.providers import PROVIDERS
from purchases.stores.result import Result
from purchases.stores.secrets import SecretUnreadable
from purchases.stores.signatures import SignatureInvalid

logger = logging.getLogger(__name__)

State = StoreDelivery.State
# The most serious state of a delivery's events is the delivery's. One that waits is processed again as a whole.
_ORDER = (State.NOT_USED, State.TEST, State.DONE, State.UNUSABLE, State.WAITING, State.FAILED)


class DeliveryFailed(Exception):
    """Processing failed; the delivery is kept, and the store is to send it again."""


@dataclass(frozen=True, slots=True)
class Received:
    """A delivery's id, and what became of it."""

    id: str
    state: str
    message: str


def receive(active: ActiveConnection, delivery: Delivery) -> Received:
    """Verify, keep and process a delivery. The connection may be that of other threads too, and have changed since.

    Raises:
        SignatureInvalid: it is not signed by the store; nothing is kept.
        SecretUnreadable: it can't be verified; nothing is kept.
        ConnectionInactive: the connection is not active any more; nothing is kept.
        DeliveryFailed: processing failed.
        OperationalError, InterfaceError: the database is away.
    """
    error, received = _try_at_once(active, delivery)
    while received is None:
        tried, active = active, active.read_again()
        if active.version == tried.version:
            return _receive(active.connection, delivery, error)
        error, received = _try_at_once(active, delivery)
    return received


def _try_at_once(active: ActiveConnection, delivery: Delivery) -> tuple[Exception | None, Received | None]:
    """Record a delivery that is only a new order. Else nothing is written, also where its signature is an error."""
    connection = active.connection
    provider = PROVIDERS[connection.kind]
    try:
        provider.verify(delivery, secrets_of(connection, delivery.received_at))
    except (SignatureInvalid, SecretUnreadable) as error:
        return error, None
    try:
        events = provider.parse(delivery, active.options)
    except Exception:  # the usual way says what is wrong
        return None, None
    done = record_at_once(active, delivery, events)
    if done is None:
        return None, None
    note_delivery(connection, delivery.received_at)
    note_outcome(connection, State.DONE, timezone.now())
    return None, Received(done.id, State.DONE, done.message)


def _receive(connection: StoreConnection, delivery: Delivery, error: Exception | None) -> Received:
    """Keep and process a delivery whose signature is valid, or an error."""
    if error is not None:
        problem = Problem.SECRET if isinstance(error, SecretUnreadable) else Problem.SIGNATURE
        note_problem(connection, problem, delivery.received_at)
        raise error
    note_delivery(connection, delivery.received_at)
    connection = copy(connection)  # of which the contest is read now, and once
    row = keep(connection, new_delivery(delivery, *id_and_topic(PROVIDERS[connection.kind], delivery)))
    if row.state not in StoreDelivery.FINAL:
        _process(connection, row, delivery)
    return Received(row.pk, row.state, row.message)


def process(connection: StoreConnection, row: StoreDelivery) -> None:
    """Process a kept delivery, also again: what is done is not done twice.

    Raises:
        DeliveryFailed: processing failed; the row says why.
        OperationalError, InterfaceError: the database is away.
    """
    _process(connection, row, _delivery_of(row))


def _delivery_of(row: StoreDelivery) -> Delivery:
    return Delivery(bytes(row.body), row.headers, row.received_at)


def _process(connection: StoreConnection, row: StoreDelivery, delivery: Delivery) -> None:
    result, order_ids = _apply_all(connection, row, delivery)
    _save(connection, row, result, order_ids)
    note_outcome(connection, row.state, timezone.now())
    if result.state == State.WAITING:
        _apply_if_known_now(connection, row)
    if result.state == State.FAILED:
        raise DeliveryFailed


def _save(connection: StoreConnection, row: StoreDelivery, result: Result, order_ids: Sequence[str]) -> None:
    """Save the result, after the deliveries that waited for the orders which it recorded.

    A process that ends between the two leaves a delivery that is processed again.
    """
    if order_ids:
        if finish_unless_one_waits(row, result, order_ids):
            return
        process_waiting(connection, order_ids, but_not=row.pk)
    finish(row, result)


def _apply_all(connection: StoreConnection, row: StoreDelivery, delivery: Delivery) -> tuple[Result, list[str]]:
    """The result of all events, and the ids of orders that may be known since."""
    provider = PROVIDERS[connection.kind]
    try:
        row.as_of = provider.as_of(delivery)
        events = provider.parse(delivery, Options(provider.options, connection.options))
        if not events:
            return Result(State.UNUSABLE, "The delivery has no events."), []
        results = [_apply(event, connection, delivery) for event in events]
    except UnusableDelivery as error:
        return Result(State.UNUSABLE, str(error)), []
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("a delivery could not be processed", extra={"delivery": row.pk})
        return Result(State.FAILED, f"{type(error).__name__}: see the server's log."), []
    orders = [event.order for event in events if isinstance(event, PurchaseMade | OrderIds)]
    return _together(results), [storable(order_id) for order in orders for order_id in order.ids]


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


def _apply_if_known_now(connection: StoreConnection, row: StoreDelivery) -> None:
    """Race: the order was recorded meanwhile. It looks for waiting deliveries after its ids are committed, and this
    looks for its ids after waiting is committed, so that one of the two sees the other."""
    result, _ = _apply_all(connection, row, _delivery_of(row))
    if result.state != State.WAITING:
        finish(row, result)


def process_waiting(connection: StoreConnection, order_ids: Sequence[str], but_not: str = "") -> None:
    """Process the deliveries that wait for orders with these ids, once these are committed."""
    waiting = StoreDelivery.objects.filter(
        contest=connection.contest_id,
        connection=connection,
        state=State.WAITING,
        waits_for__has_any_keys=order_ids,
    )
    for each in waiting.exclude(pk=but_not).order_by("received_at", "id"):
        _apply_if_known_now(connection, each)
