"""Dismissing unusable deliveries, and reopening them."""

from django.db import transaction

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests.models import Contest
from purchases.models import StoreDelivery
from purchases.models.stores import MAX_MESSAGE_LENGTH
from purchases.stores.health import note_dismissal

Action = AuditEvent.Action
State = StoreDelivery.State
PREFIX = "Dismissed: "


class NotDismissible(Exception):
    """The delivery is not unusable, or no longer."""


class NotDismissed(Exception):
    """The delivery is not dismissed, or no longer."""


def dismiss_delivery(delivery: StoreDelivery, *, audit: AuditContext) -> None:
    """Mark an unusable delivery as handled.

    Raises:
        NotDismissible: it is something else, or was handled meanwhile.
        RequestIdReused: the request id belongs to another action.
    """
    with transaction.atomic():
        current = _locked(delivery)
        if audit.previous_event(Action.DISMISSED, current):
            return
        if current.state != State.UNUSABLE:
            raise NotDismissible
        _change(current, State.NOT_USED, f"{PREFIX}{current.message}"[:MAX_MESSAGE_LENGTH], Action.DISMISSED, audit)
        note_dismissal(current)


def reopen_delivery(delivery: StoreDelivery, *, audit: AuditContext) -> None:
    """Undo a dismissal.

    Raises:
        NotDismissed: it is not dismissed, or was reopened meanwhile.
        RequestIdReused: the request id belongs to another action.
    """
    with transaction.atomic():
        current = _locked(delivery)
        if audit.previous_event(Action.REOPENED, current):
            return
        if not is_dismissed(current):
            raise NotDismissed
        _change(current, State.UNUSABLE, current.message.removeprefix(PREFIX), Action.REOPENED, audit)


def is_dismissed(delivery: StoreDelivery) -> bool:
    if delivery.state != State.NOT_USED:
        return False
    last = AuditEvent.objects.about(delivery).exclude(action=Action.EXPORTED).order_by("-created_at", "-id").first()
    return last is not None and last.action == Action.DISMISSED


def _locked(delivery: StoreDelivery) -> StoreDelivery:
    """Race: two people at once, or a retry. The second waits here, and sees what the first did."""
    rows = StoreDelivery.objects.select_for_update(no_key=True)
    return rows.get(contest=delivery.contest_id, pk=delivery.pk)


def _change(delivery: StoreDelivery, state: State, message: str, action: Action, audit: AuditContext) -> None:
    contest = Contest.objects.get(pk=delivery.contest_id)
    before, after = ({"state": str(each)} for each in (delivery.state, state))
    audit.record(action, delivery, contest=contest, before=before, after=after)
    delivery.state, delivery.message = state, message
    delivery.save(update_fields=["state", "message"])
