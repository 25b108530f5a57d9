"""The history of a contest's rules: each rule set as it was published."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.decorators import action

from blitzrocket.accounts.admin.team_scoped import TeamScopedAdmin
from contests.models import Contest, RuleSet
from contests.rule_diff import differences
from contests.rule_text import sentence_of
from contests.scoring import Terms

PER_PAGE = 20


class RuleHistoryMixin(TeamScopedAdmin):
    @action(description="Rule history", icon="history", permissions=["view"])
    def rule_sets(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Who published what and when, what changed by it, and how many purchases it scored."""
        contest = self.get_visible_or_404(request, object_id)
        every = contest.rule_sets.select_related("published_by").order_by("-number")
        page = Paginator(every, PER_PAGE).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Rule history of {contest}",
            "opts": self.opts,
            "contest": contest,
            "page": page,
            "rows": _rows_of(contest, list(page), self.uses_of_rule_sets(contest)),
            "may_change": self.has_change_permission(request, contest),
        }
        return TemplateResponse(request, "admin/contests/rule_sets.html", context)

    def uses_of_rule_sets(self, contest: Contest) -> dict[str, int]:
        """By rule set, how many orders it gave points; a higher app knows them."""
        return {}


def rules_text(contest: Contest, terms: Terms) -> str:
    """The rules as sentences, with days in the contest's zone."""
    zone = contest.zone
    return "; ".join(sentence_of(rule, zone) for rule in terms.rules)


def _rows_of(contest: Contest, rule_sets: list[RuleSet], uses: dict[str, int]) -> list[dict[str, Any]]:
    wanted = {rule_set.number - 1 for rule_set in rule_sets} - {rule_set.number for rule_set in rule_sets}
    before = {known.number: known for known in [*rule_sets, *contest.rule_sets.filter(number__in=wanted)]}
    return [
        {
            "rule_set": rule_set,
            "uses": uses.get(rule_set.pk, 0),
            "is_live": rule_set.pk == contest.rule_set_id,
            "differences": list(differences(_terms_of(before.get(rule_set.number - 1)), rule_set.terms, contest.zone)),
        }
        for rule_set in rule_sets
    ]


def _terms_of(rule_set: RuleSet | None) -> Terms | None:
    return rule_set.terms if rule_set else None
