"""What views of and below a contest share: whatever is another team's is answered like what does not exist."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.response import Response

from blitzrocket.api.exceptions import ContestNotFoundError, EntryNotFoundError
from blitzrocket.api.views import ApiViewSet
from blitzrocket.audit.context import AuditContext
from contests.models import Contest, Entry
from contests.models.contest import ContestQuerySet
from contests.services import EntryGone

NO_ENTRY = "No entry exists with the given ID"


class TeamViewSet(ApiViewSet):
    """Reads and acts for the team of the key."""

    lookup_value_regex = "[^/]+"

    @property
    def context(self) -> dict[str, Any]:
        """What serializers need to know of the caller."""
        return {"is_public": not self.caller.is_private}

    @property
    def contests(self) -> ContestQuerySet:
        """The contests that the key sees, with their rules; a public key sees no drafts."""
        found = Contest.objects.for_recording(self.caller.team_id)
        return found if self.caller.is_private else found.exclude(status=Contest.Status.DRAFT)

    def contest_with_id(self, contest_id: str) -> Contest:
        """The contest with that id, with its rules in force.

        Raises:
            ContestNotFoundError: the key sees no such contest.
        """
        found = self.contests.filter(pk=contest_id).first() if "\0" not in contest_id else None
        if found is None:
            raise ContestNotFoundError
        return found

    @property
    def entries(self) -> QuerySet[Entry]:
        """The entries that the key sees."""
        return Entry.objects.filter(contest__in=self.contests.order_by()).select_related("contest")

    def get_entry(self, entry_id: str) -> Entry:
        """The entry that the address names.

        Raises:
            EntryNotFoundError: the key sees no such entry.
        """
        found = self.entries.filter(pk=entry_id).first() if "\0" not in entry_id else None
        if found is None:
            raise EntryNotFoundError(NO_ENTRY)
        return found

    def handle_exception(self, exc: Exception) -> Response:
        """An entry that the undo of an import removed since it was looked up is answered as one that never was."""
        return super().handle_exception(EntryNotFoundError(NO_ENTRY) if isinstance(exc, EntryGone) else exc)

    def audit(self, reason: str = "") -> AuditContext:
        """What the caller does now, for the audit."""
        return AuditContext(reason=reason, api_key=self.caller)


class ContestViewSet(TeamViewSet):
    """A viewset below ``contests/:contestId``."""

    def get_contest(self) -> Contest:
        """The contest that the address names, with its rules in force.

        Raises:
            ContestNotFoundError: the key sees no such contest.
        """
        return self.contest_with_id(self.kwargs["contest_id"])


def find_contest(team_id: str, contest_id: str) -> Contest | None:
    """The team's contest with that id; a NUL, which PostgreSQL does not take, is in no id."""
    if "\0" in contest_id:
        return None
    return Contest.objects.for_recording(team_id).filter(pk=contest_id).first()
