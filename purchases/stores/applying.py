"""Applying what a delivery says, by the same services as the API."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from blitzrocket.emails import Email, InvalidEmail
from blitzrocket.text import trim
from contests.money import AmountNotPositive, AmountTooLarge, InvalidCurrency, payable_amount, read_currency
from purchases.models.stores import StoreConnection
from purchases.services import ContestMissing, EntryMissing, NewPurchase, record_with_others
from purchases.stores.cancellations import cancel, reopen
from purchases.stores.events import (
    EntrySignedUp,
    Event,
    NotUsed,
    OrderChanged,
    OrderIds,
    PurchaseCancelled,
    PurchaseMade,
    PurchaseRefunded,
    PurchaseReopened,
    RefundFailed,
    RefundTotal,
    StoreOrder,
    Unusable,
    UnusableDelivery,
)
from purchases.stores.order_ids import find_order_id, is_same_order, save_other_ids, valid_order_id
from purchases.stores.refund_values import usable_refund
from purchases.stores.refunds import change_amount, fail_refund, refund
from purchases.stores.result import Result, State
from purchases.stores.sign_ups import add_entry

NO_EMAIL = Email("", "")


def apply(event: Event, connection: StoreConnection, received_at: datetime) -> Result:
    """Apply an event. Doing it again changes nothing more.

    Raises:
        UnusableDelivery: a value of it is invalid.
    """
    match event:
        case NotUsed() | Unusable():
            return _without_effect(event)
        case PurchaseMade():
            return _record(event, connection, received_at)
        case OrderIds():
            return _save_ids(event, connection)
        case PurchaseRefunded() | RefundTotal():
            usable = usable_refund(event)
            return _for_known_order(event.order, connection, partial(refund, usable, connection, received_at))
        case RefundFailed():
            return _for_known_order(event.order, connection, partial(fail_refund, event, connection))
        case OrderChanged():
            return _for_known_order(event.order, connection, partial(change_amount, event, connection, received_at))
        case PurchaseCancelled():
            return _for_known_order(event.order, connection, partial(cancel, event, connection, received_at))
        case PurchaseReopened():
            return _for_known_order(event.order, connection, partial(reopen, event, connection, received_at))
        case EntrySignedUp():
            return Result(State.DONE, add_entry(event, connection))


def _without_effect(event: NotUsed | Unusable) -> Result:
    if isinstance(event, Unusable):
        return Result(State.UNUSABLE, event.reason)
    return Result(State.TEST if event.is_test else State.NOT_USED, event.reason)


def new_purchase(event: PurchaseMade, received_at: datetime) -> NewPurchase:
    """The order to record.

    Raises:
        UnusableDelivery: a value cannot be used; the message says which.
    """
    order_id = valid_order_id(event.order.order_id)
    try:
        currency = read_currency(event.currency)
        amount = payable_amount(event.amount, currency)
        email = Email.parse(event.email) if trim(event.email) else NO_EMAIL
    except (AmountNotPositive, AmountTooLarge, InvalidCurrency, InvalidEmail) as error:
        raise UnusableDelivery(str(error)) from None
    return NewPurchase(
        email=email,
        order_id=order_id,
        amount=amount,
        currency=currency,
        # A store's clock may be ahead.
        purchased_at=min(event.purchased_at or received_at, received_at),
        is_time_sent=event.purchased_at is not None,
    )


def _record(event: PurchaseMade, connection: StoreConnection, received_at: datetime) -> Result:
    order = new_purchase(event, received_at)
    other_order = save_other_ids(connection, order.order_id, event.order)
    if other_order and is_same_order(connection, event.order, order.order_id, other_order):
        return _has_its_payment(other_order)
    try:
        recorded = record_with_others(connection.contest_id, order, api_key=connection.api_key, received_at=received_at)
        message = recorded.message
    except EntryMissing:
        message = "On hold: no entry has its email." if order.email.key else "On hold: it came without an email."
    except ContestMissing:
        raise UnusableDelivery("The contest does not exist any more.") from None
    return Result(State.DONE, message, order.order_id)


def _save_ids(event: OrderIds, connection: StoreConnection) -> Result:
    order_id = valid_order_id(event.order.order_id)
    other_order = save_other_ids(connection, order_id, event.order)
    if other_order:
        return _has_its_payment(other_order)
    return Result(State.DONE, "Payment of the order noted, so that refunds find it.", order_id)


def _has_its_payment(other_order: str) -> Result:
    return Result(State.NOT_USED, f"Its payment is that of the order {other_order}.", other_order)


def _for_known_order(order: StoreOrder, connection: StoreConnection, act: Callable[[str], Result]) -> Result:
    """Act on an order, or let the delivery wait for the order that has one of its ids."""
    order_id = find_order_id(connection, order)
    if not order_id:
        return Result(State.WAITING, "Waiting for its order.", waits_for=order.ids)
    return act(order_id)
