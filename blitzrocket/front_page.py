"""The admin's first page: the figures of all contests that somebody may see, and what waits for a person."""

from typing import Any

from django.contrib.admin.utils import quote
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from contests.admin.board import CHART_OPTIONS, Board, Figure, number, range_of
from contests.admin.needs import needs_of
from contests.admin.notices import notices_of_all
from contests.admin.scope import EVERYBODY, OWNER, may, scope_of
from contests.admin.steps import first_contest, next_step
from contests.models import Contest
from purchases.desk.attention import waiting_for_somebody
from purchases.desk.search import Scope
from purchases.reports import Figures, figures_of

MOST_CONTESTS = 25


def front_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the first page shows besides its menu."""
    if not may(request, *EVERYBODY):
        return context
    scope, is_owner = scope_of(request), may(request, OWNER)
    context["title"] = _("Dashboard")
    if not scope.contest_ids:
        return context | {"step": first_contest(is_owner=is_owner)}
    figures = figures_of(scope.contest_ids, range_of(request))
    contests = _shown(scope, figures)
    ids = [contest.pk for contest in contests]
    board = Board(figures, ids)
    return context | {
        "board": board,
        "rules": board.rules({}),
        "chart_options": CHART_OPTIONS,
        "contests": [_line(contest, figures, notices) for contest, notices in _with_notices(contests)],
        "more_contests": len(scope.contest_ids) > len(contests),
        "waiting": needs_of(waiting_for_somebody(scope)),
        "step": next_step(request, contests, is_owner=is_owner) if board.is_empty else None,
    }


def _shown(scope: Scope, figures: Figures) -> list[Contest]:
    """The contests with the most purchases in these days, and then the newest; not more than fit on a page."""
    busy = sorted(scope.contest_ids, key=lambda pk: -figures.of_contest(Figure.PURCHASES, pk).count)[:MOST_CONTESTS]
    busy = [pk for pk in busy if figures.of_contest(Figure.PURCHASES, pk).count]
    contests = scope.contests.select_related("rule_set", "team")
    found = {contest.pk: contest for contest in contests.filter(pk__in=busy)}
    others = contests.exclude(pk__in=busy).order_by("-created_at")[: MOST_CONTESTS - len(busy)]
    return [*(found[pk] for pk in busy), *others]


def _with_notices(contests: list[Contest]) -> list[tuple[Contest, list[Any]]]:
    notices = notices_of_all(contests)
    return [(contest, notices[contest.pk]) for contest in contests]


def _line(contest: Contest, figures: Figures, notices: list[Any]) -> dict[str, Any]:
    bought, entered = (figures.of_contest(figure, contest.pk) for figure in (Figure.PURCHASES, Figure.ENTRIES))
    now = timezone.now()
    return {
        "title": contest.title,
        "team": contest.team.name,
        "url": reverse("admin:contests_contest_dashboard", args=[quote(contest.pk)]),
        "phase": contest.phase_at(now),
        "status_line": contest.status_line(now),
        "figures": [
            (number(bought.count), ngettext("purchase", "purchases", bought.count)),
            (number(bought.amount), ngettext("point", "points", int(bought.amount))),
            (number(entered.count), ngettext("new entry", "new entries", entered.count)),
        ],
        "notices": notices,
    }
