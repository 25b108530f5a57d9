"""Actions on several purchases selected in the list, with a preview and one reason."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from blitzrocket.accounts.admin.team_scoped import TeamScopedAdmin
from blitzrocket.adminsite.action_forms import ReasonForm
from blitzrocket.adminsite.audited import FORM_USED, audit_context
from blitzrocket.audit.context import AuditContext, RequestIdReused
from blitzrocket.numbers import counted
from blitzrocket.text import plural
from contests.models import Entry
from contests.services import EntryGone
from contests.services.preview import PointChanges, effects_of
from purchases.admin.dialogs import EntryField
from purchases.models import Purchase
from purchases.services import (
    PurchaseUpdate,
    PurchaseVoided,
    changes_by_moving,
    changes_by_voiding,
    move_purchase,
    void_purchase,
)

MAX_SELECTED = 100  # a page of the list
PAST_TENSE = {"Void": "Voided", "Move": "Moved"}
Action = Callable[[Purchase, AuditContext], PurchaseUpdate]


@dataclass(frozen=True, slots=True)
class BulkAction:
    verb: str
    perform: Action
    changes: Callable[[Purchase], PointChanges]  # the points that it would add to entries


class MoveSelectedForm(ReasonForm):
    to = EntryField(label="Move to", max_length=300, help_text="Email or entry ID")
    field_order = ["to", "reason"]


class BulkActionsMixin(TeamScopedAdmin):
    actions = ["void_selected", "move_selected"]

    @admin.action(description="Void selected orders", permissions=["act"])
    def void_selected(self, request: HttpRequest, queryset: QuerySet[Purchase]) -> HttpResponse | None:
        form = ReasonForm(request.POST if "confirmed" in request.POST else None)
        return self._confirm_or_run(request, queryset, form, BulkAction("Void", _void, changes_by_voiding))

    @admin.action(description="Move selected orders", permissions=["act"])
    def move_selected(self, request: HttpRequest, queryset: QuerySet[Purchase]) -> HttpResponse | None:
        contests = set(queryset.order_by().values_list("contest", flat=True).distinct()[:2])
        if len(contests) != 1:
            messages.error(request, "Select orders of one contest. Orders can't move between contests.")
            return None
        form = MoveSelectedForm(request.POST if {"confirmed", "preview"} & set(request.POST) else None)
        form.fields["to"].contest_id = contests.pop()  # type: ignore[attr-defined]
        to = self._entry_in(form)

        def move(purchase: Purchase, audit: AuditContext) -> PurchaseUpdate:
            return move_purchase(purchase, to, audit=audit)  # type: ignore[arg-type]  # used only where there is one

        def changes(purchase: Purchase) -> PointChanges:
            return changes_by_moving(purchase, to.pk) if to else {}

        return self._confirm_or_run(request, queryset, form, BulkAction("Move", move, changes), to=to)

    def _entry_in(self, form: forms.Form) -> Entry | None:
        return form.cleaned_data.get("to") if form.is_bound and (form.is_valid() or form.cleaned_data) else None

    def _confirm_or_run(
        self,
        request: HttpRequest,
        queryset: QuerySet[Purchase],
        form: forms.Form,
        action: BulkAction,
        *,
        to: Entry | None = None,
    ) -> HttpResponse | None:
        purchases = list(queryset.select_related("entry", "contest").order_by("pk")[: MAX_SELECTED + 1])
        if len(purchases) > MAX_SELECTED:
            messages.error(request, f"Select at most {MAX_SELECTED} orders.")
            return None
        if "confirmed" in request.POST and form.is_valid():
            self._run(request, purchases, form, action)
            return None
        can_run = to is not None or "to" not in form.fields
        try:
            effects = effects_of(_changes_of(purchases, action, to)) if can_run else []
        except EntryGone as error:
            messages.error(request, str(error))
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": f"{action.verb} {counted(len(purchases), 'order', 'orders')}",
            "opts": self.opts,
            "form": form,
            "purchases": purchases,
            "effects": effects,
            "can_run": can_run,
            "action": request.POST["action"],
        }
        return TemplateResponse(request, "admin/purchases/bulk_action.html", context)

    def _run(self, request: HttpRequest, purchases: list[Purchase], form: forms.Form, action: BulkAction) -> None:
        """Act on one purchase after the other, each in its own transaction, so that none is locked for long."""
        reason, page_id = form.cleaned_data["reason"], form.cleaned_data["request_id"]
        count = 0
        try:
            for purchase in purchases:
                audit = audit_context(request, reason, _request_id(page_id, purchase))
                count += _is_done(action.perform, purchase, audit)
        except RequestIdReused:
            messages.error(request, FORM_USED)
            return
        except EntryGone as error:
            moved = f" {counted(count, 'order was', 'orders were')} moved before." if count else ""
            messages.error(request, f"{error}{moved}")
            return
        messages.success(request, f"{PAST_TENSE[action.verb]} {counted(count, 'order', 'orders')}.")
        if skipped := len(purchases) - count:
            messages.warning(request, f"Skipped {skipped} {plural(skipped, 'order', 'orders')}: nothing to change.")


def _void(purchase: Purchase, audit: AuditContext) -> PurchaseUpdate:
    return void_purchase(purchase, audit=audit)


def _changes_of(purchases: list[Purchase], action: BulkAction, to: Entry | None) -> PointChanges:
    changes = {purchase.entry_id: 0 for purchase in purchases} | ({to.pk: 0} if to else {})
    for purchase in purchases:
        with suppress(PurchaseVoided):
            for entry_id, points in action.changes(purchase).items():
                changes[entry_id] += points
    return changes


def _is_done(action: Action, purchase: Purchase, audit: AuditContext) -> bool:
    try:
        return action(purchase, audit).is_finished
    except PurchaseVoided:
        return False


def _request_id(page_id: str, purchase: Purchase) -> str:
    """The request id for one purchase: the same whenever the page is sent, whatever else is selected then."""
    return f"act_{hashlib.sha256(f'{page_id} {purchase.pk}'.encode()).hexdigest()[:40]}"
