"""The admin's first page: the figures of all contests of the user, and the open items."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from blitzrocket.accounts.admin.team_scoped import ALL_ROLES, OWNER, has_role
from blitzrocket.postgres.replica import may_read_replica
from blitzrocket.text import plural
from contests.admin.contest_pages import tab_url
from contests.models import Contest
from purchases.admin.contest_warnings import warnings_by_contest
from purchases.admin.onboarding import first_contest, onboarding_step
from purchases.admin.open_items import open_item_links
from purchases.admin.panels import CHART_OPTIONS, DashboardPanels, Figure, number, range_of
from purchases.admin.scope import search_scope
from purchases.stats import Figures, figures_of
from purchases.support.open_items import open_items_for
from purchases.support.search import SearchScope

MAX_CONTESTS = 25


@may_read_replica
def front_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add to the template context what the first page shows."""
    if not has_role(request, *ALL_ROLES):
        return context
    scope, is_owner = search_scope(request), has_role(request, OWNER)
    context["title"] = "Dashboard"
    if not scope.contest_ids:
        return context | {"step": first_contest(is_owner=is_owner)}
    figures = figures_of(scope.contest_ids, range_of(request))
    contests = _listed_contests(scope, figures)
    warnings = warnings_by_contest(contests)
    ids = [contest.pk for contest in contests]
    panels = DashboardPanels(figures, ids)
    return context | {
        "panels": panels,
        "rules": panels.rules({}),
        "chart_options": CHART_OPTIONS,
        "contests": [_line(contest, figures, warnings[contest.pk]) for contest in contests],
        "more_contests": len(scope.contest_ids) > len(contests),
        "open_items": open_item_links(open_items_for(scope)),
        "step": onboarding_step(request, contests, is_owner=is_owner) if panels.is_empty else None,
    }


def _listed_contests(scope: SearchScope, figures: Figures) -> list[Contest]:
    """The contests with the most purchases in these days, then the newest; at most `MAX_CONTESTS`."""
    busy = sorted(scope.contest_ids, key=lambda pk: -figures.of_contest(Figure.PURCHASES, pk).count)[:MAX_CONTESTS]
    busy = [pk for pk in busy if figures.of_contest(Figure.PURCHASES, pk).count]
    contests = scope.contests.select_related("rule_set", "team")
    contests_by_id = {contest.pk: contest for contest in contests.filter(pk__in=busy)}
    others = contests.exclude(pk__in=busy).order_by("-created_at")[: MAX_CONTESTS - len(busy)]
    return [*(contests_by_id[pk] for pk in busy), *others]


def _line(contest: Contest, figures: Figures, warnings: list[Any]) -> dict[str, Any]:
    purchases, entries = (figures.of_contest(figure, contest.pk) for figure in (Figure.PURCHASES, Figure.ENTRIES))
    now = timezone.now()
    return {
        "title": contest.title,
        "team": contest.team.name,
        "url": tab_url(contest, "overview"),
        "phase": contest.phase_at(now),
        "status_line": contest.status_line(now),
        "figures": [
            (number(purchases.count), plural(purchases.count, "purchase", "purchases")),
            (number(purchases.amount), plural(int(purchases.amount), "point", "points")),
            (number(entries.count), plural(entries.count, "new entry", "new entries")),
        ],
        "warnings": warnings,
    }
