"""The search for what a team has few of: contests, members and API keys."""

from dataclasses import dataclass, field

from django.db.models import Model, Q

from apikeys.models import ApiKey
from blitzrocket.accounts.models import Membership
from blitzrocket.emails import words_of
from blitzrocket.text import readings
from contests.models import Contest
from purchases.support.search import SearchScope

MAX_RESULTS = 20  # of each kind


@dataclass(frozen=True, slots=True)
class TeamResults:
    """Contests, and for owners the members and keys of their teams."""

    contests: list[Contest] = field(default_factory=list)
    members: list[Membership] = field(default_factory=list)
    keys: list[ApiKey] = field(default_factory=list)

    @property
    def all(self) -> list[Model]:
        return [*self.contests, *self.members, *self.keys]


def search_teams(text: str, scope: SearchScope, limit: int = MAX_RESULTS) -> TeamResults:
    """Find contests by words of their title, the start of their slug or their id; members by name or email; keys."""
    term = next(iter(readings(text)), "")
    if not term:
        return TeamResults()
    contest_ids = [pk for pk, title, slug in scope.contest_names if _is_about(term, pk, title, slug)][:limit]
    contests = scope.contests.filter(pk__in=contest_ids).order_by("-created_at") if contest_ids else ()
    if not scope.owned_team_ids:
        return TeamResults(list(contests))
    return TeamResults(list(contests), _members(term, scope, limit), _keys(term, scope, limit))


def _is_about(term: str, pk: str, title: str, slug: str) -> bool:
    """Matched here and not in the database, whose lower() depends on its locale."""
    if term == pk or slug.startswith(term.casefold()):
        return True
    words, title_words = words_of(term), words_of(title)
    return bool(words) and all(any(each.startswith(word) for each in title_words) for word in words)


def _members(term: str, scope: SearchScope, limit: int) -> list[Membership]:
    names = ("username", "email", "first_name", "last_name")
    condition = Q(pk=term.lower())
    for name in names:
        condition |= Q(**{f"user__{name}__icontains": term})
    members = Membership.objects.filter(condition, team__in=scope.owned_team_ids)
    return list(members.select_related("user", "team").order_by("user__username", "pk")[:limit])


def _keys(term: str, scope: SearchScope, limit: int) -> list[ApiKey]:
    keys = ApiKey.objects.matching(term).filter(team__in=scope.owned_team_ids)
    return list(keys.select_related("team").order_by("name", "pk")[:limit])
