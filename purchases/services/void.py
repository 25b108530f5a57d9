"""Voiding a purchase, and restoring it."""

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests.models import PointTransaction
from contests.services.preview import PointChanges
from purchases.models import Purchase
from purchases.services.locking import lock_order
from purchases.services.opening_balance import INCLUDED, undone_opening_line
from purchases.services.purchase_update import Kind, Plan, PlannedLine, PurchaseUpdate, change, changes_of
from purchases.services.record_statements import close_rejections


def void_purchase(purchase: Purchase, *, audit: AuditContext) -> PurchaseUpdate:
    """Remove all its points; its order id can't be reused. Voiding it again changes nothing."""
    with change(purchase, audit, AuditEvent.Action.VOIDED) as changing:
        plan = plan_void(changing.purchase)
        if plan is not None and not changing.is_repeated:
            changing.carry_out(plan)
    return changing


def void_imported(purchase: Purchase, *, audit: AuditContext) -> None:
    """Void an order whose import is undone: it can be imported again, unlike one that was voided for another reason."""
    with change(purchase, audit, AuditEvent.Action.UNIMPORTED) as changing:
        plan = plan_void(changing.purchase)
        if plan is not None and not changing.is_repeated:
            changing.carry_out(plan)


def plan_void(purchase: Purchase) -> Plan | None:
    """What voiding changes; None where it is voided."""
    if purchase.is_voided:
        return None
    points = purchase.points_now
    return Plan(
        (PlannedLine(entry_id=purchase.entry_id, kind=Kind.VOIDED, points=-points),),
        {"status": Purchase.Status.VOIDED, "points_now": 0, "points_at_void": points},
    )


def changes_by_voiding(purchase: Purchase) -> PointChanges:
    """The points that voiding would add to its entry; nothing is locked or written."""
    plan = plan_void(purchase)
    return {purchase.entry_id: 0} | (changes_of(plan.lines) if plan else {})


def restore_purchase(purchase: Purchase, *, audit: AuditContext) -> PurchaseUpdate:
    """Undo a void: the points are as before it, except those of later refunds. If it is not voided, nothing changes.

    Its rejections are closed, because the order counts again. Where its import was undone, its points are part of the
    imported balance again.
    """
    with change(purchase, audit, AuditEvent.Action.RESTORED) as changing:
        if changing.purchase.is_voided and not changing.is_repeated:
            lock_order(changing.purchase.contest_id, changing.purchase.order_id)  # before its row and its rejections
            changing.carry_out(plan_restore(changing.purchase))
            close_rejections(purchase.contest_id, [purchase.order_id])
    return changing


def plan_restore(purchase: Purchase) -> Plan:
    """What restoring a voided purchase changes."""
    void = _void_of(purchase)
    removed = -void.points if void else 0
    points_before = removed if purchase.points_at_void is None else purchase.points_at_void
    points_kept = purchase.points_that_stay(points_before, purchase.money_left)
    kind = Kind.REFUNDED if points_before == removed else Kind.RECALCULATED
    entry_id = purchase.entry_id
    lines = [
        PlannedLine(entry_id=entry_id, kind=Kind.VOIDED, points=removed, undoes=void),
        PlannedLine(entry_id=entry_id, kind=kind, points=points_kept - removed),
    ]
    undo_line = undone_opening_line(purchase) if purchase.import_undone_at else None
    if undo_line is not None:
        lines.append(
            PlannedLine(
                entry_id=entry_id,
                kind=Kind.ADJUSTED,
                points=-undo_line.points,
                undoes=undo_line,
                names_purchase=False,
                reason=INCLUDED,
            )
        )
    columns = {
        "status": purchase.status_for(purchase.refunded_amount),
        "points_now": points_kept,
        "points_at_void": None,
        "import_undone_at": None,
    }
    return Plan(tuple(lines), columns)


def changes_by_restoring(purchase: Purchase) -> PointChanges:
    """The points that restoring would add to its entry; nothing is locked or written."""
    return {purchase.entry_id: 0} | (changes_of(plan_restore(purchase).lines) if purchase.is_voided else {})


def _void_of(purchase: Purchase) -> PointTransaction | None:
    """The line of the void that is not undone; None where it had no points."""
    lines = PointTransaction.objects.not_undone(purchase.contest_id, [purchase.pk], Kind.VOIDED)
    return lines[0] if lines else None
