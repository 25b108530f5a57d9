"""Moving a purchase to another entry."""

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests.models import Entry
from purchases.models import Purchase
from purchases.services.purchase_update import Kind, PurchaseUpdate, change


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
        current, from_entry = changing.purchase, changing.entry
        if current.entry_id == to.pk or changing.is_repeated:
            return changing
        if current.is_voided:
            raise PurchaseVoided
        changing.post(Kind.MOVED_OUT, -current.points_now, entry=from_entry)
        changing.post(Kind.MOVED_IN, current.points_now, entry=changing.entries[to.pk])
        changing.finish(entry_id=to.pk)
    return changing
