"""What people do about refused attempts: record the order by hand, dismiss it, open it again."""

from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils import timezone

from contests.audit import Act
from contests.models import AuditLine, Contest, Entry
from purchases.models import Purchase, RejectedPurchase
from purchases.services.judging import EntryMissing, NewPurchase, Recorded
from purchases.services.locking import lock_order
from purchases.services.move import PurchaseVoided
from purchases.services.record import close_attempts, record_for
from purchases.services.release import release_attempt

State = RejectedPurchase.State


class NotOpen(Exception):
    """The attempt was dealt with, or deleted, meanwhile."""


def record_attempt(attempt: RejectedPurchase, contest: Contest, order: NewPurchase, *, act: Act) -> Recorded:
    """Record the order of a refused attempt, put right by a person, and close the attempt.

    It is judged by the rules in force now, at the order's time of purchase, which may be when it was first received;
    an order that waited for its entry, by those of its first receipt.

    Raises:
        EntryMissing: nobody in the contest has the address.
        NotOpen: the attempt was dealt with meanwhile.
        PurchaseVoided: the order is recorded and voided.
    """
    with transaction.atomic():
        entry = Entry.objects.locked(contest.pk, order.email.key)
        if entry is None:
            raise EntryMissing
        lock_order(contest.pk, order.order_id)  # before its attempts, as whoever else records it
        fresh = _locked(attempt)
        parameters = {"contest": contest.pk, **asdict(order)}
        was_done = act.previous_line(AuditLine.Action.RECORDED, fresh, **parameters) is not None
        if not fresh.is_open and not was_done:
            raise NotOpen
        known = Purchase.objects.of_order(contest.pk, order.order_id)
        if known is not None and known.is_voided and not was_done:
            raise PurchaseVoided
        recorded = record_for(entry, contest, order, api_key=None, received_at=timezone.now())
        if not was_done:
            purchase = Purchase.objects.get(pk=recorded.purchase_id)
            close_attempts(purchase)
            _set_state(fresh, State.RECORDED, AuditLine.Action.RECORDED, act, purchase=purchase, parameters=parameters)
    return recorded


def dismiss_attempt(attempt: RejectedPurchase, *, act: Act) -> None:
    """Nothing is to be done about it; it leaves the list of what needs somebody. A note says why.

    Raises:
        NotOpen: it was dealt with meanwhile.
    """
    _change_state(attempt, RejectedPurchase.OPEN, State.DISMISSED, AuditLine.Action.DISMISSED, act)


def reopen_attempt(attempt: RejectedPurchase, *, act: Act) -> None:
    """Take a dismissal back: it needs somebody again, or waits for its entry again.

    Raises:
        NotOpen: it is not dismissed, or its order was recorded meanwhile.
    """
    back_to = State.HELD if attempt.can_be_attached else State.REFUSED
    with transaction.atomic():
        known = None
        if attempt.contest_id is not None:  # one sent to a contest of another team looks at nothing there
            lock_order(attempt.contest_id, attempt.order_id)
            known = Purchase.objects.of_order(attempt.contest_id, attempt.order_id)
        was_done = act.previous_line(AuditLine.Action.REOPENED, attempt) is not None
        if known is not None and not known.is_voided and not was_done:
            raise NotOpen
        is_changed = _change_state(attempt, (State.DISMISSED,), back_to, AuditLine.Action.REOPENED, act)
    if is_changed and back_to == State.HELD:
        release_attempt(attempt)  # its entry may have appeared meanwhile


def _locked(attempt: RejectedPurchase) -> RejectedPurchase:
    fresh = RejectedPurchase.objects.locked(attempt)
    if fresh is None:
        raise NotOpen
    return fresh


def _change_state(
    attempt: RejectedPurchase, from_states: tuple[State, ...], to: State, action: AuditLine.Action, act: Act
) -> bool:
    """Whether it was changed now, and not before by the same act."""
    with transaction.atomic():
        # Race: two people at once, or the order is recorded meanwhile: the second sees what the first made of it.
        fresh = _locked(attempt)
        if act.previous_line(action, fresh):
            return False
        if fresh.state not in from_states:
            raise NotOpen
        _set_state(fresh, to, action, act)
    return True


def _set_state(
    attempt: RejectedPurchase,
    state: State,
    action: AuditLine.Action,
    act: Act,
    *,
    purchase: Purchase | None = None,
    parameters: dict[str, Any] | None = None,
) -> None:
    RejectedPurchase.objects.filter(pk=attempt.pk).update(state=state, purchase=purchase)
    act.note(
        action,
        attempt,
        contest=purchase.contest if purchase else attempt.contest,
        team=attempt.team,
        before={"state": str(attempt.state)},
        after={"state": state.value} | ({"purchase": purchase.pk} if purchase else {}),
        parameters=parameters,
    )
