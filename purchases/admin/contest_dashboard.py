"""A contest's dashboard, and what there is to know on top of its page; read by its whole team."""

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

MOST_RULE_SETS = 50  # looked through for the words of rules that are no more


class DashboardMixin(TeamScopedAdmin):
    """Adds the dashboard to a contest's page, as one of its actions, and gives the page its ``notices``."""

    actions_detail: list[Any] = ["dashboard"]
    change_form_outer_before_template = "admin/purchases/contest_warnings.html"

    @action(description="Dashboard", icon="monitoring", permissions=["view"], url_path="dashboard")
    def dashboard(self, request: HttpRequest, object_id: str) -> HttpResponse:
        contest: Contest = self.get_visible_or_404(request, object_id)
        board = DashboardPanels(figures_of([contest.pk], range_of(request)), [contest.pk], only=contest.pk)
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
            "board": board,
            "rules": board.rules(_words_of_old_rules(contest)),
            "chart_options": CHART_OPTIONS,
            "notices": warnings_by_contest([contest])[contest.pk],
            "waiting": open_item_links(open_items_in(contest), contest.pk),
            "step": onboarding_step(request, [contest], is_owner=is_owner) if board.is_empty else None,
        }
        return TemplateResponse(request, "admin/purchases/contest_dashboard.html", context)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        contest = kwargs.get("obj")
        if contest is not None:
            context["notices"] = warnings_for(contest)
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer


def _words_of_old_rules(contest: Contest) -> dict[str, str]:
    """The sentences of the contest's rules as they were last published, also of those that are no more."""
    zone = timezone.get_current_timezone()
    published = RuleSet.objects.filter(contest=contest).order_by("-number")[:MOST_RULE_SETS]
    return {rule.id: sentence_of(rule, zone) for rules in reversed(published) for rule in rules.terms.rules}
