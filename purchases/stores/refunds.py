"""Refunds that a store tells of, each counted once: see `refund_totals`."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import MAX_REASON_LENGTH
from blitzrocket.text import storable
from contests.money import show_amount
from purchases.models import PendingRefund, Purchase, Refund
from purchases.models.stores import StoreConnection, StoreRefunds
from purchases.services import PurchaseNotFound, RefundRefused, refund_order, withdraw_pending_refund
from purchases.stores.events import OrderChanged, PurchaseRefunded, RefundFailed, RefundTotal
from purchases.stores.refund_totals import Amounts, NextRefund, StoredRefunds
from purchases.stores.refund_values import usable_refund
from purchases.stores.result import Result, State

STORED_FIELDS = [field.name for field in fields(StoredRefunds)]


def refund(
    event: PurchaseRefunded | RefundTotal, connection: StoreConnection, received_at: datetime, order_id: str
) -> Result:
    """Refund an order; a total only as far as it is not refunded already, however it was."""
    with _stored_refunds(connection, order_id) as stored:
        total = _refunded_of(connection, order_id, event) if isinstance(event, RefundTotal) else None
        new = stored.next_refund(event, total)
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
        with _stored_refunds(connection, order_id) as stored:
            stored.refuse(event)
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
    refunds = Refund.objects.filter(contest=purchase.contest_id, purchase=purchase, refund_id=refund.refund_id)
    return refunds.exists()


@contextmanager
def _stored_refunds(connection: StoreConnection, order_id: str) -> Iterator[StoredRefunds]:
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
        stored = StoredRefunds(**{name: _amounts(getattr(row, name)) for name in STORED_FIELDS})
        yield stored
        rows.filter(pk=row.pk).update(**{name: getattr(stored, name) for name in STORED_FIELDS})


def _amounts(stored: dict[str, Any]) -> Amounts:
    """As read from JSON, which has whole numbers as int."""
    return {name: None if amount is None else Decimal(amount) for name, amount in stored.items()}


def fail_refund(event: RefundFailed, connection: StoreConnection, order_id: str) -> Result:
    """A refund that is made stays made, because its order may have changed since: a person decides."""
    with _stored_refunds(connection, order_id) as stored:
        excess = stored.fail(event.refund_id, event.amount)
        if excess and (withdrawn := _withdraw(connection, order_id, stored.ids_of(event.refund_id, excess))):
            stored.take_back(withdrawn)
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


def change_amount(event: OrderChanged, connection: StoreConnection, received_at: datetime, order_id: str) -> Result:
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
