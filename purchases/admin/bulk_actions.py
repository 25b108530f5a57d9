"""Actions on several rows selected in a list: previewed, with one reason, and undone as one."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from blitzrocket.accounts.admin.team_scoped import list_url
from blitzrocket.adminsite.action_forms import ReasonForm
from blitzrocket.adminsite.audited import FORM_USED, audit_context
from blitzrocket.audit.context import AuditContext, RequestIdReused
from blitzrocket.numbers import counted
from contests.services import EntryGone
from contests.services.preview import Effect, PointChanges, effects_of
from purchases.admin.order_page import OrderPageMixin

MAX_SELECTED = 100  # a page of the list
UNDO_KEY = "bulk_undo"  # in the session: the last action's opposite


@dataclass(frozen=True, slots=True)
class Undo:
    """The action that undoes another: the list that has it, and its name there."""

    model: type[Model]
    action: str


@dataclass(frozen=True, slots=True)
class BulkAction:
    """An action on each of the selected rows.

    ``perform`` returns the row that the undo acts on; None where nothing had to change. ``changes`` are the points that
    it would add to entries. Both raise one of ``refusals``, by what to say of it (empty: what the exception says).
    """

    name: str
    verb: str
    done: str
    perform: Callable[[Any, AuditContext], Model | None]
    changes: Callable[[Any], PointChanges]
    refusals: Mapping[type[Exception], str]
    undo: Undo | None = None
    is_dangerous: bool = False
    chosen: Mapping[str, str] = field(default_factory=dict)  # what the preview chose for each row, sent along with it

    def refusal(self, row: Any) -> str:
        """Why the row can't be acted on; empty where it can."""
        try:
            self.changes(row)
        except tuple(self.refusals) as error:
            return self.reason(error)
        return ""

    def reason(self, error: Exception) -> str:
        return self.refusals[type(error)] or str(error)


@dataclass(frozen=True, slots=True)
class SelectedRow:
    """A selected row as the preview shows it."""

    row: Any
    facts: list[str]
    refusal: str


class BulkActionsMixin(OrderPageMixin):
    def facts_of(self, row: Any) -> list[str]:
        """What the preview says of a row beside its order id."""
        raise NotImplementedError

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_undo"
        return [path("undo/", self.admin_site.admin_view(self.undo_last), name=name), *super().get_urls()]

    def undo_last(self, request: HttpRequest) -> HttpResponse:
        """The preview of what undoes the last action."""
        last = request.session.get(UNDO_KEY) or {}
        if not self.has_act_permission(request):
            raise PermissionDenied
        if last.get("list") != self.opts.label_lower:
            raise Http404
        queryset = self.get_queryset(request).filter(**self.scope(request, self.readers), pk__in=last["ids"])
        response: HttpResponse | None = getattr(self, last["action"])(request, queryset)
        return response or HttpResponseRedirect(list_url(self.model))

    def confirm_or_run(
        self,
        request: HttpRequest,
        queryset: "QuerySet[Any]",
        form: forms.Form,
        action: BulkAction,
        *,
        is_complete: bool = True,
    ) -> HttpResponse | None:
        """The preview, or its result once it is confirmed; ``is_complete`` says whether it can be previewed."""
        rows = list(queryset.order_by("pk")[: MAX_SELECTED + 1])
        if len(rows) > MAX_SELECTED:
            messages.error(request, f"Select at most {MAX_SELECTED} orders.")
            return None
        if "confirmed" in request.POST and form.is_valid():
            self._run(request, rows, form, action)
            return HttpResponseRedirect(f"{list_url(self.model)}?{self._list_query(request)}")
        try:
            effects = _effects(rows, action) if is_complete else []
        except EntryGone as error:
            messages.error(request, str(error))
            return None
        selected = [SelectedRow(row, self.facts_of(row), action.refusal(row) if is_complete else "") for row in rows]
        count = sum(not each.refusal for each in selected)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{action.verb} {counted(count, 'order', 'orders')}",
            "opts": self.opts,
            "form": form,
            "selected": selected,
            "effects": effects,
            "can_run": is_complete and count > 0,
            "action": action,
            "back": self._list_query(request),
            "list_url": list_url(self.model),
            "post_url": f"{list_url(self.model)}?{urlencode(self.unfiltered)}",
        }
        return TemplateResponse(request, "admin/purchases/bulk_action.html", context)

    def _list_query(self, request: HttpRequest) -> str:
        """The filters, order and page of the list that the rows were selected in."""
        return str(request.POST.get("back", request.GET.urlencode()))

    def _run(self, request: HttpRequest, rows: list[Any], form: forms.Form, action: BulkAction) -> None:
        """Act on one row after the other, each in its own transaction, so that none is locked for long."""
        reason, page_id = form.cleaned_data["reason"], form.cleaned_data["request_id"]
        changed: list[Model] = []
        try:
            for row in rows:
                audit = audit_context(request, reason, _request_id(page_id, row))
                if (target := _performed(action, row, audit)) is not None:
                    changed.append(target)
        except RequestIdReused:
            messages.error(request, FORM_USED)
            return
        except EntryGone as error:
            before = f" {counted(len(changed), 'order was', 'orders were')} moved before." if changed else ""
            messages.error(request, f"{error}{before}")
            return
        self._report(request, action, changed, skipped=len(rows) - len(changed))

    def _report(self, request: HttpRequest, action: BulkAction, changed: list[Model], *, skipped: int) -> None:
        message = f"{action.done} {counted(len(changed), 'order', 'orders')}."
        if action.undo and changed:
            opts = action.undo.model._meta
            ids = [row.pk for row in changed]
            request.session[UNDO_KEY] = {"list": opts.label_lower, "action": action.undo.action, "ids": ids}
            url = reverse(f"admin:{opts.app_label}_{opts.model_name}_undo")
            messages.success(request, format_html('{} <a class="desk-link" href="{}">Undo</a>', message, url))
        else:
            messages.success(request, message)
        if skipped:
            messages.warning(request, f"Skipped {counted(skipped, 'order', 'orders')}: nothing to change.")


def reason_form(request: HttpRequest) -> ReasonForm:
    return ReasonForm(request.POST if "confirmed" in request.POST else None)


def _effects(rows: list[Any], action: BulkAction) -> list[Effect]:
    changes: dict[str, int] = {}
    for row in rows:
        try:
            for entry_id, points in action.changes(row).items():
                changes[entry_id] = changes.get(entry_id, 0) + points
        except tuple(action.refusals):
            continue
    return effects_of(changes)


def _performed(action: BulkAction, row: Any, audit: AuditContext) -> Model | None:
    try:
        return action.perform(row, audit)
    except tuple(action.refusals):
        return None


def _request_id(page_id: str, row: Any) -> str:
    """The request id for one row: the same whenever the page is sent, whatever else is selected then."""
    return f"act_{hashlib.sha256(f'{page_id} {row.pk}'.encode()).hexdigest()[:40]}"


def bulk(description: str) -> Callable[[Any], Any]:
    """The decorator of a bulk action's method, for the whole team."""
    return cast("Callable[[Any], Any]", admin.action(description=description, permissions=["act"]))
