"""What people do about pending and refused refunds: dismiss one, open it again."""

from django.db import transaction

from contests.audit import Act
from contests.models import AuditLine
from purchases.models import WaitingRefund
from purchases.services.attempts import NotOpen
from purchases.services.pending_refunds import change_row


def dismiss_refund(refund: WaitingRefund, *, act: Act) -> None:
    """Take it from the list of what needs attention. One that waits for its order is applied all the same.

    Raises:
        NotOpen: it was dismissed or applied meanwhile.
        ActIdTaken: another act has the act's id.
    """
    _set_dismissed(refund, AuditLine.Action.DISMISSED, act, is_dismissed=True)


def reopen_refund(refund: WaitingRefund, *, act: Act) -> None:
    """Undo dismissing it.

    Raises:
        NotOpen: it is not dismissed, or was applied meanwhile.
        ActIdTaken: another act has the act's id.
    """
    _set_dismissed(refund, AuditLine.Action.REOPENED, act, is_dismissed=False)


def _set_dismissed(refund: WaitingRefund, action: AuditLine.Action, act: Act, *, is_dismissed: bool) -> None:
    with transaction.atomic():
        # Race: two people at once, or it is applied meanwhile: the second sees what the first made of it.
        rows = WaitingRefund.objects.select_for_update(no_key=True, of=["self"]).select_related("contest")
        fresh = rows.get(contest=refund.contest_id, pk=refund.pk)
        if act.previous_line(action, fresh):
            return
        if fresh.state not in WaitingRefund.OPEN or fresh.is_dismissed == is_dismissed:
            raise NotOpen
        change_row(fresh, {"is_dismissed": is_dismissed})
        before, after = ({"state": str(fresh.state), "dismissed": each} for each in (not is_dismissed, is_dismissed))
        act.note(action, fresh, contest=fresh.contest, before=before, after=after)
