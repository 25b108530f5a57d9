"""Voiding a purchase, and taking that back."""

from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests import ledger
from contests.models import PointTransaction
from purchases.models import Purchase
from purchases.services.locking import lock_order
from purchases.services.opening_balance import INCLUDED, undone_opening_line
from purchases.services.purchase_update import Kind, PurchaseUpdate, change
from purchases.services.record import close_rejected_purchases


def void_purchase(purchase: Purchase, *, audit: AuditContext) -> PurchaseUpdate:
    """Take all its points back, as if it had not been; its order id stays taken. Voiding it again changes nothing."""
    with change(purchase, audit, AuditEvent.Action.VOIDED) as changing:
        fresh = changing.purchase
        if not fresh.is_voided and not changing.was_done:
            had = fresh.points_now
            changing.post(Kind.VOIDED, -had, entry=changing.entry)
            changing.finish(status=Purchase.Status.VOIDED, points_now=0, points_at_void=had)
    return changing


def restore_purchase(purchase: Purchase, *, audit: AuditContext) -> PurchaseUpdate:
    """Take a void back: the points are as before it, less what was refunded since. Else nothing changes.

    The order counts again, so no attempt at it waits any more. Points of a history purchase whose import was undone are
    part of the balance again that came along.
    """
    with change(purchase, audit, AuditEvent.Action.RESTORED) as changing:
        if changing.purchase.is_voided and not changing.was_done:
            lock_order(changing.purchase.contest_id, changing.purchase.order_id)  # before its row and its attempts
            _restore(changing)
            changing.finish(
                status=changing.purchase.status_for(changing.purchase.refunded_amount),
                points_now=changing.purchase.points_now,
                points_at_void=None,
                history_undone_at=None,
            )
            close_rejected_purchases(changing.purchase)
    return changing


def _restore(changing: PurchaseUpdate) -> None:
    fresh = changing.purchase
    lines = PointTransaction.objects.filter(contest=fresh.contest_id, purchase_id=fresh.pk, kind=Kind.VOIDED)
    taken_back = {line.undoes_id for line in lines}
    void = next((line for line in lines if line.undoes_id is None and line.pk not in taken_back), None)
    taken = -void.points if void else 0
    had = taken if fresh.points_at_void is None else fresh.points_at_void
    stays = fresh.points_that_stay(had, fresh.money_left)
    changing.post(Kind.VOIDED, taken, entry=changing.entry, undoes=void)
    changing.post(Kind.REFUNDED if had == taken else Kind.RECALCULATED, stays - taken, entry=changing.entry)
    fresh.points_now = stays
    undone = undone_opening_line(fresh) if fresh.history_undone_at else None
    if undone is not None:
        changing.lines.append(
            ledger.post(
                changing.entry,
                Kind.ADJUSTED,
                -undone.points,
                occurred_at=timezone.now(),
                undoes=undone,
                reason=INCLUDED,
                actor=changing.audit.user,
            )
        )
