"""Admin of contests: the list, the settings, and the tabs to the other pages of a contest."""

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from unfold.decorators import display
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminTextareaWidget

from blitzrocket.accounts.admin.team_scoped import TeamScopedAdmin
from blitzrocket.accounts.models import User
from contests.admin.contest_pages import ContestFormMixin, Tab, tab_url, warn_if_not_running
from contests.admin.copying import CopyContestMixin
from contests.admin.entry_pages import EntryPagesMixin
from contests.admin.forms import SettingsForm
from contests.admin.history import HistoryMixin
from contests.admin.imports import EntryImportMixin
from contests.admin.rule_sets import rules_text
from contests.admin.rules_page import RulesAdmin
from contests.models import Contest, PointRule
from contests.services import publish_rules

PHASE_COLOURS = {
    Contest.Phase.RUNNING: "success",
    Contest.Phase.UPCOMING: "info",
    Contest.Phase.PAUSED: "warning",
    Contest.Phase.ENDED: "danger",
}


class ContestChangeList(ChangeList):
    """The list of contests, whose rows lead to the first tab."""

    def url_for_result(self, result: Contest) -> str:
        return tab_url(result, self.model_admin.tabs[0].page)


@admin.register(Contest)
class ContestAdmin(CopyContestMixin, EntryImportMixin, EntryPagesMixin, HistoryMixin, ContestFormMixin):
    tabs: ClassVar[list[Tab]] = [
        Tab("rules", "Rules"),
        Tab("change", "Settings"),
        Tab("entries", "Entries"),
        Tab("leaderboard", "Leaderboard"),
        Tab("history", "History"),
    ]
    page = "change"
    rules_admin: ClassVar[type[RulesAdmin]] = RulesAdmin
    list_display = ["title", "now", "rules_summary", "team", "starts_at", "ends_at"]
    list_select_related = ["team", "rule_set"]
    list_filter = ["status", "mode"]
    search_fields = ["title", "id"]
    search_help_text = "Title or ID"
    prepopulated_fields = {"slug": ["title"]}
    form = SettingsForm
    formfield_overrides = {
        **TeamScopedAdmin.formfield_overrides,
        models.TextField: {"widget": UnfoldAdminTextareaWidget(attrs={"rows": 3})},
    }
    actions_detail = ["copy", "imports"]

    def get_urls(self) -> list[Any]:
        return [*self.rules_admin(Contest, self.admin_site).get_urls(), *super().get_urls()]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ContestChangeList

    def get_fieldsets(self, request: HttpRequest, obj: Contest | None = None) -> Any:
        about = ["title", "description", "team_name" if obj else "team", "id", "slug", "mode", "status"]
        points = [("Points for purchases", {"fields": ["tracking_enabled", "attaches_automatically"]})]
        return [
            (None, {"fields": about}),
            ("Schedule", {"fields": ["starts_at", "ends_at", "is_evergreen", "time_zone"]}),
            *(points if obj else []),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Contest | None = None) -> list[str]:
        return ["id", "team_name"] if obj else []

    def get_prepopulated_fields(self, request: HttpRequest, obj: Contest | None = None) -> dict[str, Any]:
        return {} if obj else dict(self.prepopulated_fields)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Publish a new contest's first rule, a point per 1.00 of any currency."""
        super().save_related(request, form, formsets, change)
        if not change:
            contest = form.instance
            PointRule.objects.create(contest=contest)
            contest.rule_set = publish_rules(contest, by=cast("User", request.user))

    def response_add(self, request: HttpRequest, obj: Contest, post_url_continue: str | None = None) -> HttpResponse:
        rules = rules_text(obj, obj.current_rules().terms)
        messages.success(request, f"Contest created. Version 1 is live: {rules}.")
        warn_if_not_running(request, obj)
        return redirect(tab_url(obj, "rules"))

    @display(description="Status", label=PHASE_COLOURS)
    def now(self, contest: Contest) -> tuple[str, str]:
        moment = timezone.now()
        return contest.phase_at(moment), contest.status_line(moment)

    @admin.display(description="Live rules")
    def rules_summary(self, contest: Contest) -> str:
        return rules_text(contest, contest.current_rules().terms) or "None, so purchases earn nothing"
