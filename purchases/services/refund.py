"""Refunds: partial or full, once each, also before their order is recorded."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests.models import Contest
from contests.money import (
    MAX_AMOUNT,
    AmountNotPositive,
    AmountTooLarge,
    in_minor_units,
    minor_unit,
    payable_amount,
    show_amount,
)
from contests.services.preview import PointChanges
from purchases.models import EventKind, PendingRefund, Purchase, Refund, money_of, order_key
from purchases.services import outbox
from purchases.services.locking import lock_order
from purchases.services.outbox import NewEvent
from purchases.services.pending_refunds import (
    NewRefund,
    close_row,
    save_pending_refund,
    save_refused_refund,
    save_refused_unless_known,
)
from purchases.services.purchase_update import Kind, Plan, PlannedLine, PurchaseUpdate, change

Differences = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunded:
    """A refund that is made, now or before, and how it differs from the call."""

    refund: Refund
    already_exists: bool
    differences: Differences


class RefundRefused(Exception):
    """The refund is not made, for the reason in the message."""


class RefundExceedsPurchase(RefundRefused):
    """The amount is more than is left of the order."""

    def __init__(self, money_left: Decimal, currency: str) -> None:
        super().__init__(f"Only {show_amount(money_left, currency)} of this order is left to refund.")
        self.money_left = money_left


class RefundNotPositive(RefundRefused):
    """The amount is 0 or less, perhaps only after rounding to the currency's minor unit."""


class RefundInOtherCurrency(RefundRefused):
    """The refund is in another currency than its order."""

    def __init__(self, recorded: str, received: str) -> None:
        super().__init__(f"The order is in {recorded}; send the amount in {recorded}, not in {received}.")


class PurchaseNotFound(Exception):
    """The order is not recorded; the refund is saved, and applied once it is.

    Where the same refund was received before with other values, those are kept, and ``differences`` names them.
    """

    def __init__(self, differences: Differences) -> None:
        super().__init__("This order is not recorded; the refund is kept, and applied when the order appears")
        self.differences = differences


def refund_purchase(
    purchase: Purchase,
    *,
    refund_id: str,
    amount: Decimal | None = None,
    currency: str = "",
    audit: AuditContext,
    received_at: datetime,
) -> Refunded:
    """Refund an amount of a purchase, or all that is left, and remove the points that it earned.

    The amount left is scored by the rules and facts of the recording. A purchase has one refund per refund id.

    Raises:
        RefundExceedsPurchase: less than the amount is left.
        RefundNotPositive: the amount is 0 or less.
        RefundInOtherCurrency: the order is in another currency.
        RequestIdReused: the request id belongs to another action.
    """
    refund = NewRefund(refund_id=refund_id, amount=amount, currency=currency, received_at=received_at)
    with _changing(purchase, refund, audit) as changing:
        return _refund(changing, refund)


def refund_order(
    contest: Contest,
    order_id: str,
    *,
    refund_id: str,
    amount: Decimal | None = None,
    currency: str = "",
    audit: AuditContext,
    received_at: datetime,
) -> Refunded:
    """Refund an order by the shop's ids. A refused refund is saved.

    Raises:
        PurchaseNotFound: the order is not recorded; the refund is pending.
        RefundExceedsPurchase, RefundNotPositive, RefundInOtherCurrency: as for `refund_purchase`.
    """
    refund = NewRefund(refund_id=refund_id, amount=amount, currency=currency, received_at=received_at)
    purchase = Purchase.objects.find_order(contest.pk, order_id)
    if purchase is None:
        purchase = _save_without_order(contest.pk, order_id, refund, audit)
    return _refund_or_save_refused(purchase, refund, audit)


def apply_pending_refunds(purchase: Purchase) -> None:
    """Make the pending refunds of this order, in the transaction that records it."""
    for row, refund in _pending_refunds(purchase.contest_id, purchase.order_id):
        try:
            _refund_or_save_refused(purchase, refund, AuditContext(reason=row.reason, api_key=row.api_key))
        except RefundRefused:  # its row says why
            continue


def _save_without_order(contest_id: str, order_id: str, refund: NewRefund, audit: AuditContext) -> Purchase:
    """Save a refund of an order that is not recorded; returns the purchase if it was recorded meanwhile.

    Raises:
        PurchaseNotFound, RefundRefused: it is saved.
    """
    with transaction.atomic():
        # Race: the order is being recorded, so that neither of the two sees the other. Recording holds this lock
        # shared and looks for pending refunds; saving a pending refund holds it exclusively.
        lock_order(contest_id, order_id)
        purchase = Purchase.objects.find_order(contest_id, order_id)
        if purchase is not None:
            return purchase
        error = _keep_locked(contest_id, order_id, refund, audit)
    raise error  # after the commit


def _keep_locked(
    contest_id: str, order_id: str, refund: NewRefund, audit: AuditContext
) -> PurchaseNotFound | RefundRefused:
    try:
        amount = None if refund.amount is None else payable_amount(refund.amount, refund.currency)
    except (AmountNotPositive, AmountTooLarge) as error:
        save_refused_unless_known(contest_id, order_id, refund, audit, str(error))
        is_too_large = isinstance(error, AmountTooLarge)
        return RefundExceedsPurchase(MAX_AMOUNT, refund.currency) if is_too_large else RefundNotPositive(str(error))
    row = save_pending_refund(contest_id, order_id, replace(refund, amount=amount), audit)
    return PurchaseNotFound(_refund_differences(row.amount, row.currency, refund))


def _refund_or_save_refused(purchase: Purchase, refund: NewRefund, audit: AuditContext) -> Refunded:
    with _changing(purchase, refund, audit) as changing:
        try:
            return _refund(changing, refund)
        except RefundRefused as error:
            # Race: the same refund arrives with other values now, and is made. A refused one has written nothing, so it
            # is saved under the same lock, and there is only ever one of the two rows.
            refused_refund = replace(refund, currency=refund.currency or purchase.currency)
            save_refused_refund(purchase.contest_id, purchase.order_id, refused_refund, audit, str(error))
            refusal = error
    raise refusal


def _changing(purchase: Purchase, refund: NewRefund, audit: AuditContext) -> AbstractContextManager[PurchaseUpdate]:
    parameters = {"refund": refund.refund_id, "amount": refund.amount, "currency": refund.currency}
    return change(purchase, audit, AuditEvent.Action.REFUNDED, parameters=parameters)


def _refund(changing: PurchaseUpdate, refund: NewRefund) -> Refunded:
    current, audit = changing.purchase, changing.audit
    ids = {"contest_id": current.contest_id, "order_id": current.order_id, "refund_id": refund.refund_id}
    existing = Refund.objects.filter(purchase=current, **ids).first()
    if existing is not None:
        differences = _refund_differences(existing.amount, existing.currency, refund)
        return Refunded(refund=existing, already_exists=True, differences=differences)
    planned = plan_refund(refundable(current), refund)
    earlier = PendingRefund.objects.filter(**ids).first()
    new_refund = Refund.objects.create(
        **ids,
        **({"id": earlier.pk} if earlier else {}),
        purchase=current,
        refund_key=order_key(refund.refund_id),
        amount=planned.amount,
        currency=current.currency,
        points_reversed=planned.points_reversed,
        reason=audit.reason,
        actor=audit.user,
        api_key=audit.api_key,
        received_at=earlier.received_at if earlier else refund.received_at,
    )
    if earlier is not None:
        close_row(earlier, refund, audit)
    order_left = planned.order_left
    line = PlannedLine(entry_id=current.entry_id, kind=Kind.REFUNDED, points=-planned.points_reversed)
    status = Purchase.Status.VOIDED if current.is_voided else current.status_for(order_left.refunded_amount)
    columns = {"status": status, "points_now": order_left.points_now, "refunded_amount": order_left.refunded_amount}
    lines_before = len(changing.lines)
    changing.carry_out(Plan((line,), columns))
    line_id = "".join(written.pk for written in changing.lines[lines_before:])
    event = NewEvent(EventKind.REFUNDED, new_refund.pk, entry_id=current.entry_id, line_id=line_id)
    outbox.add(current.contest_id, [event])
    return Refunded(refund=new_refund, already_exists=False, differences=planned.differences)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundableOrder:
    """What a refund depends on, of an order that is recorded or about to be."""

    amount: Decimal
    currency: str
    refunded_amount: Decimal
    points_now: int
    count_refunds: Callable[[], int]  # called only where the amount exceeds what is left
    points_that_stay: Callable[[int, Decimal], int]  # of these points, with this amount left

    @property
    def money_left(self) -> Decimal:
        return in_minor_units(self.amount - self.refunded_amount, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRefund:
    """A refund that can be made: its amount and points, and the order once it is made.

    ``differences`` say how the amount differs from the one requested.
    """

    amount: Decimal
    points_reversed: int
    order_left: RefundableOrder
    differences: Differences


def refundable(purchase: Purchase) -> RefundableOrder:
    """A recorded order."""
    return RefundableOrder(
        amount=purchase.amount,
        currency=purchase.currency,
        refunded_amount=purchase.refunded_amount,
        points_now=purchase.points_now,
        count_refunds=Refund.objects.filter(contest=purchase.contest_id, purchase=purchase).count,
        points_that_stay=purchase.points_that_stay,
    )


def plan_refund(order: RefundableOrder, refund: NewRefund) -> PlannedRefund:
    """What the refund changes.

    Raises:
        RefundRefused: it can't be made.
    """
    amount, differences = _amount_to_refund(order, refund)
    points_kept = order.points_that_stay(order.points_now, order.money_left - amount)
    order_left = replace(
        order,
        refunded_amount=order.refunded_amount + amount,
        points_now=points_kept,
        count_refunds=lambda: order.count_refunds() + 1,
    )
    return PlannedRefund(
        amount=amount, points_reversed=order.points_now - points_kept, order_left=order_left, differences=differences
    )


def changes_by_refunding(purchase: Purchase, amount: Decimal | None = None) -> PointChanges:
    """The points that refunding an amount, or all that is left, would add to its entry; nothing is locked or written.

    Raises:
        RefundRefused: it can't be refunded.
    """
    refund = NewRefund(refund_id="", amount=amount, received_at=timezone.now())
    return {purchase.entry_id: -plan_refund(refundable(purchase), refund).points_reversed}


def points_after_pending_refunds(contest_id: str, order_id: str, order: RefundableOrder) -> int:
    """The points that an order would have once it is recorded, and its pending refunds are made."""
    for _, refund in _pending_refunds(contest_id, order_id):
        with suppress(RefundRefused):
            order = plan_refund(order, refund).order_left
    return order.points_now


def _pending_refunds(contest_id: str, order_id: str) -> Iterator[tuple[PendingRefund, NewRefund]]:
    """The pending refunds of an order, in the order received."""
    pending = PendingRefund.objects.filter(contest=contest_id, order_id=order_id, state=PendingRefund.State.PENDING)
    for row in pending.select_related("api_key").order_by("id"):
        refund = NewRefund(
            refund_id=row.refund_id, amount=row.amount, currency=row.currency, received_at=row.received_at
        )
        yield row, refund


def _amount_to_refund(order: RefundableOrder, refund: NewRefund) -> tuple[Decimal, Differences]:
    """The amount to refund, and how it differs from the amount requested.

    Shops round each part of an order on its own, so their sum may exceed the order by up to one minor unit per refund.
    With such an excess, all that is left is refunded.
    """
    money_left, currency = order.money_left, order.currency
    if refund.currency not in ("", currency):
        raise RefundInOtherCurrency(currency, refund.currency)
    try:
        requested = money_left if refund.amount is None else payable_amount(refund.amount, currency)
    except AmountNotPositive as error:
        raise RefundNotPositive(str(error)) from None
    except AmountTooLarge:
        raise RefundExceedsPurchase(money_left, currency) from None
    if money_left <= 0 or (requested > money_left and requested - money_left > _max_rounding_excess(order)):
        raise RefundExceedsPurchase(money_left, currency)
    differences: Differences = (
        {"amount": {"recorded": money_left, "received": requested}} if requested > money_left else {}
    )
    return min(requested, money_left), differences


def _max_rounding_excess(order: RefundableOrder) -> Decimal:
    return (order.count_refunds() + 1) * minor_unit(order.currency)


def _refund_differences(amount: Decimal | None, currency: str, refund: NewRefund) -> Differences:
    """How a refund received again differs from the saved one."""
    differences: Differences = {}
    if refund.amount is not None:
        recorded, received = (
            None if each is None else money_of(each, unit)
            for each, unit in ((amount, currency), (refund.amount, refund.currency or currency))
        )
        if received != recorded:
            differences["amount"] = {"recorded": recorded, "received": received}
    if refund.currency and refund.currency != currency:
        differences["currency"] = {"recorded": currency or None, "received": refund.currency}
    return differences
