"""What people do about refused attempts: record the order by hand, dismiss it, open it again."""

from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests.models import Contest, Entry
from purchases.models import Purchase, RejectedPurchase
from purchases.services.locking import lock_order
from purchases.services.move import PurchaseVoided
from purchases.services.record import close_rejected_purchases, record_for
from purchases.services.release import release_rejected_purchase
from purchases.services.scoring import EntryMissing, NewPurchase, Recorded

State = RejectedPurchase.State


class AlreadyHandled(Exception):
    """The attempt was dealt with, or deleted, meanwhile."""


def record_rejected_purchase(
    attempt: RejectedPurchase, contest: Contest, order: NewPurchase, *, audit: AuditContext
) -> Recorded:
    """Record the order of a refused attempt, put right by a person, and close the attempt.

    It is judged by the rules in force now, at the order's time of purchase, which may be when it was first received;
    an order that waited for its entry, by those of its first receipt.

    Raises:
        EntryMissing: nobody in the contest has the address.
        AlreadyHandled: the attempt was dealt with meanwhile.
        PurchaseVoided: the order is recorded and voided.
    """
    with transaction.atomic():
        entry = Entry.objects.locked(contest.pk, order.email.key)
        if entry is None:
            raise EntryMissing
        lock_order(contest.pk, order.order_id)  # before its attempts, as whoever else records it
        fresh = _locked(attempt)
        parameters = {"contest": contest.pk, **asdict(order)}
        was_done = audit.previous_event(AuditEvent.Action.RECORDED, fresh, **parameters) is not None
        if not fresh.is_open and not was_done:
            raise AlreadyHandled
        known = Purchase.objects.of_order(contest.pk, order.order_id)
        if known is not None and known.is_voided and not was_done:
            raise PurchaseVoided
        recorded = record_for(entry, contest, order, api_key=None, received_at=timezone.now())
        if not was_done:
            purchase = Purchase.objects.get(pk=recorded.purchase_id)
            close_rejected_purchases(purchase)
            _set_state(
                fresh, State.RECORDED, AuditEvent.Action.RECORDED, audit, purchase=purchase, parameters=parameters
            )
    return recorded


def dismiss_rejected_purchase(attempt: RejectedPurchase, *, audit: AuditContext) -> None:
    """Nothing is to be done about it; it leaves the list of what needs somebody. A note says why.

    Raises:
        AlreadyHandled: it was dealt with meanwhile.
    """
    _change_state(attempt, RejectedPurchase.OPEN, State.DISMISSED, AuditEvent.Action.DISMISSED, audit)


def reopen_rejected_purchase(attempt: RejectedPurchase, *, audit: AuditContext) -> None:
    """Take a dismissal back: it needs somebody again, or waits for its entry again.

    Raises:
        AlreadyHandled: it is not dismissed, or its order was recorded meanwhile.
    """
    back_to = State.HELD if attempt.can_be_attached else State.REFUSED
    with transaction.atomic():
        known = None
        if attempt.contest_id is not None:  # one sent to a contest of another team looks at nothing there
            lock_order(attempt.contest_id, attempt.order_id)
            known = Purchase.objects.of_order(attempt.contest_id, attempt.order_id)
        was_done = audit.previous_event(AuditEvent.Action.REOPENED, attempt) is not None
        if known is not None and not known.is_voided and not was_done:
            raise AlreadyHandled
        is_changed = _change_state(attempt, (State.DISMISSED,), back_to, AuditEvent.Action.REOPENED, audit)
    if is_changed and back_to == State.HELD:
        release_rejected_purchase(attempt)  # its entry may have appeared meanwhile


def _locked(attempt: RejectedPurchase) -> RejectedPurchase:
    fresh = RejectedPurchase.objects.locked(attempt)
    if fresh is None:
        raise AlreadyHandled
    return fresh


def _change_state(
    attempt: RejectedPurchase, from_states: tuple[State, ...], to: State, action: AuditEvent.Action, audit: AuditContext
) -> bool:
    """Whether it was changed now, and not before by the same act."""
    with transaction.atomic():
        # Race: two people at once, or the order is recorded meanwhile: the second sees what the first made of it.
        fresh = _locked(attempt)
        if audit.previous_event(action, fresh):
            return False
        if fresh.state not in from_states:
            raise AlreadyHandled
        _set_state(fresh, to, action, audit)
    return True


def _set_state(
    attempt: RejectedPurchase,
    state: State,
    action: AuditEvent.Action,
    audit: AuditContext,
    *,
    purchase: Purchase | None = None,
    parameters: dict[str, Any] | None = None,
) -> None:
    RejectedPurchase.objects.filter(pk=attempt.pk).update(state=state, purchase=purchase)
    audit.record(
        action,
        attempt,
        contest=purchase.contest if purchase else attempt.contest,
        team=attempt.team,
        before={"state": str(attempt.state)},
        after={"state": state.value} | ({"purchase": purchase.pk} if purchase else {}),
        parameters=parameters,
    )
