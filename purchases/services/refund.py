"""Refunds: partial or full, once each, also before their order is recorded."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests.models import Contest
from contests.money import MAX_AMOUNT, AmountNotPositive, AmountTooLarge, minor_unit, payable_amount
from purchases.models import PendingRefund, Purchase, Refund, money_of, order_key
from purchases.services.locking import lock_order
from purchases.services.pending_refunds import (
    NewRefund,
    close_row,
    keep_pending,
    keep_refused,
    keep_refused_unless_known,
)
from purchases.services.purchase_update import Kind, PurchaseUpdate, change

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

    def __init__(self, left: Decimal, currency: str) -> None:
        super().__init__(f"Only {left} {currency} of this order is left to refund.")
        self.left = left


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
        purchase = _keep_without_order(contest.pk, order_id, refund, audit)
    return _refund_or_keep(purchase, refund, audit)


def apply_pending_refunds(purchase: Purchase) -> None:
    """Make the pending refunds of this order, in the transaction that records it."""
    waiting = PendingRefund.objects.filter(
        contest=purchase.contest_id, order_id=purchase.order_id, state=PendingRefund.State.WAITING
    )
    for row in waiting.select_related("api_key").order_by("id"):
        refund = NewRefund(
            refund_id=row.refund_id, amount=row.amount, currency=row.currency, received_at=row.received_at
        )
        try:
            _refund_or_keep(purchase, refund, AuditContext(reason=row.reason, api_key=row.api_key))
        except RefundRefused:  # its row says why
            continue


def _keep_without_order(contest_id: str, order_id: str, refund: NewRefund, audit: AuditContext) -> Purchase:
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
        keep_refused_unless_known(contest_id, order_id, refund, audit, str(error))
        is_too_large = isinstance(error, AmountTooLarge)
        return RefundExceedsPurchase(MAX_AMOUNT, refund.currency) if is_too_large else RefundNotPositive(str(error))
    row = keep_pending(contest_id, order_id, replace(refund, amount=amount), audit)
    return PurchaseNotFound(_differences(row.amount, row.currency, refund))


def _refund_or_keep(purchase: Purchase, refund: NewRefund, audit: AuditContext) -> Refunded:
    with _changing(purchase, refund, audit) as changing:
        try:
            return _refund(changing, refund)
        except RefundRefused as error:
            # Race: the same refund arrives with other values now, and is made. A refused one has written nothing, so it
            # is saved under the same lock, and there is only ever one of the two rows.
            refused_refund = replace(refund, currency=refund.currency or purchase.currency)
            keep_refused(purchase.contest_id, purchase.order_id, refused_refund, audit, str(error))
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
        differences = _differences(existing.amount, existing.currency, refund)
        return Refunded(refund=existing, already_exists=True, differences=differences)
    amount, differences = _amount_to_refund(current, refund)
    points_kept = current.points_that_stay(current.points_now, current.money_left - amount)
    earlier = PendingRefund.objects.filter(**ids).first()
    new_refund = Refund.objects.create(
        **ids,
        **({"id": earlier.pk} if earlier else {}),
        purchase=current,
        refund_key=order_key(refund.refund_id),
        amount=amount,
        currency=current.currency,
        points_reversed=current.points_now - points_kept,
        reason=audit.reason,
        actor=audit.user,
        api_key=audit.api_key,
        received_at=earlier.received_at if earlier else refund.received_at,
    )
    if earlier is not None:
        close_row(earlier, refund, audit)
    changing.post(Kind.REFUNDED, points_kept - current.points_now, entry=changing.entry)
    refunded = current.refunded_amount + amount
    status = Purchase.Status.VOIDED if current.is_voided else current.status_for(refunded)
    changing.finish(status=status, points_now=points_kept, refunded_amount=refunded)
    return Refunded(refund=new_refund, already_exists=False, differences=differences)


def _amount_to_refund(purchase: Purchase, refund: NewRefund) -> tuple[Decimal, Differences]:
    """The amount to refund, and how it differs from the amount requested.

    Shops round each part of an order on its own, so their sum may exceed the order by up to one minor unit per refund.
    With such an excess, all that is left is refunded.
    """
    left, currency = purchase.money_left, purchase.currency
    if refund.currency not in ("", currency):
        raise RefundInOtherCurrency(currency, refund.currency)
    try:
        requested = left if refund.amount is None else payable_amount(refund.amount, currency)
    except AmountNotPositive as error:
        raise RefundNotPositive(str(error)) from None
    except AmountTooLarge:
        raise RefundExceedsPurchase(left, currency) from None
    if left <= 0 or (requested > left and requested - left > _max_rounding_excess(purchase)):
        raise RefundExceedsPurchase(left, currency)
    differences: Differences = {"amount": {"recorded": left, "received": requested}} if requested > left else {}
    return min(requested, left), differences


def _max_rounding_excess(purchase: Purchase) -> Decimal:
    refunds = Refund.objects.filter(contest=purchase.contest_id, purchase=purchase).count() + 1
    return refunds * minor_unit(purchase.currency)


def _differences(amount: Decimal | None, currency: str, refund: NewRefund) -> Differences:
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
