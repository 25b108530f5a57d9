"""Admin of contests: the list, the settings, and the tabs to the other pages of a contest."""

from datetime import UTC, datetime
from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.db import models
from django.db.models.functions import Coalesce, Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextareaWidget

from blitzrocket.accounts.admin.team_scoped import TeamScopedAdmin, add_url
from blitzrocket.accounts.models import User
from blitzrocket.adminsite.lists.cells import RowLayout, badge, quiet
from blitzrocket.adminsite.lists.change_list import ListPage
from blitzrocket.adminsite.lists.empty import EmptyList
from blitzrocket.adminsite.lists.sorting import A_TO_Z, Sort
from blitzrocket.times import first_day_element, last_day_element
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

REFERRALS = "Given when someone signs up with a referral code while the contest is running, once per pair."
NO_END = datetime(9999, 1, 1, tzinfo=UTC)  # in the order by end


class ContestList(ListPage):
    """The list of contests, whose rows lead to the first tab."""

    def url_for_result(self, result: Any) -> str:
        return str(tab_url(result, self.model_admin.tabs[0].page))


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
    list_display = ["title", "now", "rules_summary", "team", "starts", "ends"]
    list_select_related = ["team", "rule_set"]
    list_filter = ["status", "mode"]
    row_layout = RowLayout(value="now", details=("rules_summary",), wide=("rules_summary", "team"))
    sorts = (
        Sort("created_at", ("created_at", "id")),
        Sort("title", ("lower_title", "id"), A_TO_Z, {"lower_title": Lower("title")}, starts_descending=False),
        Sort(
            "starts",
            ("start", "id"),
            ("Starts first", "Starts last"),
            {"start": Coalesce("starts_at", "created_at")},
        ),
        Sort(
            "ends",
            ("end", "id"),
            ("Ends first", "Ends last"),
            {"end": Coalesce("ends_at", NO_END)},
            starts_descending=False,
        ),
    )
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

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ListPage]:
        return ContestList

    def get_fieldsets(self, request: HttpRequest, obj: Contest | None = None) -> Any:
        is_form = obj is None or self.has_change_permission(request, obj)
        dates = ["starts_at", "ends_at"] if is_form else ["starts", "ends"]
        points = [
            ("Points for purchases", {"fields": ["tracking_enabled", "attaches_automatically"]}),
            ("Points for referrals", {"fields": [("advocate_points", "friend_points")], "description": REFERRALS}),
        ]
        return [
            (None, {"fields": ["title", "description", "mode", "status"]}),
            ("Schedule", {"fields": [*dates, "is_evergreen", "time_zone"]}),
            *(points if obj else []),
            ("Team and addresses", {"fields": ["team_name" if obj else "team", "id", "slug"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Contest | None = None) -> list[str]:
        return ["id", "team_name", "starts", "ends"] if obj else []

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

    def response_change(self, request: HttpRequest, obj: Contest) -> HttpResponse:
        for rule in obj.rules.all():
            if reason := rule.why_never_in(obj):
                messages.warning(request, f"“{rule}”: {reason}")
        return super().response_change(request, obj)

    def empty_list(self, request: HttpRequest) -> EmptyList:
        if not self.has_add_permission(request):
            return EmptyList("No contests yet", "Ask an owner of your team to create one.")
        return EmptyList("No contests yet", "Purchases earn points in a contest.", ("Add a contest", add_url(Contest)))

    @admin.display(description="Status")
    def now(self, contest: Contest) -> str:
        """The contest's phase, marked where it is not the usual course of things."""
        moment = timezone.now()
        text = contest.status_line(moment)
        marked = {Contest.Phase.PAUSED: badge("warning", text), Contest.Phase.ENDED: quiet(text)}
        return marked.get(contest.phase_at(moment), text)

    @admin.display(description="starts")
    def starts(self, contest: Contest) -> SafeString | str:
        return first_day_element(contest.starts_at, contest.zone) if contest.starts_at else "–"

    @admin.display(description="ends")
    def ends(self, contest: Contest) -> SafeString | str:
        return last_day_element(contest.ends_at, contest.zone) if contest.ends_at else "–"

    @admin.display(description="Live rules")
    def rules_summary(self, contest: Contest) -> str:
        return rules_text(contest, contest.current_rules().terms) or "None, so purchases earn nothing"
