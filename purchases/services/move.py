"""Moving a purchase to the entry whose it is."""

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests.models import Entry
from purchases.models import Purchase
from purchases.services.purchase_update import Kind, PurchaseUpdate, change


class PurchaseVoided(Exception):
    """A voided purchase has nothing to move; the void would have to be taken back first."""


class OtherContest(Exception):
    """The entry is in another contest; an order counts in the contest that it was sent to."""


def move_purchase(purchase: Purchase, to: Entry, *, audit: AuditContext) -> PurchaseUpdate:
    """Give a purchase and the points it has now to another entry of its contest; there already, nothing changes.

    Its award is not judged again: what it earned, as a first purchase too, goes along.

    Raises:
        PurchaseVoided: it is voided.
        OtherContest: the entry is in another contest.
    """
    if to.contest_id != purchase.contest_id:
        raise OtherContest
    with change(purchase, audit, AuditEvent.Action.MOVED, to.pk, parameters={"entry": to.pk}) as changing:
        fresh, giver = changing.purchase, changing.entry
        if fresh.entry_id == to.pk or changing.was_done:
            return changing
        if fresh.is_voided:
            raise PurchaseVoided
        changing.post(Kind.MOVED_OUT, -fresh.points_now, entry=giver)
        changing.post(Kind.MOVED_IN, fresh.points_now, entry=changing.entries[to.pk])
        changing.finish(entry_id=to.pk)
    return changing
