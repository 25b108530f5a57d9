"""A contest's dashboard, and what there is to know on top of its page; read by its whole team."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from contests.admin.board import CHART_OPTIONS, Board, range_of
from contests.admin.needs import needs_of
from contests.admin.notices import notices_of, notices_of_all
from contests.admin.scope import OWNER, TeamAdmin, change_url
from contests.admin.steps import next_step
from contests.models import Contest, RuleSet
from contests.wording import sentence_of
from purchases.desk.attention import waiting_in
from purchases.reports import figures_of

MOST_RULE_SETS = 50  # looked through for the words of rules that are no more


class Dashboard(TeamAdmin):
    """Adds the dashboard to a contest's page, as one of its actions, and gives the page its ``notices``."""

    actions_detail: list[Any] = ["dashboard"]
    change_form_outer_before_template = "admin/contests/notices.html"

    @action(description=_("Dashboard"), icon="monitoring", permissions=["view"], url_path="dashboard")
    def dashboard(self, request: HttpRequest, object_id: str) -> HttpResponse:
        contest: Contest = self.get_own(request, object_id)
        board = Board(figures_of([contest.pk], range_of(request)), [contest.pk], only=contest.pk)
        is_owner = self.may(request, (OWNER,), contest)
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
            "notices": notices_of_all([contest])[contest.pk],
            "waiting": needs_of(waiting_in(contest), contest.pk),
            "step": next_step(request, [contest], is_owner=is_owner) if board.is_empty else None,
        }
        return TemplateResponse(request, "admin/contests/dashboard.html", context)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        contest = kwargs.get("obj")
        if contest is not None:
            context["notices"] = notices_of(contest)
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer


def _words_of_old_rules(contest: Contest) -> dict[str, str]:
    """The sentences of the contest's rules as they were last published, also of those that are no more."""
    zone = timezone.get_current_timezone()
    published = RuleSet.objects.filter(contest=contest).order_by("-number")[:MOST_RULE_SETS]
    return {rule.id: sentence_of(rule, zone) for rules in reversed(published) for rule in rules.terms.rules}
