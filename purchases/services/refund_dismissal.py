"""Dismissing and reopening pending and refused refunds."""

from django.db import transaction

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from purchases.models import PendingRefund
from purchases.services.pending_refunds import change_row
from purchases.services.rejection_actions import AlreadyHandled


def dismiss_refund(refund: PendingRefund, *, audit: AuditContext) -> None:
    """Mark a refund as handled. A pending one still applies when its order is recorded.

    Raises:
        AlreadyHandled: it was already dismissed or applied.
        RequestIdReused: the request id belongs to another action.
    """
    _set_dismissed(refund, AuditEvent.Action.DISMISSED, audit, is_dismissed=True)


def reopen_refund(refund: PendingRefund, *, audit: AuditContext) -> None:
    """Undo a dismissal.

    Raises:
        AlreadyHandled: it is not dismissed, or was applied.
        RequestIdReused: the request id belongs to another action.
    """
    _set_dismissed(refund, AuditEvent.Action.REOPENED, audit, is_dismissed=False)


def check_dismissal(refund: PendingRefund, *, is_dismissed: bool) -> None:
    """Whether it can be dismissed, or else reopened.

    Raises:
        AlreadyHandled: it was already, or it was applied.
    """
    if refund.state not in PendingRefund.OPEN or refund.is_dismissed == is_dismissed:
        raise AlreadyHandled


def _set_dismissed(
    refund: PendingRefund, action: AuditEvent.Action, audit: AuditContext, *, is_dismissed: bool
) -> None:
    with transaction.atomic():
        # Race: two users at once, or it is applied meanwhile: the second sees the result of the first.
        rows = PendingRefund.objects.select_for_update(no_key=True, of=["self"]).select_related("contest")
        current = rows.get(contest=refund.contest_id, pk=refund.pk)
        if audit.previous_event(action, current):
            return
        check_dismissal(current, is_dismissed=is_dismissed)
        change_row(current, {"is_dismissed": is_dismissed})
        before, after = ({"state": str(current.state), "dismissed": each} for each in (not is_dismissed, is_dismissed))
        audit.record(action, current, contest=current.contest, before=before, after=after)
