"""Refunds: in part or whole, once each, also when they come before their order."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests.models import Contest
from contests.money import (
    MAX_AMOUNT,
    AmountNotPositive,
    AmountTooLarge,
    minor_unit,
    payable_amount,
)
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
    """What became of a refund: made now, or known before; and what differs from what was sent."""

    refund: Refund
    already_exists: bool
    differences: Differences


class RefundRefused(Exception):
    """A refund is not made; the message says why."""


class RefundExceedsPurchase(RefundRefused):
    """More would be given back than is left of the order's amount."""

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
    """No such order is recorded; the refund is kept, and applied when the order appears.

    Where the same refund was received before with other facts, those stand, and ``differences`` names them.
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
    """Give back so much of a purchase, or all that is left, and take back the points in proportion.

    What stays is scored by the rules and facts of the recording. The same refund id of a purchase is one refund.

    Raises:
        RefundExceedsPurchase: so much is not left.
        RefundNotPositive: the amount is none.
        RefundInOtherCurrency: the order is in another currency.
        RequestIdReused: another act has the act's id.
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
    """Refund an order by the shop's own ids. A refund that is refused is kept.

    Raises:
        PurchaseNotFound: the order is not recorded; the refund waits for it.
        RefundExceedsPurchase, RefundNotPositive, RefundInOtherCurrency: as for `refund_purchase`.
    """
    refund = NewRefund(refund_id=refund_id, amount=amount, currency=currency, received_at=received_at)
    purchase = Purchase.objects.of_order(contest.pk, order_id)
    if purchase is None:
        purchase = _keep_without_order(contest.pk, order_id, refund, audit)
    return _refund_or_keep(purchase, refund, audit)


def apply_pending_refunds(purchase: Purchase) -> None:
    """Make the refunds that waited for this order, in the transaction that records it."""
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
    """Keep a refund of an order that is not recorded; or the purchase, where it is recorded meanwhile.

    Raises:
        PurchaseNotFound, RefundRefused: it is kept.
    """
    with transaction.atomic():
        # Race: the order is being recorded, so that neither of the two sees the other. Recording holds this lock
        # shared and looks for pending refunds; keeping a refund that came first holds it exclusively.
        lock_order(contest_id, order_id)
        purchase = Purchase.objects.of_order(contest_id, order_id)
        if purchase is not None:
            return purchase
        answer = _keep_locked(contest_id, order_id, refund, audit)
    raise answer  # after the commit


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
            # Race: the same refund comes with other facts now, and is made. One that was refused has written nothing,
            # so it is kept under the same lock, and of the two rows there is only ever one.
            known = replace(refund, currency=refund.currency or purchase.currency)
            keep_refused(purchase.contest_id, purchase.order_id, known, audit, str(error))
            refused = error
    raise refused


def _changing(purchase: Purchase, refund: NewRefund, audit: AuditContext) -> AbstractContextManager[PurchaseUpdate]:
    parameters = {"refund": refund.refund_id, "amount": refund.amount, "currency": refund.currency}
    return change(purchase, audit, AuditEvent.Action.REFUNDED, parameters=parameters)


def _refund(changing: PurchaseUpdate, refund: NewRefund) -> Refunded:
    fresh, audit = changing.purchase, changing.audit
    same = {"contest_id": fresh.contest_id, "order_id": fresh.order_id, "refund_id": refund.refund_id}
    known = Refund.objects.filter(purchase=fresh, **same).first()
    if known is not None:
        differences = _differences(known.amount, known.currency, refund)
        return Refunded(refund=known, already_exists=True, differences=differences)
    amount, differences = _amount_to_refund(fresh, refund)
    stays = fresh.points_that_stay(fresh.points_now, fresh.money_left - amount)
    earlier = PendingRefund.objects.filter(**same).first()
    made = Refund.objects.create(
        **same,
        **({"id": earlier.pk} if earlier else {}),
        purchase=fresh,
        refund_key=order_key(refund.refund_id),
        amount=amount,
        currency=fresh.currency,
        points_reversed=fresh.points_now - stays,
        reason=audit.reason,
        actor=audit.user,
        api_key=audit.api_key,
        received_at=earlier.received_at if earlier else refund.received_at,
    )
    if earlier is not None:
        close_row(earlier, refund, audit)
    changing.post(Kind.REFUNDED, stays - fresh.points_now, entry=changing.entry)
    refunded = fresh.refunded_amount + amount
    status = Purchase.Status.VOIDED if fresh.is_voided else fresh.status_for(refunded)
    changing.finish(status=status, points_now=stays, refunded_amount=refunded)
    return Refunded(refund=made, already_exists=False, differences=differences)


def _amount_to_refund(purchase: Purchase, refund: NewRefund) -> tuple[Decimal, Differences]:
    """What is given back, and how it differs from what was asked for.

    Shops round the parts of an order each by itself, so that their sum may exceed it: by at most a minor unit for each
    refund. Such an excess takes what is left.
    """
    left, currency = purchase.money_left, purchase.currency
    if refund.currency not in ("", currency):
        raise RefundInOtherCurrency(currency, refund.currency)
    try:
        asked = left if refund.amount is None else payable_amount(refund.amount, currency)
    except AmountNotPositive as error:
        raise RefundNotPositive(str(error)) from None
    except AmountTooLarge:
        raise RefundExceedsPurchase(left, currency) from None
    if left <= 0 or (asked > left and asked - left > _most_lost_by_rounding(purchase)):
        raise RefundExceedsPurchase(left, currency)
    return min(asked, left), {"amount": {"recorded": left, "received": asked}} if asked > left else {}


def _most_lost_by_rounding(purchase: Purchase) -> Decimal:
    refunds = Refund.objects.filter(contest=purchase.contest_id, purchase=purchase).count() + 1
    return refunds * minor_unit(purchase.currency)


def _differences(amount: Decimal | None, currency: str, refund: NewRefund) -> Differences:
    """How a refund as it was sent again differs from what is kept of it."""
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
