"""Actions on several rejected orders: record as received, attach, dismiss, reopen; and what undoes them."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import Email, InvalidEmail
from contests.models import Contest, Entry
from contests.money import AmountNotPositive, AmountTooLarge, payable_amount
from contests.services.preview import PointChanges
from purchases.admin.bulk_actions import BulkAction, BulkActionsMixin, Undo, bulk, reason_form
from purchases.models import Purchase, RejectedPurchase
from purchases.services import (
    AlreadyHandled,
    EntryMissing,
    NewPurchase,
    NotAttached,
    NotHeld,
    PurchaseVoided,
    attach_purchase,
    changes_by_attaching,
    changes_by_detaching,
    changes_by_recording,
    check_dismissible,
    check_reopenable,
    detach_purchase,
    dismiss_rejected_purchase,
    record_rejected_purchase,
    reopen_rejected_purchase,
)
from purchases.support.entry_matching import suggested_entries
from purchases.support.received_values import amount_in, currency_in, received_amount

State = RejectedPurchase.State
CHOSEN = "chosen"  # the previewed entries: “rejected order's id:entry's id”


class NotRecordable(Exception):
    """What was received is no valid order; the message says why."""


class NoSuggestion(Exception):
    """No entry has nearly the same email."""

    def __init__(self) -> None:
        super().__init__("No suggested entry.")


REFUSALS: dict[type[Exception], str] = {
    AlreadyHandled: "Already handled, or its order is recorded.",
    EntryMissing: "No entry has this email.",
    NoSuggestion: "",
    NotAttached: "Not attached.",
    NotHeld: "Not on hold.",
    NotRecordable: "",
    PurchaseVoided: "The order is recorded and voided.",
}
# The actions by what the list shows.
BY_STATE = {
    State.REJECTED: ["record_selected", "dismiss_selected"],
    State.HELD: ["attach_selected", "dismiss_selected"],
    State.RECORDED: ["detach_selected"],
    State.DISMISSED: ["reopen_selected"],
}
FOR_REVIEW = ["record_selected", "attach_selected", "dismiss_selected"]


class RejectedBulkActionsMixin(BulkActionsMixin):
    actions = [*FOR_REVIEW, "reopen_selected", "detach_selected"]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The actions that the rows of the list may need."""
        actions: dict[str, Any] = super().get_actions(request)
        names = BY_STATE.get(request.GET.get("state__exact", ""))  # type: ignore[call-overload]  # of any text
        if names is None and request.GET.get("attention") == "open":
            names = FOR_REVIEW
        return actions if names is None else {name: action for name, action in actions.items() if name in names}

    def facts_of(self, row: RejectedPurchase) -> list[str]:
        facts = [received_amount(row), row.email, row.get_code_display(), row.get_state_display()]
        return list(filter(None, facts))

    @bulk("Record as received")
    def record_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        undo = Undo(Purchase, "void_selected")
        action = BulkAction("record_selected", "Record", "Recorded", _record, _changes_by_recording, REFUSALS, undo)
        return self.confirm_or_run(request, queryset, reason_form(request), action)

    @bulk("Attach to suggested entries")
    def attach_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        chosen = _chosen_entries(request, queryset)

        def entry_for(rejected: RejectedPurchase) -> Entry:
            entry = Entry.objects.filter(contest=rejected.contest_id, pk=chosen.get(rejected.pk, "")).first()
            if entry is None:
                raise NoSuggestion
            return entry

        def attach(rejected: RejectedPurchase, audit: AuditContext) -> RejectedPurchase:
            attach_purchase(rejected, entry_for(rejected), audit=audit)
            return rejected

        def changes(rejected: RejectedPurchase) -> PointChanges:
            return changes_by_attaching(rejected, entry_for(rejected))

        undo = Undo(RejectedPurchase, "detach_selected")
        action = BulkAction("attach_selected", "Attach", "Attached", attach, changes, REFUSALS, undo, chosen=chosen)
        return self.confirm_or_run(request, queryset, reason_form(request), action)

    @bulk("Dismiss")
    def dismiss_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        undo = Undo(RejectedPurchase, "reopen_selected")
        action = BulkAction("dismiss_selected", "Dismiss", "Dismissed", _dismiss, _if_dismissible, REFUSALS, undo)
        return self.confirm_or_run(request, queryset, reason_form(request), action)

    @bulk("Reopen")
    def reopen_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        undo = Undo(RejectedPurchase, "dismiss_selected")
        action = BulkAction("reopen_selected", "Reopen", "Reopened", _reopen, _if_reopenable, REFUSALS, undo)
        return self.confirm_or_run(request, queryset, reason_form(request), action)

    @bulk("Undo attach")
    def detach_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        action = BulkAction("detach_selected", "Detach", "Detached", _detach, changes_by_detaching, REFUSALS)
        return self.confirm_or_run(request, queryset, reason_form(request), action)


def _chosen_entries(request: HttpRequest, queryset: QuerySet[Any]) -> dict[str, str]:
    """The entry for each order: the previewed one once that is confirmed, else the suggestion."""
    if "confirmed" in request.POST:
        pairs = (text.partition(":") for text in request.POST.getlist(CHOSEN))
        return {rejected_id: entry_id for rejected_id, _colon, entry_id in pairs}
    return {pk: entry.pk for pk, entry in suggested_entries(queryset).items()}


def _record(rejected: RejectedPurchase, audit: AuditContext) -> Purchase:
    contest, order = _order_as_received(rejected)
    recorded = record_rejected_purchase(rejected, contest, order, audit=audit)
    return Purchase.objects.get(contest=contest, pk=recorded.purchase_id)


def _changes_by_recording(rejected: RejectedPurchase) -> PointChanges:
    return changes_by_recording(rejected, *_order_as_received(rejected))


def _order_as_received(rejected: RejectedPurchase) -> tuple[Contest, NewPurchase]:
    """The order, where its contest exists by now and its values can be read; as of its first receipt.

    Raises:
        NotRecordable: a value is missing or invalid.
    """
    contest = Contest.objects.for_recording(rejected.team_id).filter(pk=rejected.contest_sent).first()
    amount, currency = amount_in(rejected.amount), currency_in(rejected.currency)
    if contest is None:
        raise NotRecordable("Its contest doesn't exist.")
    if amount is None or not currency:
        raise NotRecordable("Its amount or currency is missing or invalid.")
    try:
        email, payable = Email.parse(rejected.email), payable_amount(amount, currency)
    except (InvalidEmail, AmountNotPositive, AmountTooLarge) as error:
        raise NotRecordable(str(error)) from error
    return contest, NewPurchase(
        email=email,
        order_id=rejected.order_id,
        amount=payable,
        currency=currency,
        purchased_at=rejected.purchased_at or rejected.first_received_at,
        is_time_sent=False,
    )


def _dismiss(rejected: RejectedPurchase, audit: AuditContext) -> RejectedPurchase:
    dismiss_rejected_purchase(rejected, audit=audit)
    return rejected


def _if_dismissible(rejected: RejectedPurchase) -> PointChanges:
    check_dismissible(rejected)
    return {}


def _reopen(rejected: RejectedPurchase, audit: AuditContext) -> RejectedPurchase:
    reopen_rejected_purchase(rejected, audit=audit)
    return rejected


def _if_reopenable(rejected: RejectedPurchase) -> PointChanges:
    check_reopenable(rejected)
    return {}


def _detach(rejected: RejectedPurchase, audit: AuditContext) -> RejectedPurchase:
    detach_purchase(rejected, audit=audit)
    return rejected
