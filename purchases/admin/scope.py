"""What the user of the admin may search through."""

from django.http import HttpRequest

from blitzrocket.accounts.admin.team_scoped import EVERYBODY, teams_of
from contests.admin.scope import contests_of
from purchases.support.search import SearchScope


def search_scope(request: HttpRequest) -> SearchScope:
    """The user's contests and teams."""
    return SearchScope(contests=contests_of(request, *EVERYBODY), teams=teams_of(request, *EVERYBODY))
