"""Voiding a purchase, and taking that back."""

from contests.audit import Act
from contests.models import AuditLine, PointTransaction
from purchases.models import Judgement, Purchase
from purchases.services.change import Change, Kind, change
from purchases.services.record import close_attempts
from purchases.services.refund import lock_order


def void_purchase(purchase: Purchase, *, act: Act) -> Change:
    """Take all its points back, as if it had not been; its order id stays taken. Voiding it again changes nothing."""
    with change(purchase, act) as changing:
        fresh = changing.purchase
        if not fresh.is_voided and not act.was_done_to(fresh):
            changing.post(Kind.VOIDED, -fresh.points_now, entry=changing.entry)
            changing.finish(AuditLine.Action.VOIDED, status=Purchase.Status.VOIDED, points_now=0)
    return changing


def restore_purchase(purchase: Purchase, *, act: Act) -> Change:
    """Take a void back: the points are as before it, less what was refunded since. Else nothing changes.

    The order counts again, so no attempt at it waits any more.
    """
    with change(purchase, act) as changing:
        if changing.purchase.is_voided and not act.was_done_to(changing.purchase):
            lock_order(changing.purchase.contest_id, changing.purchase.order_id)  # before its row and its attempts
            _restore(changing)
            changing.finish(
                AuditLine.Action.RESTORED,
                status=changing.purchase.status_for(changing.purchase.refunded_amount),
                points_now=changing.purchase.points_now,
            )
            close_attempts(changing.purchase)
    return changing


def _restore(changing: Change) -> None:
    fresh = changing.purchase
    lines = PointTransaction.objects.filter(contest=fresh.contest_id, purchase=fresh, kind=Kind.VOIDED)
    undone = {line.undoes_id for line in lines}
    void = next((line for line in lines if line.undoes_id is None and line.pk not in undone), None)
    if void is None:  # there were no points to void
        return
    judgement = _undone_since(fresh, void)
    stays = fresh.points_that_stay(judgement.points_before if judgement else -void.points, fresh.money_left)
    changing.post(Kind.VOIDED, -void.points, entry=changing.entry, undoes=void)
    changing.post(Kind.RECALCULATED if judgement else Kind.REFUNDED, stays + void.points, entry=changing.entry)
    fresh.points_now = stays


def _undone_since(purchase: Purchase, void: PointTransaction) -> Judgement | None:
    """The first judgement that stood when it was voided and was taken back since; then it is as before that one."""
    stood = purchase.judgements.filter(contest=purchase.contest_id, created_at__lt=void.created_at)
    undone = stood.filter(recalculation__undo_job__created_at__gt=void.created_at).exclude(pk=purchase.judgement_id)
    return undone.order_by("id").first()
