"""Recording, dismissing and reopening rejected orders."""

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
    """The rejected order or refund was already handled, or deleted."""


def record_rejected_purchase(
    rejected: RejectedPurchase, contest: Contest, order: NewPurchase, *, audit: AuditContext
) -> Recorded:
    """Record a rejected order with corrected values, and close the rejection.

    Current rules apply as of the order's time of purchase; to an order on hold, those of its first receipt.

    Raises:
        EntryMissing: the contest has no entry with the email.
        AlreadyHandled: it was already handled.
        PurchaseVoided: the order is recorded and voided.
    """
    with transaction.atomic():
        entry = Entry.objects.locked(contest.pk, order.email.key)
        if entry is None:
            raise EntryMissing
        lock_order(contest.pk, order.order_id)  # before its rejections, as in every recording
        current = _locked(rejected)
        parameters = {"contest": contest.pk, **asdict(order)}
        is_repeated = audit.previous_event(AuditEvent.Action.RECORDED, current, **parameters) is not None
        if not current.is_open and not is_repeated:
            raise AlreadyHandled
        existing = Purchase.objects.find_order(contest.pk, order.order_id)
        if existing is not None and existing.is_voided and not is_repeated:
            raise PurchaseVoided
        recorded = record_for(entry, contest, order, api_key=None, received_at=timezone.now())
        if not is_repeated:
            purchase = Purchase.objects.get(contest=contest, pk=recorded.purchase_id)
            close_rejected_purchases(purchase)
            _set_state(
                current, State.RECORDED, AuditEvent.Action.RECORDED, audit, purchase=purchase, parameters=parameters
            )
    return recorded


def dismiss_rejected_purchase(rejected: RejectedPurchase, *, audit: AuditContext) -> None:
    """Mark a rejected order as handled.

    Raises:
        AlreadyHandled: it was already handled.
    """
    _change_state(rejected, RejectedPurchase.OPEN, State.DISMISSED, AuditEvent.Action.DISMISSED, audit)


def reopen_rejected_purchase(rejected: RejectedPurchase, *, audit: AuditContext) -> None:
    """Undo a dismissal; an order that only lacks its entry is on hold again.

    Raises:
        AlreadyHandled: it is not dismissed, or its order was recorded.
    """
    back_to = State.HELD if rejected.can_be_attached else State.REFUSED
    with transaction.atomic():
        existing = None
        if rejected.contest_id is not None:  # where it was sent to another team's contest, nothing there is read
            lock_order(rejected.contest_id, rejected.order_id)
            existing = Purchase.objects.find_order(rejected.contest_id, rejected.order_id)
        is_repeated = audit.previous_event(AuditEvent.Action.REOPENED, rejected) is not None
        if existing is not None and not existing.is_voided and not is_repeated:
            raise AlreadyHandled
        is_changed = _change_state(rejected, (State.DISMISSED,), back_to, AuditEvent.Action.REOPENED, audit)
    if is_changed and back_to == State.HELD:
        release_rejected_purchase(rejected)  # its entry may have appeared meanwhile


def _locked(rejected: RejectedPurchase) -> RejectedPurchase:
    current = RejectedPurchase.objects.locked(rejected)
    if current is None:
        raise AlreadyHandled
    return current


def _change_state(
    rejected: RejectedPurchase,
    from_states: tuple[State, ...],
    to: State,
    action: AuditEvent.Action,
    audit: AuditContext,
) -> bool:
    """Whether the state was changed now, and not before by the same request."""
    with transaction.atomic():
        # Race: two users at once, or the order is recorded meanwhile: the second sees the result of the first.
        current = _locked(rejected)
        if audit.previous_event(action, current):
            return False
        if current.state not in from_states:
            raise AlreadyHandled
        _set_state(current, to, action, audit)
    return True


def _set_state(
    rejected: RejectedPurchase,
    state: State,
    action: AuditEvent.Action,
    audit: AuditContext,
    *,
    purchase: Purchase | None = None,
    parameters: dict[str, Any] | None = None,
) -> None:
    rows = RejectedPurchase.objects.filter(contest_sent=rejected.contest_sent, pk=rejected.pk)
    rows.update(state=state, purchase=purchase)
    audit.record(
        action,
        rejected,
        contest=purchase.contest if purchase else rejected.contest,
        team=rejected.team,
        before={"state": str(rejected.state)},
        after={"state": state.value} | ({"purchase": purchase.pk} if purchase else {}),
        parameters=parameters,
    )
