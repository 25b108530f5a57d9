"""Cancelling an order, and reopening one that its own connection cancelled."""

from contextlib import suppress
from datetime import datetime

from django.db.models import Q

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import MAX_REASON_LENGTH, AuditEvent
from blitzrocket.text import storable
from purchases.models import Purchase, RejectedPurchase
from purchases.models.stores import StoreConnection, StoreDelivery
from purchases.services import (
    AlreadyHandled,
    dismiss_rejected_purchase,
    reopen_rejected_purchase,
    restore_purchase,
    void_purchase,
)
from purchases.stores.events import PurchaseCancelled, PurchaseReopened
from purchases.stores.result import Result, State

CAME_LATER = "A later delivery of the order was processed before."


def cancel(event: PurchaseCancelled, connection: StoreConnection, received_at: datetime, order_id: str) -> Result:
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


def reopen(event: PurchaseReopened, connection: StoreConnection, received_at: datetime, order_id: str) -> Result:
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
