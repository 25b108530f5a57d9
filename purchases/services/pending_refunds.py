"""Pending refunds, whose order is not recorded yet, and refused ones."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction

from blitzrocket.audit.context import AuditContext
from contests.models import Contest
from contests.money import MAX_AMOUNT, in_smallest_units
from purchases.models import MAX_PROBLEM_LENGTH, PendingRefund, Purchase, Refund, order_key
from purchases.services.locking import lock_order
from purchases.services.purchase_update import locked_purchase
from purchases.services.rejections import BEYOND_THE_LIMIT, count_rejection

State = PendingRefund.State


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRefund:
    """A refund as received. No amount: the full remaining amount. No currency: the order's."""

    refund_id: str
    amount: Decimal | None = None
    currency: str = ""
    received_at: datetime


def save_pending_refund(contest_id: str, order_id: str, refund: NewRefund, audit: AuditContext) -> PendingRefund:
    """Save a refund until its order is recorded; returns the saved row. The caller has locked the order.

    The first receipt decides, but one that was refused is replaced.
    """
    facts = _facts(refund, audit) | {"state": State.PENDING, "problem": "", "is_dismissed": False}
    row, is_new = _get_or_create(contest_id, order_id, refund, audit, facts)
    if not is_new and row.state == State.REFUSED:
        change_row(row, facts)
    return row


def save_refused_refund(contest_id: str, order_id: str, refund: NewRefund, audit: AuditContext, problem: str) -> None:
    """Save a refused refund with the values last received. The caller has locked the order's entry."""
    facts = _facts(refund, audit) | {"state": State.REFUSED, "problem": problem[:MAX_PROBLEM_LENGTH]}
    row, is_new = _get_or_create(contest_id, order_id, refund, audit, facts)
    is_public = audit.api_key is not None and not audit.api_key.is_private
    if not is_new and not is_public:  # a public key is on web pages: it must not overwrite what the shop sent
        # Dismissed while it was pending, it needs attention now; dismissed as refused, it was only refused again.
        change_row(row, facts | {"is_dismissed": row.is_dismissed and row.state == State.REFUSED})


def save_refused_unless_known(
    contest_id: str, order_id: str, refund: NewRefund, audit: AuditContext, problem: str
) -> None:
    """The same, unless a refund with this id is made or pending. The caller has locked the order or its entry."""
    same = {"contest": contest_id, "order_id": order_id, "refund_id": refund.refund_id}
    is_made = Refund.objects.filter(**same).exists()
    if not is_made and not PendingRefund.objects.filter(**same, state=State.PENDING).exists():
        save_refused_refund(contest_id, order_id, refund, audit, problem)


def withdraw_pending_refund(contest_id: str, order_id: str, refund_id: str, problem: str) -> bool:
    """Refuse a pending refund that was not made after all; false where it is not pending."""
    with transaction.atomic():
        # Race: the order is recorded now, and makes the refund. Recording holds this lock shared.
        lock_order(contest_id, order_id)
        rows = PendingRefund.objects.filter(contest=contest_id, order_id=order_id, refund_id=refund_id)
        values = {"state": State.REFUSED, "problem": problem[:MAX_PROBLEM_LENGTH], "is_dismissed": True}
        return bool(rows.filter(state=State.PENDING).update(**values))


def save_malformed_refund(
    contest: Contest, order_id: str, refund: NewRefund, audit: AuditContext, problem: str
) -> None:
    """Save the readable part of a malformed refund call.

    At most ``REJECTED_PURCHASES_PER_KEY_AND_DAY`` are saved per key, contest and day; further ones are only counted.
    """
    if _is_full(contest, refund, audit):
        count_rejection(BEYOND_THE_LIMIT, audit.api_key, refund.received_at)
        return
    purchase = Purchase.objects.find_order(contest.pk, order_id)
    if purchase is None:
        with transaction.atomic():
            # Race: the order is recorded now, or a correct refund arrives. Both need this lock.
            lock_order(contest.pk, order_id)
            purchase = Purchase.objects.find_order(contest.pk, order_id)
            if purchase is None:
                save_refused_unless_known(contest.pk, order_id, refund, audit, problem)
    if purchase is not None:
        # Race: a correct refund arrives now. It is made under the same lock.
        with locked_purchase(purchase):
            save_refused_unless_known(contest.pk, order_id, refund, audit, problem)


def close_row(row: PendingRefund, refund: NewRefund, audit: AuditContext) -> None:
    """Mark a row as applied, with the values last received."""
    change_row(row, _facts(refund, audit) | {"state": State.APPLIED, "problem": "", "is_dismissed": False})


def change_row(row: PendingRefund, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    PendingRefund.objects.filter(contest=row.contest_id, pk=row.pk).update(**values)


def _facts(refund: NewRefund, audit: AuditContext) -> dict[str, Any]:
    """The columns that each call with the same refund id overwrites."""
    amount = refund.amount
    if amount is not None:
        # Without arithmetic on it: 1e9999999 would overflow.
        amount = None if amount.copy_abs() > MAX_AMOUNT else in_smallest_units(amount)
    return {"amount": amount, "currency": refund.currency, "reason": audit.reason}


def _get_or_create(
    contest_id: str, order_id: str, refund: NewRefund, audit: AuditContext, facts: dict[str, Any]
) -> tuple[PendingRefund, bool]:
    first = {
        "order_key": order_key(order_id),
        "refund_key": order_key(refund.refund_id),
        "api_key": audit.api_key,
        "received_at": refund.received_at,
    }
    return PendingRefund.objects.get_or_create(
        contest_id=contest_id, order_id=order_id, refund_id=refund.refund_id, defaults=first | facts
    )


def _is_full(contest: Contest, refund: NewRefund, audit: AuditContext) -> bool:
    today = refund.received_at.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = PendingRefund.objects.filter(
        contest=contest,
        api_key=audit.api_key,
        state=State.REFUSED,
        received_at__gte=today,
        received_at__lt=today + timedelta(days=1),
    )
    return rows.count() >= settings.REJECTED_PURCHASES_PER_KEY_AND_DAY
