"""A contest's overview: its figures and what needs attention."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path

from blitzrocket.accounts.admin.team_scoped import OWNER
from blitzrocket.postgres.replica import may_read_replica
from contests.admin.contest_pages import ContestPagesMixin
from contests.models import Contest, RuleSet
from contests.rule_text import sentence_of
from purchases.admin.contest_warnings import ContestWarning, warnings_about, warnings_for
from purchases.admin.onboarding import onboarding_step
from purchases.admin.open_items import open_item_links
from purchases.admin.panels import CHART_OPTIONS, DashboardPanels, range_of
from purchases.services.recent_orders import held_currencies
from purchases.stats import figures_of
from purchases.support.open_items import open_items_in

MAX_RULE_SETS = 50  # read for the sentences of deleted rules


class OverviewMixin(ContestPagesMixin):
    """A contest's first tab, and the warnings above its other pages."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.overview)
        return [path("<str:object_id>/overview/", view, name="contests_contest_overview"), *super().get_urls()]

    @may_read_replica
    def overview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The contest's figures and what needs attention; before the first order, the next step to it."""
        contest: Contest = self.get_visible_or_404(request, object_id)
        panels = DashboardPanels(figures_of([contest.pk], range_of(request)), [contest.pk], only=contest.pk)
        is_owner = self.has_role(request, (OWNER,), contest)
        context = {
            "panels": panels,
            "rules": panels.rules(_published_sentences(contest)),
            "chart_options": CHART_OPTIONS,
            "open_items": open_item_links(open_items_in(contest), contest.pk),
            "step": onboarding_step(request, [contest], is_owner=is_owner) if panels.is_empty else None,
        }
        return self.contest_page(request, contest, "overview", "admin/purchases/overview.html", context)

    def warnings_on(self, contest: Contest, page: str) -> list[ContestWarning]:
        """All warnings on the overview; on another page, those about it. Rules are also for the orders on hold."""
        if page == "overview":
            return warnings_for(contest)
        return warnings_about(contest, page, held_currencies(contest.pk) if page == "rules" else ())


def _published_sentences(contest: Contest) -> dict[str, str]:
    """The sentences of the contest's rules as last published, also of deleted ones."""
    published = RuleSet.objects.filter(contest=contest).order_by("-number")[:MAX_RULE_SETS]
    return {rule.id: sentence_of(rule, contest.zone) for rules in reversed(published) for rule in rules.terms.rules}
