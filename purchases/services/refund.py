"""Refunds: in part or whole, once each, also when they come before their order."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from contests.audit import Act
from contests.currencies import MAX_AMOUNT, in_minor_units, in_smallest_units
from contests.models import AuditLine, Contest
from purchases.models import Purchase, Refund, WaitingRefund, order_key
from purchases.services.change import Kind, change
from purchases.services.locking import lock_order


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunded:
    """What became of a refund: done now, or known before (then with what differs)."""

    refund: Refund
    already_exists: bool
    differences: dict[str, dict[str, Any]]


class RefundExceedsPurchase(Exception):
    """More would be given back than is left of the order's amount."""

    def __init__(self, left: Decimal, currency: str) -> None:
        super().__init__(f"Of this order, {left} {currency} are left to refund.")
        self.left = left


class RefundNotPositive(Exception):
    """The amount is 0 or less, perhaps only after rounding to the currency's minor unit."""

    def __init__(self) -> None:
        super().__init__("A refund gives back more than 0.")


class PurchaseNotFound(Exception):
    """No such order is recorded; the refund is kept, and applied when the order appears."""


def refund_purchase(
    purchase: Purchase, *, refund_id: str, amount: Decimal | None = None, act: Act, received_at: datetime
) -> Refunded:
    """Give back so much of a purchase, or all that is left, and take back the points in proportion.

    What stays is judged by the rules and facts of the recording. The same refund id of a purchase is one refund.

    Raises:
        RefundExceedsPurchase: so much is not left.
        RefundNotPositive: the amount is no amount.
    """
    parameters = {"refund": refund_id, "amount": amount}
    with change(purchase, act, AuditLine.Action.REFUNDED, parameters=parameters) as changing:
        fresh = changing.purchase
        known = Refund.objects.filter(contest=fresh.contest_id, purchase=fresh, refund_id=refund_id).first()
        if known is not None:
            return Refunded(refund=known, already_exists=True, differences=_differences(known, amount))
        back = _amount_to_refund(fresh, amount)
        stays = fresh.points_that_stay(fresh.points_now, fresh.money_left - back)
        refund = Refund.objects.create(
            contest_id=fresh.contest_id,
            purchase=fresh,
            refund_id=refund_id,
            refund_key=order_key(refund_id),
            amount=back,
            currency=fresh.currency,
            points_reversed=fresh.points_now - stays,
            reason=act.reason,
            actor=act.user,
            api_key=act.api_key,
            received_at=received_at,
        )
        changing.post(Kind.REFUNDED, stays - fresh.points_now, entry=changing.entry)
        refunded = fresh.refunded_amount + back
        status = Purchase.Status.VOIDED if fresh.is_voided else fresh.status_for(refunded)
        changing.finish(status=status, points_now=stays, refunded_amount=refunded)
    return Refunded(refund=refund, already_exists=False, differences={})


def refund_order(
    contest: Contest, order_id: str, *, refund_id: str, amount: Decimal | None = None, act: Act, received_at: datetime
) -> Refunded:
    """Refund an order by the shop's own ids.

    Raises:
        PurchaseNotFound: the order is not recorded; the refund waits for it.
        RefundExceedsPurchase, RefundNotPositive: as for `refund_purchase`.
    """
    purchase = Purchase.objects.of_order(contest.pk, order_id)
    if purchase is None:
        amount = None if amount is None else in_smallest_units(amount)
        if amount is not None and amount <= 0:
            raise RefundNotPositive
        if amount is not None and amount > MAX_AMOUNT:
            raise RefundExceedsPurchase(MAX_AMOUNT, "")
        with transaction.atomic():
            # Race: the order is being recorded, so that neither of the two sees the other. Recording holds this lock
            # shared and looks for pending refunds; keeping a refund that came first holds it exclusively.
            lock_order(contest.pk, order_id)
            purchase = Purchase.objects.of_order(contest.pk, order_id)
            if purchase is None:
                _let_wait(contest, order_id, refund_id=refund_id, amount=amount, act=act, received_at=received_at)
    if purchase is None:
        raise PurchaseNotFound
    return refund_purchase(purchase, refund_id=refund_id, amount=amount, act=act, received_at=received_at)


def apply_waiting_refunds(purchase: Purchase) -> None:
    """Refund what waited for this order, in the transaction that records it."""
    waiting = WaitingRefund.objects.filter(
        contest=purchase.contest_id, order_id=purchase.order_id, state=WaitingRefund.State.WAITING
    )
    for refund in waiting.select_related("api_key").order_by("id"):
        state, problem = WaitingRefund.State.APPLIED, ""
        act = Act(reason=refund.reason, api_key=refund.api_key)
        try:
            refund_purchase(
                purchase, refund_id=refund.refund_id, amount=refund.amount, act=act, received_at=refund.received_at
            )
        except (RefundExceedsPurchase, RefundNotPositive) as error:
            state, problem = WaitingRefund.State.REFUSED, str(error)
        WaitingRefund.objects.filter(pk=refund.pk).update(state=state, problem=problem)


def _amount_to_refund(purchase: Purchase, amount: Decimal | None) -> Decimal:
    left = purchase.money_left
    back = left if amount is None else in_minor_units(amount, purchase.currency)
    if amount is not None and back <= 0:
        raise RefundNotPositive
    if back > left or left <= 0:
        raise RefundExceedsPurchase(left, purchase.currency)
    return back


def _differences(known: Refund, amount: Decimal | None) -> dict[str, dict[str, Any]]:
    recorded = in_minor_units(known.amount, known.currency)
    received = None if amount is None else in_minor_units(amount, known.currency)
    if received is None or received == recorded:
        return {}
    return {"amount": {"recorded": recorded, "received": received}}


def _let_wait(
    contest: Contest, order_id: str, *, refund_id: str, amount: Decimal | None, act: Act, received_at: datetime
) -> None:
    WaitingRefund.objects.get_or_create(
        contest=contest,
        order_id=order_id,
        refund_id=refund_id,
        defaults={
            "order_key": order_key(order_id),
            "refund_key": order_key(refund_id),
            "amount": amount,
            "reason": act.reason,
            "api_key": act.api_key,
            "received_at": received_at,
        },
    )
