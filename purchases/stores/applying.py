"""Applying what a delivery says, by the same services as the API."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import Email, InvalidEmail
from blitzrocket.text import storable, trim
from contests.money import AmountNotPositive, AmountTooLarge, InvalidCurrency, payable_amount, read_currency
from purchases.models import MAX_ORDER_ID_LENGTH, Purchase, RejectedPurchase, order_key
from purchases.models.stores import StoreConnection, StoreDelivery, StoreOrderId, StoreRefunds
from purchases.services import (
    AlreadyHandled,
    ContestMissing,
    EntryMissing,
    NewPurchase,
    PurchaseNotFound,
    RefundExceedsPurchase,
    RefundRefused,
    dismiss_rejected_purchase,
    record_with_others,
    refund_order,
    reopen_rejected_purchase,
    restore_purchase,
    void_purchase,
)
from purchases.stores.events import (
    Event,
    NotUsed,
    PurchaseCancelled,
    PurchaseMade,
    PurchaseRefunded,
    PurchaseReopened,
    RefundTotal,
    StoreOrder,
    Unusable,
    UnusableDelivery,
)
from purchases.stores.refund_totals import NextRefund, SeenRefunds
from purchases.stores.refund_values import usable_refund

State = StoreDelivery.State
NO_EMAIL = Email("", "")
CAME_LATER = "A later delivery of the order was processed before."


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an event; ``waits_for`` are the ids of its order where that is not known yet."""

    state: State
    message: str
    order_id: str = ""
    waits_for: tuple[str, ...] = ()


def apply(event: Event, connection: StoreConnection, received_at: datetime) -> Result:
    """Apply an event. Doing it again changes nothing more.

    Raises:
        UnusableDelivery: a value of it is invalid.
    """
    if isinstance(event, PurchaseRefunded | RefundTotal):
        event = usable_refund(event)
    match event:
        case NotUsed():
            return Result(State.TEST if event.is_test else State.NOT_USED, event.reason)
        case Unusable():
            return Result(State.UNUSABLE, event.reason)
        case PurchaseMade():
            return _record(event, connection, received_at)
        case PurchaseRefunded() | RefundTotal():
            return _for_known_order(event.order, connection, partial(_refund, event, connection, received_at))
        case PurchaseCancelled():
            return _for_known_order(event.order, connection, partial(_cancel, event, connection, received_at))
        case PurchaseReopened():
            return _for_known_order(event.order, connection, partial(_reopen, connection, received_at))
    raise UnusableDelivery("This store cannot sign people up.")


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


def valid_order_id(text: str) -> str:
    """The order id, trimmed.

    Raises:
        UnusableDelivery: it is empty, too long, or has characters that cannot be stored.
    """
    order_id = trim(text)
    if not order_id or len(order_id) > MAX_ORDER_ID_LENGTH or storable(order_id) != order_id:
        raise UnusableDelivery(f"The order ID must have 1 to {MAX_ORDER_ID_LENGTH} characters that can be stored.")
    return order_id


def _record(event: PurchaseMade, connection: StoreConnection, received_at: datetime) -> Result:
    order = new_purchase(event, received_at)
    try:
        recorded = record_with_others(connection.contest_id, order, api_key=connection.api_key, received_at=received_at)
        message = recorded.message
    except EntryMissing:
        message = "On hold: no entry has its email." if order.email.key else "On hold: it came without an email."
    except ContestMissing:
        raise UnusableDelivery("The contest does not exist any more.") from None
    save_other_ids(connection, order.order_id, event.order)
    return Result(State.DONE, message, order.order_id)


def save_other_ids(connection: StoreConnection, order_id: str, order: StoreOrder) -> None:
    """Save the store's other ids of an order. The first order with an id keeps it."""
    ids = [storable(text)[:255] for text in dict.fromkeys([order.name, *order.other_ids]) if text and text != order_id]
    if ids:
        StoreOrderId.objects.bulk_create(
            [
                StoreOrderId(
                    contest_id=connection.contest_id,
                    connection=connection,
                    other_id=other_id,
                    other_key=order_key(other_id),
                    order_id=order_id,
                )
                for other_id in ids
            ],
            ignore_conflicts=True,
        )


def find_order_id(connection: StoreConnection, order: StoreOrder) -> str:
    """The order's id, by itself or by another one; empty where it is not known."""
    if order.order_id:
        return valid_order_id(order.order_id)
    known = StoreOrderId.objects.filter(
        contest=connection.contest_id, connection=connection, other_id__in=order.other_ids
    )
    return known.values_list("order_id", flat=True).first() or ""


def _for_known_order(order: StoreOrder, connection: StoreConnection, act: Callable[[str], Result]) -> Result:
    """Act on an order, or let the delivery wait for the order that has one of its ids."""
    order_id = find_order_id(connection, order)
    if not order_id:
        return Result(State.WAITING, "Waiting for its order.", waits_for=order.other_ids)
    return act(order_id)


def _refund(
    event: PurchaseRefunded | RefundTotal, connection: StoreConnection, received_at: datetime, order_id: str
) -> Result:
    refund = _next_refund(event, connection, order_id)
    if refund is None:
        return Result(State.NOT_USED, "The refund is counted already.", order_id)
    reason = event.reason if isinstance(event, PurchaseRefunded) else ""
    hand_on = partial(
        refund_order,
        connection.contest,
        order_id,
        refund_id=refund.refund_id,
        currency=refund.currency.upper(),
        audit=AuditContext(api_key=connection.api_key, reason=storable(reason)[:500]),
        received_at=received_at,
    )
    try:
        try:
            refunded = hand_on(amount=refund.amount)
        except RefundExceedsPurchase:
            # The store gave back what earned no points too, such as the shipping: nothing of the order is left.
            refunded = hand_on(amount=None)
    except PurchaseNotFound:
        return Result(State.DONE, "Refund saved: it is applied once its order is recorded.", order_id)
    except RefundRefused as error:
        return Result(State.UNUSABLE, str(error), order_id)
    message = "Refund already recorded" if refunded.already_exists else "Refund recorded"
    return Result(State.DONE, message, order_id)


def _next_refund(
    event: PurchaseRefunded | RefundTotal, connection: StoreConnection, order_id: str
) -> NextRefund | None:
    """The refund to hand on.

    It is decided once, and committed before the refund is made, so that a retry after a crash hands on the same one.
    """
    with transaction.atomic():
        rows = StoreRefunds.objects.filter(contest=connection.contest_id, connection=connection, order_id=order_id)
        StoreRefunds.objects.bulk_create(
            [StoreRefunds(contest_id=connection.contest_id, connection=connection, order_id=order_id)],
            ignore_conflicts=True,
        )
        # Race: two refunds of one order at once. Each counts what the other has handed on.
        row = rows.select_for_update(no_key=True).get()
        seen = SeenRefunds(*map(_amounts, (row.by_id, row.totals, row.passed_on)))
        refund = seen.next_refund(event)
        rows.filter(pk=row.pk).update(by_id=seen.by_id, totals=seen.totals, passed_on=seen.passed_on)
    return refund


def _amounts(by_name: dict[str, Any]) -> dict[str, Any]:
    """A whole number is read from JSON as an int."""
    return {name: None if amount is None else Decimal(amount) for name, amount in by_name.items()}


def _cancel(event: PurchaseCancelled, connection: StoreConnection, received_at: datetime, order_id: str) -> Result:
    if not event.is_final and _has_later_delivery(connection, received_at, order_id):
        return Result(State.NOT_USED, CAME_LATER, order_id)
    audit = AuditContext(api_key=connection.api_key, reason=storable(event.reason)[:500])
    purchase = Purchase.objects.find_order(connection.contest_id, order_id)
    if purchase is None and (held := _held(connection, order_id)) is not None:
        with suppress(AlreadyHandled):
            dismiss_rejected_purchase(held, audit=audit)
            return Result(State.DONE, "Dismissed, because it was on hold", order_id)
        # Race: it got its entry meanwhile, and is recorded.
        purchase = Purchase.objects.find_order(connection.contest_id, order_id)
    if purchase is not None:
        void_purchase(purchase, audit=audit)
        return Result(State.DONE, "Voided", order_id)
    if _dismissed(connection, order_id) is not None:
        return Result(State.NOT_USED, "The order was on hold, and is dismissed already.", order_id)
    return Result(State.WAITING, "Waiting for its order.", order_id, (order_id,))


def _reopen(connection: StoreConnection, received_at: datetime, order_id: str) -> Result:
    """Restore an order that this connection voided or dismissed last; a person's decision stands."""
    if _has_later_delivery(connection, received_at, order_id):
        return Result(State.NOT_USED, CAME_LATER, order_id)
    _forget_cancellations(connection, received_at, order_id)
    audit = AuditContext(api_key=connection.api_key, reason="Not cancelled any more")
    purchase = Purchase.objects.find_order(connection.contest_id, order_id)
    if purchase is not None:
        if purchase.is_voided and _did_last(connection, AuditEvent.Action.VOIDED, purchase):
            restore_purchase(purchase, audit=audit)
            return Result(State.DONE, "Restored", order_id)
        return Result(State.NOT_USED, "", order_id)
    dismissed = _dismissed(connection, order_id)
    if dismissed is not None and _did_last(connection, AuditEvent.Action.DISMISSED, dismissed):
        with suppress(AlreadyHandled):
            reopen_rejected_purchase(dismissed, audit=audit)
    return Result(State.NOT_USED, "", order_id)


def _has_later_delivery(connection: StoreConnection, received_at: datetime, order_id: str) -> bool:
    """Whether the store said more of the order since this, which was interrupted and is processed only now."""
    later = StoreDelivery.objects.filter(
        contest=connection.contest_id, connection=connection, order_id=order_id, received_at__gt=received_at
    )
    return later.filter(state=State.DONE).exists()


def _forget_cancellations(connection: StoreConnection, received_at: datetime, order_id: str) -> None:
    """Those that came before the order was recorded."""
    StoreDelivery.objects.filter(
        contest=connection.contest_id,
        connection=connection,
        state=State.WAITING,
        waits_for__contains=[order_id],
        received_at__lt=received_at,
    ).update(state=State.NOT_USED, message="The order was reopened since.", waits_for=[])


def _held(connection: StoreConnection, order_id: str) -> RejectedPurchase | None:
    rows = RejectedPurchase.objects.of_order(connection.contest_id, order_id)
    return rows.filter(state=RejectedPurchase.State.HELD).first()


def _dismissed(connection: StoreConnection, order_id: str) -> RejectedPurchase | None:
    rows = RejectedPurchase.objects.of_order(connection.contest_id, order_id)
    return rows.filter(state=RejectedPurchase.State.DISMISSED, code=RejectedPurchase.Code.ENTRY).first()


def _did_last(connection: StoreConnection, action: str, target: Purchase | RejectedPurchase) -> bool:
    """Whether the last such action on the order was this connection's."""
    events = AuditEvent.objects.about(target).filter(contest_id=connection.contest_id, action=action)
    last = events.order_by("-created_at", "-id").first()
    return last is not None and last.api_key_id == connection.api_key_id
