"""Acts on several purchases together: chosen in the list, shown with what they would do, done with one reason."""

import hashlib
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminTextInputWidget

from blitzrocket.accounts.admin.team_scoped import TeamScopedAdmin
from blitzrocket.adminsite.audited import FORM_USED, audit_context
from blitzrocket.audit.context import AuditContext, RequestIdReused
from blitzrocket.audit.models import MAX_REASON_LENGTH
from blitzrocket.ids import MAX_LENGTH, new_id
from blitzrocket.text import plural
from contests.models import Entry
from contests.services.preview import effects_of
from purchases.admin.dialogs import EntryField
from purchases.models import Purchase
from purchases.services import (
    PurchaseUpdate,
    PurchaseVoided,
    move_purchase,
    void_purchase,
)

MOST_TOGETHER = 100  # a page of the list
OneAct = Callable[[Purchase, AuditContext], PurchaseUpdate]


class ReasonForm(forms.Form):
    """Why, and once: the same page sent twice is one act for each purchase."""

    reason = forms.CharField(label="Reason", max_length=MAX_REASON_LENGTH, widget=UnfoldAdminTextInputWidget)
    request_id = forms.CharField(widget=forms.HiddenInput, initial=lambda: new_id("event"), max_length=MAX_LENGTH)


class MoveTogetherForm(ReasonForm):
    to = EntryField(label="To the entry", max_length=300, help_text="Its email address, or its id.")
    field_order = ["to", "reason"]


class BulkActionsMixin(TeamScopedAdmin):
    actions = ["void_together", "move_together"]

    @admin.action(description="Void the chosen orders", permissions=["act"])
    def void_together(self, request: HttpRequest, queryset: QuerySet[Purchase]) -> HttpResponse | None:
        form = ReasonForm(request.POST if "confirmed" in request.POST else None)
        return self._together(request, queryset, form, title="Void", one=_void)

    @admin.action(description="Move the chosen orders", permissions=["act"])
    def move_together(self, request: HttpRequest, queryset: QuerySet[Purchase]) -> HttpResponse | None:
        contests = set(queryset.order_by().values_list("contest", flat=True).distinct()[:2])
        if len(contests) != 1:
            messages.error(request, "Choose orders of one contest: an order stays in its contest.")
            return None
        form = MoveTogetherForm(request.POST if {"confirmed", "looked"} & set(request.POST) else None)
        form.fields["to"].contest_id = contests.pop()  # type: ignore[attr-defined]
        to = self._entry_in(form)

        def move(purchase: Purchase, audit: AuditContext) -> PurchaseUpdate:
            return move_purchase(purchase, to, audit=audit)  # type: ignore[arg-type]  # asked for only where there is one

        return self._together(request, queryset, form, title="Move", one=move, to=to)

    def _entry_in(self, form: forms.Form) -> Entry | None:
        return form.cleaned_data.get("to") if form.is_bound and (form.is_valid() or form.cleaned_data) else None

    def _together(
        self,
        request: HttpRequest,
        queryset: QuerySet[Purchase],
        form: forms.Form,
        *,
        title: Any,
        one: OneAct,
        to: Entry | None = None,
    ) -> HttpResponse | None:
        purchases = list(queryset.select_related("entry", "contest").order_by("pk")[: MOST_TOGETHER + 1])
        if len(purchases) > MOST_TOGETHER:
            messages.error(request, f"Choose at most {MOST_TOGETHER} orders at once.")
            return None
        if "confirmed" in request.POST and form.is_valid():
            self._do(request, purchases, form, one)
            return None
        touched = [purchase.entry_id for purchase in purchases] + ([to.pk] if to else [])
        ready = to is not None or "to" not in form.fields
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "form": form,
            "purchases": purchases,
            "effects": effects_of(touched, lambda: [_one(one, each, AuditContext()) for each in purchases])
            if ready
            else [],
            "ready": ready,
            "action": request.POST["action"],
        }
        return TemplateResponse(request, "admin/purchases/bulk_action.html", context)

    def _do(self, request: HttpRequest, purchases: list[Purchase], form: forms.Form, one: OneAct) -> None:
        """One by one, so that nobody waits for all of them; what cannot be done is left out and told."""
        given = form.cleaned_data
        done = 0
        try:
            for purchase in purchases:
                done += _one(
                    one, purchase, audit_context(request, given["reason"], _act_id(given["request_id"], purchase))
                )
        except RequestIdReused:
            messages.error(request, FORM_USED)
            return
        said = plural(done, "Done for %(count)d order.", "Done for %(count)d orders.")
        messages.success(request, said % {"count": done})
        if left := len(purchases) - done:
            said = plural(left, "%(count)d order was left out.", "%(count)d orders were left out, being so already.")
            messages.warning(request, said % {"count": left})


def _void(purchase: Purchase, audit: AuditContext) -> PurchaseUpdate:
    return void_purchase(purchase, audit=audit)


def _one(one: OneAct, purchase: Purchase, audit: AuditContext) -> bool:
    try:
        return one(purchase, audit).is_finished
    except PurchaseVoided:
        return False


def _act_id(page_id: str, purchase: Purchase) -> str:
    """The id of one purchase's act, the same whenever the page is sent, whatever else is chosen then."""
    return f"act_{hashlib.sha256(f'{page_id} {purchase.pk}'.encode()).hexdigest()[:40]}"
