"""The dialog that duplicates a contest."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from blitzrocket.accounts.admin.team_scoped import TeamScopedAdmin
from blitzrocket.adminsite.action_forms import ActionForm, action_dialog
from blitzrocket.audit.context import AuditContext
from blitzrocket.htmx import go_to
from blitzrocket.text import plural
from contests.admin.contest_pages import tab_url
from contests.models import Contest
from contests.services import copy_contest

MAX_TITLE_LENGTH = 200


class CopyForm(ActionForm):
    model = Contest
    reason = None  # type: ignore[assignment]  # Django leaves the field out; the copy changes nothing that is there
    title = forms.CharField(
        label="New title",
        max_length=MAX_TITLE_LENGTH,
        widget=UnfoldAdminTextInputWidget,
        help_text="The slug is created from it.",
    )
    keeps_dates = forms.BooleanField(
        label="Keep start and end",
        required=False,
        widget=UnfoldBooleanWidget,
        help_text="If off, the new contest has no dates.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].initial = (f"{self.object} (copy)")[:MAX_TITLE_LENGTH]

    def get_before_template_context(self, request: HttpRequest, object_id: Any = None) -> dict[str, Any]:
        """A note about rules with dates, which are copied unchanged and easily forgotten."""
        problem = " ".join(map(str, self.non_field_errors())) if self.is_bound else ""
        dated = self.object.rules.filter(Q(valid_from__isnull=False) | Q(valid_until__isnull=False)).count()
        message = plural(
            dated,
            "%(count)d rule has dates. Check it before you activate the new contest.",
            "%(count)d rules have dates. Check them before you activate the new contest.",
        )
        return {"problem": problem, "note": message % {"count": dated} if dated else ""}

    def perform(self, values: dict[str, Any], audit: AuditContext) -> Contest:
        return copy_contest(self.object, values["title"], keeps_dates=values["keeps_dates"], audit=audit)


class CopyContestMixin(TeamScopedAdmin):
    @action_dialog(
        CopyForm,
        label="Duplicate contest",
        icon="content_copy",
        permissions=["copy"],
        title="Duplicate contest",
        description=(
            "Creates a draft with the same purchase settings and rules. Entries, purchases and points are left out."
        ),
        submit="Duplicate contest",
    )
    def copy(self, request: HttpRequest, form: CopyForm, object_id: str) -> HttpResponse:
        if not form.is_repeated:
            messages.success(request, "Contest duplicated as a draft. Check its dates and rules, then activate it.")
        return go_to(tab_url(form.outcome, "change"))

    def has_copy_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, self.editors, obj)
