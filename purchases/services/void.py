"""Voiding a purchase, and restoring it."""

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
    """Remove all its points; its order id can't be reused. Voiding it again changes nothing."""
    with change(purchase, audit, AuditEvent.Action.VOIDED) as changing:
        current = changing.purchase
        if not current.is_voided and not changing.is_repeated:
            points_before = current.points_now
            changing.post(Kind.VOIDED, -points_before, entry=changing.entry)
            changing.finish(status=Purchase.Status.VOIDED, points_now=0, points_at_void=points_before)
    return changing


def restore_purchase(purchase: Purchase, *, audit: AuditContext) -> PurchaseUpdate:
    """Undo a void: the points are as before it, except those of later refunds. If it is not voided, nothing changes.

    Its rejections are closed, because the order counts again. Where its import was undone, its points are part of the
    imported balance again.
    """
    with change(purchase, audit, AuditEvent.Action.RESTORED) as changing:
        if changing.purchase.is_voided and not changing.is_repeated:
            lock_order(changing.purchase.contest_id, changing.purchase.order_id)  # before its row and its rejections
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
    current = changing.purchase
    lines = PointTransaction.objects.filter(contest=current.contest_id, purchase_id=current.pk, kind=Kind.VOIDED)
    undone_ids = {line.undoes_id for line in lines}
    void = next((line for line in lines if line.undoes_id is None and line.pk not in undone_ids), None)
    removed = -void.points if void else 0
    points_before = removed if current.points_at_void is None else current.points_at_void
    points_kept = current.points_that_stay(points_before, current.money_left)
    changing.post(Kind.VOIDED, removed, entry=changing.entry, undoes=void)
    changing.post(
        Kind.REFUNDED if points_before == removed else Kind.RECALCULATED, points_kept - removed, entry=changing.entry
    )
    current.points_now = points_kept
    undo_line = undone_opening_line(current) if current.history_undone_at else None
    if undo_line is not None:
        changing.lines.append(
            ledger.post(
                changing.entry,
                Kind.ADJUSTED,
                -undo_line.points,
                occurred_at=timezone.now(),
                undoes=undo_line,
                reason=INCLUDED,
                actor=changing.audit.user,
            )
        )
