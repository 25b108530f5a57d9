"""Base viewsets for a team's contests; objects of other teams are answered like missing ones."""

from typing import cast

from django.utils.functional import cached_property
from rest_framework.response import Response

from apikeys.models import ApiKey
from blitzrocket.api.viewsets import ApiViewSet, get_or_raise
from blitzrocket.audit.context import AuditContext
from contests.api.exceptions import ContestNotFoundError, EntryNotFoundError
from contests.models import Contest
from contests.models.contest import ContestQuerySet
from contests.services import EntryGone

NO_ENTRY = "No entry exists with the given ID"


class TeamViewSet(ApiViewSet):
    """A viewset over the objects of the key's team."""

    @property
    def api_key(self) -> ApiKey:
        return cast("ApiKey", self.request.auth)

    def get_contests(self) -> ContestQuerySet:
        """The contests that the key may see, with their live rules; a public key sees no drafts."""
        contests = Contest.objects.for_recording(self.api_key.team_id)
        return contests if self.api_key.is_private else contests.exclude(status=Contest.Status.DRAFT)

    def get_contest(self, contest_id: str) -> Contest:
        """The contest with that id, with its live rules.

        Raises:
            ContestNotFoundError: the key sees no such contest.
        """
        return get_or_raise(self.get_contests(), contest_id, ContestNotFoundError)

    def handle_exception(self, exc: Exception) -> Response:
        """Answer `EntryGone` like a missing entry: the undo of an import has removed it since it was loaded."""
        return super().handle_exception(EntryNotFoundError(NO_ENTRY) if isinstance(exc, EntryGone) else exc)

    def get_audit(self, reason: str = "") -> AuditContext:
        """The audit context of the key."""
        return AuditContext(reason=reason, api_key=self.api_key)


class ContestScopedViewSet(TeamViewSet):
    """A viewset below ``contests/:contestId``."""

    @cached_property
    def contest(self) -> Contest:
        """The contest in the URL, with its live rules.

        Raises:
            ContestNotFoundError: the key sees no such contest.
        """
        return self.get_contest(self.kwargs["contest_id"])


def find_contest(team_id: str, contest_id: str) -> Contest | None:
    """The team's contest with that id. An id with a NUL is not looked up: PostgreSQL refuses the parameter."""
    if "\0" in contest_id:
        return None
    return Contest.objects.for_recording(team_id).filter(pk=contest_id).first()
