"""Moving a purchase to another entry."""

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests.models import Entry
from contests.services.preview import PointChanges
from purchases.models import Purchase
from purchases.services.purchase_update import Kind, Plan, PlannedLine, PurchaseUpdate, change, changes_of


class PurchaseVoided(Exception):
    """The purchase is voided; it has to be restored first."""


class OtherContest(Exception):
    """The entry is in another contest than the purchase."""


def move_purchase(purchase: Purchase, to: Entry, *, audit: AuditContext) -> PurchaseUpdate:
    """Move a purchase and its current points to another entry of its contest; nothing changes if it is already there.

    It is not scored again, so points for a first purchase move along.

    Raises:
        PurchaseVoided: it is voided.
        OtherContest: the entry is in another contest.
    """
    if to.contest_id != purchase.contest_id:
        raise OtherContest
    with change(purchase, audit, AuditEvent.Action.MOVED, to.pk, parameters={"entry": to.pk}) as changing:
        plan = None if changing.is_repeated else plan_move(changing.purchase, to.pk)
        if plan is not None:
            changing.carry_out(plan)
    return changing


def plan_move(purchase: Purchase, to_id: str) -> Plan | None:
    """What moving a purchase to another entry of its contest changes; None where it is already there.

    Raises:
        PurchaseVoided: it is voided.
    """
    if purchase.entry_id == to_id:
        return None
    if purchase.is_voided:
        raise PurchaseVoided
    return Plan(moved_lines(purchase.points_now, purchase.entry_id, to_id), {"entry_id": to_id})


def changes_by_moving(purchase: Purchase, to_id: str) -> PointChanges:
    """The points that moving would add to the two entries; nothing is locked or written.

    Raises:
        PurchaseVoided: it is voided.
    """
    plan = plan_move(purchase, to_id)
    return changes_of(plan.lines) if plan else {to_id: 0}


def moved_lines(points: int, from_id: str, to_id: str) -> tuple[PlannedLine, PlannedLine]:
    """The ledger lines that take points from one entry to another."""
    return (
        PlannedLine(entry_id=from_id, kind=Kind.MOVED_OUT, points=-points),
        PlannedLine(entry_id=to_id, kind=Kind.MOVED_IN, points=points),
    )
