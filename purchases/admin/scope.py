"""The search scope of an admin user."""

from django.http import HttpRequest

from blitzrocket.accounts.admin.team_scoped import ALL_ROLES, OWNER, teams_of
from contests.admin.scope import contests_of
from purchases.support.search import SearchScope


def search_scope(request: HttpRequest) -> SearchScope:
    return SearchScope(
        contests=contests_of(request, *ALL_ROLES),
        teams=teams_of(request, *ALL_ROLES),
        owned_teams=teams_of(request, OWNER),
    )
