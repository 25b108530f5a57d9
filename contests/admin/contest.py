"""Admin of contests: settings, schedule, point rules."""

from datetime import datetime
from typing import Any, cast

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from blitzrocket.accounts.admin.team_scoped import TeamScopedAdmin
from blitzrocket.accounts.models import User
from contests.admin.copying import CopyContestMixin
from contests.admin.forms import ContestForm
from contests.admin.imports import EntryImportMixin
from contests.admin.rule_preview import RulePreviewMixin
from contests.admin.rule_sets import RuleHistoryMixin, rules_text
from contests.admin.rules import PointRuleInline
from contests.models import Contest, PointRule
from contests.services import publish_rules

PHASE_COLOURS = {
    Contest.Phase.RUNNING: "success",
    Contest.Phase.UPCOMING: "info",
    Contest.Phase.PAUSED: "warning",
    Contest.Phase.ENDED: "danger",
}


class ContestChanged(Exception):
    """The contest was saved by someone else after the form was validated."""


@admin.register(Contest)
class ContestAdmin(CopyContestMixin, EntryImportMixin, RulePreviewMixin, RuleHistoryMixin):
    list_display = ["title", "now", "rules_summary", "team", "starts_at", "ends_at"]
    list_select_related = ["team", "rule_set"]
    list_filter = ["status", "mode"]
    search_fields = ["title", "id"]
    search_help_text = "Title or ID"
    prepopulated_fields = {"slug": ["title"]}
    inlines = [PointRuleInline]
    form = ContestForm
    change_form_before_template = "admin/contests/hidden_fields.html"
    formfield_overrides = {
        **TeamScopedAdmin.formfield_overrides,
        models.TextField: {"widget": UnfoldAdminTextareaWidget(attrs={"rows": 3})},
    }
    readonly_fields = ["status_line", "rules_summary"]
    actions_detail = ["rule_sets", {"title": "More", "icon": "more_horiz", "items": ["copy", "imports"]}]

    def audit_owner(self, obj: Contest) -> dict[str, Any]:
        return {"contest": obj}

    def get_fieldsets(self, request: HttpRequest, obj: Contest | None = None) -> Any:
        about = ["title", "description", "team_name" if obj else "team", "id", "slug", "mode", "status"]
        points = ["tracking_enabled", "attaches_automatically", "rounding", "cap_per_purchase", "cap_per_entry"]
        return [
            (None, {"fields": ["status_line", *about] if obj else about}),
            ("Schedule", {"fields": ["starts_at", "ends_at", "is_evergreen", "time_zone"]}),
            ("Points for purchases", {"fields": ["rules_summary", *points] if obj else points}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Contest | None = None) -> list[str]:
        return [*self.readonly_fields, "id", "team_name"] if obj else list(self.readonly_fields)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Contest | None = None) -> dict[str, Any]:
        return {} if obj else dict(self.prepopulated_fields)

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **options)
        except ContestChanged:
            # Validating again reports it.
            return super().changeform_view(request, *args, **options)

    def save_model(self, request: HttpRequest, obj: Contest, form: ContestForm, change: bool) -> None:
        if change:
            # Race: two people save at once, or one clicks twice. The second waits here, and sees what the first saved.
            Contest.objects.select_for_update(no_key=True).get(pk=obj.pk)
            if form.is_outdated():
                raise ContestChanged
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Publish the saved rules; a new contest without rules gets the default one, a point per 1.00."""
        super().save_related(request, form, formsets, change)
        contest = form.instance
        if not change and not contest.rules.exists():
            PointRule.objects.create(contest=contest)
        before = contest.rule_set_id
        published = publish_rules(contest, by=cast("User", request.user))
        if published.pk != before:
            rules = rules_text(published.terms) or "no rules, so purchases earn nothing"
            messages.info(request, f"Version {published.number} is live: {rules}.")
        now = timezone.now()
        if contest.phase_at(now) != Contest.Phase.RUNNING:
            messages.warning(request, f"No points right now: the contest {_clause_of(contest, now)}.")

    @display(description="Status", label=PHASE_COLOURS)
    def now(self, contest: Contest) -> tuple[str, str]:
        moment = timezone.now()
        return contest.phase_at(moment), contest.status_line(moment)

    @admin.display(description="Current status")
    def status_line(self, contest: Contest) -> str:
        return contest.status_line(timezone.now())

    @admin.display(description="Live rules")
    def rules_summary(self, contest: Contest) -> str:
        return rules_text(contest.current_rules().terms) or "None, so purchases earn nothing"


def _clause_of(contest: Contest, now: datetime) -> str:
    """“is paused”, “starts in 3 days”, “ended yesterday”."""
    status = contest.status_line(now)
    clauses = {Contest.Phase.DRAFT: "is a draft", Contest.Phase.PAUSED: "is paused"}
    return clauses.get(contest.phase_at(now), status[:1].lower() + status[1:])
