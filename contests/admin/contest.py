"""A contest with its purchase settings and point rules."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from contests.admin.copying import Copies
from contests.admin.dashboard import Dashboard
from contests.admin.exports import EXPORT_ACTIONS, Exports
from contests.admin.imports import Imports
from contests.admin.recalculation import Recalculates
from contests.admin.rule_sets import RuleHistory, in_words
from contests.admin.rules import PointRuleInline
from contests.admin.scope import TeamAdmin
from contests.admin.stale import ContestForm
from contests.admin.trial import TriesRules
from contests.models import Contest, PointRule, User
from contests.services import publish_rules
from purchases.services import release_all_held_purchases

RELEASE_SECONDS = 2.0  # while the page waits; the background process does the rest

PHASE_COLOURS = {
    Contest.Phase.RUNNING: "success",
    Contest.Phase.UPCOMING: "info",
    Contest.Phase.PAUSED: "warning",
    Contest.Phase.ENDED: "danger",
}


@admin.register(Contest)
class ContestPage(Dashboard, Copies, Exports, Imports, TriesRules, RuleHistory, Recalculates):
    list_display = ["title", "now", "rules_in_words", "team", "starts_at", "ends_at"]
    list_select_related = ["team", "rule_set"]
    list_filter = ["status", "mode"]
    search_fields = ["title", "id"]
    search_help_text = _("Title or id")
    prepopulated_fields = {"slug": ["title"]}
    inlines = [PointRuleInline]
    form = ContestForm
    change_form_before_template = "admin/contests/opened.html"
    formfield_overrides = {
        **TeamAdmin.formfield_overrides,
        models.TextField: {"widget": UnfoldAdminTextareaWidget(attrs={"rows": 3})},
    }
    readonly_fields = ["status_line", "rules_in_words"]
    actions_detail = [
        "dashboard",
        "rule_sets",
        "recalculate",
        {"title": _("More"), "icon": "more_horiz", "items": ["copy", "imports", *EXPORT_ACTIONS]},
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Contest | None = None) -> Any:
        about = ["title", "description", "team_name" if obj else "team", "id", "slug", "mode", "status"]
        points = ["tracking_enabled", "attaches_automatically", "rounding", "cap_per_purchase", "cap_per_entry"]
        return [
            (None, {"fields": ["status_line", *about] if obj else about}),
            (_("When it runs"), {"fields": ["starts_at", "ends_at", "is_evergreen"]}),
            (_("Points for purchases"), {"fields": ["rules_in_words", *points] if obj else points}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Contest | None = None) -> list[str]:
        return [*self.readonly_fields, "id", "team_name"] if obj else list(self.readonly_fields)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Contest | None = None) -> dict[str, Any]:
        return {} if obj else dict(self.prepopulated_fields)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """What was saved is what judges from now on; a new contest starts with one point per 1.00."""
        super().save_related(request, form, formsets, change)
        contest = form.instance
        if contest.attaches_automatically and "attaches_automatically" in form.changed_data:
            transaction.on_commit(lambda: release_all_held_purchases(contest, seconds=RELEASE_SECONDS))
        if not change and not contest.rules.exists():
            PointRule.objects.create(contest=contest)
        before = contest.rule_set_id
        published = publish_rules(contest, by=cast("User", request.user))
        if published.pk != before:
            said = _("%(rules)s are in force: %(words)s.")
            words = in_words(published.terms) or _("no rules, purchases earn nothing")
            messages.info(request, said % {"rules": published, "words": words})
        if contest.phase_at(timezone.now()) != Contest.Phase.RUNNING:
            said = _("Purchases earn nothing now. The contest: %(status)s.")
            messages.warning(request, said % {"status": contest.status_line(timezone.now())})

    @display(description=_("Now"), label=PHASE_COLOURS)
    def now(self, contest: Contest) -> tuple[str, str]:
        moment = timezone.now()
        return contest.phase_at(moment), contest.status_line(moment)

    @admin.display(description=_("Now"))
    def status_line(self, contest: Contest) -> str:
        return contest.status_line(timezone.now())

    @admin.display(description=_("Rules in force"))
    def rules_in_words(self, contest: Contest) -> str:
        return in_words(contest.rules_in_force.terms) or str(_("None: purchases earn nothing"))
