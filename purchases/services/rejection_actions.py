"""Recording, dismissing and reopening rejected orders."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone
from msgspec.structs import asdict

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests.models import Contest, Entry
from contests.services.preview import PointChanges
from purchases.models import Purchase, RejectedPurchase
from purchases.services.locking import lock_order
from purchases.services.move import PurchaseVoided
from purchases.services.order_scoring import EntryMissing, NewPurchase, Recorded
from purchases.services.record import plan_points, record_for
from purchases.services.record_statements import close_rejections
from purchases.services.release import release_rejected_purchase

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
        parameters = {"contest": contest.pk, **asdict(order), "email": asdict(order.email)}
        is_repeated = audit.previous_event(AuditEvent.Action.RECORDED, current, **parameters) is not None
        if not is_repeated:
            _check_recordable(current, contest, order)
        recorded = record_for(entry, contest, order, api_key=None, received_at=timezone.now())
        if not is_repeated:
            purchase = Purchase.objects.get(contest=contest, pk=recorded.purchase_id)
            close_rejections(contest.pk, [order.order_id])
            _set_state(
                current, State.RECORDED, AuditEvent.Action.RECORDED, audit, purchase=purchase, parameters=parameters
            )
    return recorded


def changes_by_recording(rejected: RejectedPurchase, contest: Contest, order: NewPurchase) -> PointChanges:
    """The points that recording it with these values would add to an entry; nothing is locked or written.

    Raises:
        EntryMissing, AlreadyHandled, PurchaseVoided: as for `record_rejected_purchase`.
    """
    entry = Entry.objects.filter(contest=contest, email_key=order.email.key).first()
    if entry is None:
        raise EntryMissing
    _check_recordable(rejected, contest, order)
    return {entry.pk: plan_points(entry, contest, order)}


def _check_recordable(rejected: RejectedPurchase, contest: Contest, order: NewPurchase) -> None:
    if not rejected.is_open:
        raise AlreadyHandled
    existing = Purchase.objects.find_order(contest.pk, order.order_id)
    if existing is not None and existing.is_voided:
        raise PurchaseVoided


def dismiss_rejected_purchase(rejected: RejectedPurchase, *, audit: AuditContext) -> None:
    """Mark a rejected order as handled.

    Raises:
        AlreadyHandled: it was already handled.
    """
    _change_state(rejected, State.DISMISSED, AuditEvent.Action.DISMISSED, audit, check=check_dismissible)


def dismiss_imported(rejected: RejectedPurchase, *, audit: AuditContext) -> None:
    """Dismiss an order on hold whose import is undone: it can be imported again.

    Raises:
        AlreadyHandled: it was already handled.
    """
    _change_state(rejected, State.DISMISSED, AuditEvent.Action.UNIMPORTED, audit, check=check_dismissible)


def check_dismissible(rejected: RejectedPurchase) -> None:
    """Whether it can be dismissed.

    Raises:
        AlreadyHandled: it was already handled.
    """
    if not rejected.is_open:
        raise AlreadyHandled


def reopen_rejected_purchase(rejected: RejectedPurchase, *, audit: AuditContext) -> None:
    """Undo a dismissal; an order that only lacks its entry is on hold again.

    Raises:
        AlreadyHandled: it is not dismissed, or its order was recorded.
    """
    back_to = State.HELD if rejected.can_be_attached else State.REJECTED
    with transaction.atomic():
        if rejected.contest_id is not None:
            lock_order(rejected.contest_id, rejected.order_id)
        is_changed = _change_state(rejected, back_to, AuditEvent.Action.REOPENED, audit, check=check_reopenable)
    if is_changed and back_to == State.HELD:
        release_rejected_purchase(rejected)  # its entry may have appeared meanwhile


def check_reopenable(rejected: RejectedPurchase) -> None:
    """Whether it can be reopened.

    Raises:
        AlreadyHandled: it is not dismissed, or its order was recorded.
    """
    existing = None
    if rejected.contest_id is not None:  # where it was sent to another team's contest, nothing there is read
        existing = Purchase.objects.find_order(rejected.contest_id, rejected.order_id)
    if rejected.state != State.DISMISSED or (existing is not None and not existing.is_voided):
        raise AlreadyHandled


def _locked(rejected: RejectedPurchase) -> RejectedPurchase:
    current = RejectedPurchase.objects.locked(rejected)
    if current is None:
        raise AlreadyHandled
    return current


def _change_state(
    rejected: RejectedPurchase,
    to: State,
    action: AuditEvent.Action,
    audit: AuditContext,
    *,
    check: Callable[[RejectedPurchase], None],
) -> bool:
    """Whether the state was changed now, and not before by the same request."""
    with transaction.atomic():
        # Race: two users at once, or the order is recorded meanwhile: the second sees the result of the first.
        current = _locked(rejected)
        if audit.previous_event(action, current):
            return False
        check(current)
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
