"""Applying what a delivery says, by the same services as the API."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import MAX_REASON_LENGTH, AuditEvent
from blitzrocket.emails import Email, InvalidEmail
from blitzrocket.ids import new_id
from blitzrocket.postgres.statements import send
from blitzrocket.text import storable, trim
from contests.money import (
    AmountNotPositive,
    AmountTooLarge,
    InvalidCurrency,
    payable_amount,
    read_currency,
    show_amount,
)
from purchases.models import (
    MAX_ORDER_ID_LENGTH,
    PendingRefund,
    Purchase,
    PurchaseImport,
    PurchaseImportRow,
    Refund,
    RejectedPurchase,
    order_key,
)
from purchases.models.stores import MAX_OTHER_ID_LENGTH, StoreConnection, StoreDelivery, StoreOrderId, StoreRefunds
from purchases.services import (
    AlreadyHandled,
    ContestMissing,
    EntryMissing,
    NewPurchase,
    PurchaseNotFound,
    RefundRefused,
    dismiss_rejected_purchase,
    record_with_others,
    refund_order,
    reopen_rejected_purchase,
    restore_purchase,
    void_purchase,
    withdraw_pending_refund,
)
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
from purchases.stores.refund_totals import Amounts, NextRefund, SeenRefunds
from purchases.stores.refund_values import usable_refund
from purchases.stores.sign_ups import add_entry

State = StoreDelivery.State
SEEN_FIELDS = [field.name for field in fields(SeenRefunds)]
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
            return _for_known_order(event.order, connection, partial(_fail_refund, event, connection))
        case OrderChanged():
            return _for_known_order(event.order, connection, partial(_change, event, connection, received_at))
        case PurchaseCancelled():
            return _for_known_order(event.order, connection, partial(_cancel, event, connection, received_at))
        case PurchaseReopened():
            return _for_known_order(event.order, connection, partial(_reopen, event, connection, received_at))
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
    other_order = save_other_ids(connection, order.order_id, event.order)
    if other_order and _is_same_order(connection, event.order, order.order_id, other_order):
        return _has_its_payment(other_order)
    try:
        recorded = record_with_others(connection.contest_id, order, api_key=connection.api_key, received_at=received_at)
        message = recorded.message
    except EntryMissing:
        message = "On hold: no entry has its email." if order.email.key else "On hold: it came without an email."
    except ContestMissing:
        raise UnusableDelivery("The contest does not exist any more.") from None
    return Result(State.DONE, message, order.order_id)


# Race: two orders with the same payment at once. The second waits for the first, and sees its order. The ids reach the
# disk with the order, which is recorded next.
_SAVE_OTHER_IDS = """
    INSERT INTO purchases_storeorderid AS known (id, contest_id, connection_id, other_id, other_key, order_id)
    SELECT sent.id, %(contest)s::text, %(connection)s::text, sent.other_id, sent.other_key, %(order_id)s::text
    FROM unnest(%(ids)s::text[], %(other_ids)s::text[], %(other_keys)s::text[]) AS sent (id, other_id, other_key)
    WHERE set_config('synchronous_commit', 'off', true) = 'off'
    ORDER BY sent.other_id
    ON CONFLICT (contest_id, connection_id, other_id) DO UPDATE SET order_id = known.order_id
    RETURNING other_id, order_id
"""


def other_ids_of(order: StoreOrder, order_id: str) -> list[str]:
    """The ids to save of an order: its payments', also where one is its own, and others besides its own."""
    payments = {_other_id(payment_id) for payment_id in order.payment_ids}
    others = {_other_id(text) for text in (order.name, *order.other_ids)} - {order_id}
    return sorted((others | payments) - {""})


def save_other_ids(connection: StoreConnection, order_id: str, order: StoreOrder) -> str:
    """Save the store's other ids of an order. The first order with an id keeps it.

    Returns another order that has its payment, or nothing.
    """
    payments = {_other_id(payment_id) for payment_id in order.payment_ids}
    other_ids = other_ids_of(order, order_id)
    if not other_ids:
        return ""
    values = {
        "contest": connection.contest_id,
        "connection": connection.pk,
        "order_id": order_id,
        "ids": [new_id("orderid") for _ in other_ids],
        "other_ids": other_ids,
        "other_keys": [order_key(other_id) for other_id in other_ids],
    }
    known = send(_SAVE_OTHER_IDS, values).all()
    return next((owner for other_id, owner in known if other_id in payments and owner != order_id), "")


def save_names(connection: StoreConnection, orders: Iterable[tuple[str, StoreOrder]]) -> None:
    """Save the store's other ids of orders without a payment's, each with our id of it, in one statement."""
    rows = [
        StoreOrderId(
            contest_id=connection.contest_id,
            connection=connection,
            other_id=other_id,
            other_key=order_key(other_id),
            order_id=order_id,
        )
        for order_id, order in orders
        for other_id in other_ids_of(order, order_id)
    ]
    if rows:
        rows.sort(key=lambda row: row.other_id)  # Race: another delivery saves some of them, also sorted.
        StoreOrderId.objects.bulk_create(rows, ignore_conflicts=True)


def known_by_payment(connection: StoreConnection, orders: Iterable[StoreOrder]) -> dict[StoreOrder, str]:
    """Our ids of the orders whose payment is known: perhaps another id than the store sends now."""
    payments = {order: [_other_id(each) for each in order.payment_ids] for order in orders if order.payment_ids}
    if not payments:
        return {}
    rows = StoreOrderId.objects.filter(
        contest=connection.contest_id,
        connection=connection,
        other_id__in={each for payment_ids in payments.values() for each in payment_ids},
    )
    known = dict(rows.values_list("other_id", "order_id"))
    return {
        order: next(known[each] for each in payment_ids if each in known)
        for order, payment_ids in payments.items()
        if known.keys() & payment_ids
    }


def _save_ids(event: OrderIds, connection: StoreConnection) -> Result:
    order_id = valid_order_id(event.order.order_id)
    other_order = save_other_ids(connection, order_id, event.order)
    if other_order:
        return _has_its_payment(other_order)
    return Result(State.DONE, "Payment of the order noted, so that refunds find it.", order_id)


def _has_its_payment(other_order: str) -> Result:
    return Result(State.NOT_USED, f"Its payment is that of the order {other_order}.", other_order)


def _is_same_order(connection: StoreConnection, order: StoreOrder, order_id: str, other_order: str) -> bool:
    """Whether an order is another one that has its payment, by another id.

    Two ids that the store's owner gave are two orders, of which the first keeps the payment for its refunds. It is the
    same order where one of the ids is the payment's own, and where the other one came by a file, which does not have
    the owner's ids as deliveries have them.
    """
    payments = {_other_id(payment_id) for payment_id in order.payment_ids}
    return not payments.isdisjoint((order_id, other_order)) or _came_by_file(connection, other_order)


def _came_by_file(connection: StoreConnection, order_id: str) -> bool:
    imports = PurchaseImport.objects.filter(contest=connection.contest_id, connection=connection)
    rows = PurchaseImportRow.objects.filter(
        contest=connection.contest_id,
        purchase_import__in=list(imports),
        outcome__in=PurchaseImport.made_outcomes,
        values__order_id=order_id,
    )
    return rows.exists()


def _other_id(text: str) -> str:
    return storable(text)[:MAX_OTHER_ID_LENGTH]


def find_order_id(connection: StoreConnection, order: StoreOrder) -> str:
    """The order's id, by itself or by another one; empty where it is not known."""
    if order.order_id:
        return valid_order_id(order.order_id)
    known = StoreOrderId.objects.filter(
        contest=connection.contest_id, connection=connection, other_id__in=[_other_id(text) for text in order.ids]
    )
    return known.values_list("order_id", flat=True).first() or _recorded_as(connection, order.ids)


def _recorded_as(connection: StoreConnection, ids: Iterable[str]) -> str:
    """That one of an order's ids by which it is recorded, such as by calls of the API before it had a connection."""
    orders = Purchase.objects.filter(contest=connection.contest_id, order_id__in=[_other_id(text) for text in ids])
    return orders.values_list("order_id", flat=True).first() or ""


def _for_known_order(order: StoreOrder, connection: StoreConnection, act: Callable[[str], Result]) -> Result:
    """Act on an order, or let the delivery wait for the order that has one of its ids."""
    order_id = find_order_id(connection, order)
    if not order_id:
        return Result(State.WAITING, "Waiting for its order.", waits_for=order.ids)
    return act(order_id)


def refund(
    event: PurchaseRefunded | RefundTotal, connection: StoreConnection, received_at: datetime, order_id: str
) -> Result:
    """Refund an order; a total only as far as it is not refunded already, by whomever it was."""
    with _seen_refunds(connection, order_id) as seen:
        made = _refunded_of(connection, order_id, event) if isinstance(event, RefundTotal) else None
        new = seen.next_refund(event, made)
    if new is None:
        return Result(State.NOT_USED, "The refund is counted already.", order_id)
    purchase = Purchase.objects.find_order(connection.contest_id, order_id)
    amount = new.amount
    if purchase is not None:
        if purchase.money_left <= 0 and not _is_made(purchase, new):
            return Result(State.NOT_USED, "All of the order is refunded already.", order_id)
        if amount is not None and amount > purchase.money_left:
            amount = None  # the store gave back what earned no points too, such as the shipping
    reason = event.reason if isinstance(event, PurchaseRefunded) else ""
    try:
        refunded = refund_order(
            connection.contest,
            order_id,
            refund_id=new.refund_id,
            amount=amount,
            currency=new.currency.upper(),
            audit=AuditContext(api_key=connection.api_key, reason=storable(reason)[:MAX_REASON_LENGTH]),
            received_at=received_at,
        )
    except PurchaseNotFound:
        return Result(State.DONE, "Refund saved: it is applied once its order is recorded.", order_id)
    except RefundRefused as error:
        with _seen_refunds(connection, order_id) as seen:
            seen.refuse(event)
        return Result(State.UNUSABLE, str(error), order_id)
    message = "Refund already recorded" if refunded.already_exists else "Refund recorded"
    return Result(State.DONE, message, order_id)


def _refunded_of(connection: StoreConnection, order_id: str, total: RefundTotal) -> Decimal:
    purchase = Purchase.objects.find_order(connection.contest_id, order_id)
    if purchase is not None:
        return purchase.refunded_amount
    pending = PendingRefund.objects.filter(
        contest=connection.contest_id, order_id=order_id, state=PendingRefund.State.PENDING
    )
    return sum((row.amount or total.amount for row in pending), Decimal(0))


def _is_made(purchase: Purchase, refund: NextRefund) -> bool:
    made = Refund.objects.filter(contest=purchase.contest_id, purchase=purchase, refund_id=refund.refund_id)
    return made.exists()


@contextmanager
def _seen_refunds(connection: StoreConnection, order_id: str) -> Iterator[SeenRefunds]:
    """What is known of an order's refunds, to be changed.

    A refund to hand on is decided once, and committed before it is made, so that a retry after a crash hands on the
    same one.
    """
    with transaction.atomic():
        rows = StoreRefunds.objects.filter(contest=connection.contest_id, connection=connection, order_id=order_id)
        StoreRefunds.objects.bulk_create(
            [StoreRefunds(contest_id=connection.contest_id, connection=connection, order_id=order_id)],
            ignore_conflicts=True,
        )
        # Race: two refunds of one order at once. Each counts what the other has handed on.
        row = rows.select_for_update(no_key=True).get()
        seen = SeenRefunds(**{name: _amounts(getattr(row, name)) for name in SEEN_FIELDS})
        yield seen
        rows.filter(pk=row.pk).update(**{name: getattr(seen, name) for name in SEEN_FIELDS})


def _amounts(stored: dict[str, Any]) -> Amounts:
    """As read from JSON, which has whole numbers as int."""
    return {name: None if amount is None else Decimal(amount) for name, amount in stored.items()}


def _fail_refund(event: RefundFailed, connection: StoreConnection, order_id: str) -> Result:
    """A refund that is made stays made, because its order may have changed since: a person decides."""
    with _seen_refunds(connection, order_id) as seen:
        excess = seen.fail(event.refund_id, event.amount)
        if excess and (withdrawn := _withdraw(connection, order_id, seen.ids_of(event.refund_id, excess))):
            seen.take_back(withdrawn)
            excess = Decimal(0)
    if not excess:
        return Result(State.NOT_USED, "The refund failed: no money was given back.", order_id)
    return Result(
        State.UNUSABLE,
        f"The refund {event.refund_id} of {show_amount(excess, event.currency.upper())} failed after it was counted. "
        "The order's next refund is offset against it; if there is none, give the entry its points back.",
        order_id,
    )


def _withdraw(connection: StoreConnection, order_id: str, refund_ids: Iterable[str]) -> str:
    """Take back the first of these refunds that is still pending; returns its id, or nothing."""
    problem = "The refund failed in the store: no money was given back."
    return next(
        (each for each in refund_ids if withdraw_pending_refund(connection.contest_id, order_id, each, problem)), ""
    )


def _change(event: OrderChanged, connection: StoreConnection, received_at: datetime, order_id: str) -> Result:
    """A lower amount is a refund of the difference; a higher one earns nothing more."""
    currency = event.currency.upper()
    before = event.amount_before
    purchase = Purchase.objects.find_order(connection.contest_id, order_id)
    if purchase is not None and purchase.currency == currency:
        before = min(before, purchase.amount)
    if event.amount > before:
        return Result(
            State.NOT_USED,
            f"The order's total rose from {show_amount(before, currency)} to {show_amount(event.amount, currency)} "
            "after it was placed; the difference earns no points.",
            order_id,
        )
    if event.amount == before:
        return Result(State.NOT_USED, "The order's total is as it was.", order_id)
    total = RefundTotal(order=event.order, source="order", amount=before - event.amount, currency=event.currency)
    return refund(usable_refund(total), connection, received_at, order_id)


def _cancel(event: PurchaseCancelled, connection: StoreConnection, received_at: datetime, order_id: str) -> Result:
    if not event.is_final and _has_later_delivery(event, connection, received_at, order_id):
        return Result(State.NOT_USED, CAME_LATER, order_id)
    audit = AuditContext(api_key=connection.api_key, reason=storable(event.reason)[:MAX_REASON_LENGTH])
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


def _reopen(event: PurchaseReopened, connection: StoreConnection, received_at: datetime, order_id: str) -> Result:
    """Restore an order that this connection voided or dismissed last; a person's decision stands."""
    if _has_later_delivery(event, connection, received_at, order_id):
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


def _has_later_delivery(
    event: PurchaseCancelled | PurchaseReopened, connection: StoreConnection, received_at: datetime, order_id: str
) -> bool:
    """Whether the store said more of the order since this, which was late or is processed only now."""
    later = Q(received_at__gt=received_at) if event.as_of is None else Q(as_of__gt=event.as_of)
    deliveries = StoreDelivery.objects.filter(
        contest=connection.contest_id, connection=connection, order_id=order_id, state__in=(State.DONE, State.WAITING)
    )
    return deliveries.filter(later).exists()


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
    """Whether the last such action on the order was this connection's, and no undone import came after it."""
    events = AuditEvent.objects.about(target).filter(
        contest_id=connection.contest_id, action__in=[action, AuditEvent.Action.UNIMPORTED]
    )
    last = events.order_by("-created_at", "-id").first()
    return last is not None and last.api_key_id == connection.api_key_id
