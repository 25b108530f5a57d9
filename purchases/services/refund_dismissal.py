"""What people do about pending and refused refunds: dismiss one, open it again."""

from django.db import transaction

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from purchases.models import PendingRefund
from purchases.services.pending_refunds import change_row
from purchases.services.rejection_actions import AlreadyHandled


def dismiss_refund(refund: PendingRefund, *, audit: AuditContext) -> None:
    """Take it from the list of what needs attention. One that waits for its order is applied all the same.

    Raises:
        AlreadyHandled: it was dismissed or applied meanwhile.
        RequestIdReused: another act has the act's id.
    """
    _set_dismissed(refund, AuditEvent.Action.DISMISSED, audit, is_dismissed=True)


def reopen_refund(refund: PendingRefund, *, audit: AuditContext) -> None:
    """Undo dismissing it.

    Raises:
        AlreadyHandled: it is not dismissed, or was applied meanwhile.
        RequestIdReused: another act has the act's id.
    """
    _set_dismissed(refund, AuditEvent.Action.REOPENED, audit, is_dismissed=False)


def _set_dismissed(
    refund: PendingRefund, action: AuditEvent.Action, audit: AuditContext, *, is_dismissed: bool
) -> None:
    with transaction.atomic():
        # Race: two people at once, or it is applied meanwhile: the second sees what the first made of it.
        rows = PendingRefund.objects.select_for_update(no_key=True, of=["self"]).select_related("contest")
        fresh = rows.get(contest=refund.contest_id, pk=refund.pk)
        if audit.previous_event(action, fresh):
            return
        if fresh.state not in PendingRefund.OPEN or fresh.is_dismissed == is_dismissed:
            raise AlreadyHandled
        change_row(fresh, {"is_dismissed": is_dismissed})
        before, after = ({"state": str(fresh.state), "dismissed": each} for each in (not is_dismissed, is_dismissed))
        audit.record(action, fresh, contest=fresh.contest, before=before, after=after)
