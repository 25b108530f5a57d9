"""A contest's dashboard, and the warnings above its page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.decorators import action

from blitzrocket.accounts.admin.team_scoped import OWNER, TeamScopedAdmin, change_url
from contests.models import Contest, RuleSet
from contests.rule_text import sentence_of
from purchases.admin.contest_warnings import warnings_by_contest, warnings_for
from purchases.admin.onboarding import onboarding_step
from purchases.admin.open_items import open_item_links
from purchases.admin.panels import CHART_OPTIONS, DashboardPanels, range_of
from purchases.stats import figures_of
from purchases.support.open_items import open_items_in

MAX_RULE_SETS = 50  # read for the sentences of deleted rules


class DashboardMixin(TeamScopedAdmin):
    """Adds the dashboard to a contest's actions, and the warnings to its page."""

    actions_detail: list[Any] = ["dashboard"]
    change_form_outer_before_template = "admin/purchases/contest_warnings.html"

    @action(description="Dashboard", icon="monitoring", permissions=["view"], url_path="dashboard")
    def dashboard(self, request: HttpRequest, object_id: str) -> HttpResponse:
        contest: Contest = self.get_visible_or_404(request, object_id)
        panels = DashboardPanels(figures_of([contest.pk], range_of(request)), [contest.pk], only=contest.pk)
        is_owner = self.has_role(request, (OWNER,), contest)
        context = {
            **self.admin_site.each_context(request),
            "title": contest.title,
            "opts": self.opts,
            "original": contest,
            "contest": contest,
            "phase": contest.phase_at(timezone.now()),
            "status_line": contest.status_line(timezone.now()),
            "settings_url": change_url(contest),
            "panels": panels,
            "rules": panels.rules(_published_sentences(contest)),
            "chart_options": CHART_OPTIONS,
            "warnings": warnings_by_contest([contest])[contest.pk],
            "open_items": open_item_links(open_items_in(contest), contest.pk),
            "step": onboarding_step(request, [contest], is_owner=is_owner) if panels.is_empty else None,
        }
        return TemplateResponse(request, "admin/purchases/contest_dashboard.html", context)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        contest = kwargs.get("obj")
        if contest is not None:
            context["warnings"] = warnings_for(contest)
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response


def _published_sentences(contest: Contest) -> dict[str, str]:
    """The sentences of the contest's rules as last published, also of deleted ones."""
    zone = timezone.get_current_timezone()
    published = RuleSet.objects.filter(contest=contest).order_by("-number")[:MAX_RULE_SETS]
    return {rule.id: sentence_of(rule, zone) for rules in reversed(published) for rule in rules.terms.rules}
