"""Actions on several purchases: void, restore, move."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from blitzrocket.adminsite.action_forms import ReasonForm
from blitzrocket.audit.context import AuditContext
from blitzrocket.numbers import counted
from contests.models import Entry
from contests.money import show_amount
from contests.services.preview import PointChanges
from purchases.admin.bulk_actions import BulkAction, BulkActionsMixin, Undo, bulk, reason_form
from purchases.admin.dialogs import EntryField
from purchases.models import Purchase, RejectedPurchase
from purchases.services import (
    PurchaseUpdate,
    PurchaseVoided,
    changes_by_moving,
    changes_by_restoring,
    changes_by_voiding,
    move_purchase,
    restore_purchase,
    void_purchase,
)

REFUSALS: dict[type[Exception], str] = {PurchaseVoided: "This order is voided."}


class OnHold(Exception):
    """The purchase was voided because its attachment was undone."""

    def __init__(self) -> None:
        super().__init__("Its rejected order is on hold. Attach that instead.")


class MoveSelectedForm(ReasonForm):
    to = EntryField(label="Move to", max_length=300, help_text="Email or entry ID")
    field_order = ["to", "reason"]


class PurchaseBulkActionsMixin(BulkActionsMixin):
    actions = ["void_selected", "restore_selected", "move_selected"]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The actions that purchases of the chosen status may need."""
        actions: dict[str, Any] = super().get_actions(request)
        status = request.GET.get("status__exact")
        if not status:
            return actions
        is_of_voided = status == Purchase.Status.VOIDED
        return {name: each for name, each in actions.items() if (name == "restore_selected") == is_of_voided}

    def facts_of(self, row: Purchase) -> list[str]:
        points = counted(row.points_now, "point", "points")
        return [show_amount(row.money, row.currency), str(row.entry), str(row.get_status_display()), points]

    @bulk("Void")
    def void_selected(self, request: HttpRequest, queryset: QuerySet[Purchase]) -> HttpResponse | None:
        undo = Undo(Purchase, "restore_selected")
        action = BulkAction(
            "void_selected", "Void", "Voided", _void, changes_by_voiding, REFUSALS, undo, is_dangerous=True
        )
        return self.confirm_or_run(request, queryset, reason_form(request), action)

    @bulk("Restore")
    def restore_selected(self, request: HttpRequest, queryset: QuerySet[Purchase]) -> HttpResponse | None:
        undo = Undo(Purchase, "void_selected")
        action = BulkAction(
            "restore_selected", "Restore", "Restored", _restore, _changes_by_restoring, {OnHold: ""}, undo
        )
        return self.confirm_or_run(request, queryset, reason_form(request), action)

    @bulk("Move")
    def move_selected(self, request: HttpRequest, queryset: QuerySet[Purchase]) -> HttpResponse | None:
        contests = set(queryset.order_by().values_list("contest", flat=True).distinct()[:2])
        if len(contests) != 1:
            messages.error(request, "Select orders of one contest. Orders can't move between contests.")
            return None
        form = MoveSelectedForm(request.POST if {"confirmed", "preview"} & set(request.POST) else None)
        form.fields["to"].contest_id = contests.pop()  # type: ignore[attr-defined]
        to = _entry_in(form)

        def move(purchase: Purchase, audit: AuditContext) -> Purchase | None:
            return _changed(purchase, move_purchase(purchase, to, audit=audit))  # type: ignore[arg-type]  # there is one

        def changes(purchase: Purchase) -> PointChanges:
            return ({to.pk: 0} | {purchase.entry_id: 0} | changes_by_moving(purchase, to.pk)) if to else {}

        action = BulkAction("move_selected", "Move", "Moved", move, changes, REFUSALS)
        return self.confirm_or_run(request, queryset, form, action, is_complete=to is not None)


def _entry_in(form: forms.Form) -> Entry | None:
    return form.cleaned_data.get("to") if form.is_bound and (form.is_valid() or form.cleaned_data) else None


def _void(purchase: Purchase, audit: AuditContext) -> Purchase | None:
    return _changed(purchase, void_purchase(purchase, audit=audit))


def _restore(purchase: Purchase, audit: AuditContext) -> Purchase | None:
    _check_not_on_hold(purchase)
    return _changed(purchase, restore_purchase(purchase, audit=audit))


def _changes_by_restoring(purchase: Purchase) -> PointChanges:
    _check_not_on_hold(purchase)
    return {purchase.entry_id: 0} | changes_by_restoring(purchase)


def _check_not_on_hold(purchase: Purchase) -> None:
    rejections = RejectedPurchase.objects.of_order(purchase.contest_id, purchase.order_id)
    if purchase.is_voided and rejections.filter(state=RejectedPurchase.State.HELD).exists():
        raise OnHold


def _changed(purchase: Purchase, update: PurchaseUpdate) -> Purchase | None:
    return purchase if update.is_finished else None
