"""What views below a contest share."""

from blitzrocket.api.errors import ContestNotFound
from blitzrocket.api.views import ApiViewSet
from contests.models import Contest


class ContestViewSet(ApiViewSet):
    """A viewset below ``contests/:contestId``: a contest of another team is answered like one that does not exist."""

    def get_contest(self) -> Contest:
        """The contest that the address names, with its rules in force.

        Raises:
            ContestNotFound: the caller's team has no such contest.
        """
        contest = find_contest(self.caller.team_id, self.kwargs["contest_id"])
        if contest is None:
            raise ContestNotFound
        return contest


def find_contest(team_id: str, contest_id: str) -> Contest | None:
    """The team's contest with that id; a NUL, which PostgreSQL does not take, is in no id."""
    if "\0" in contest_id:
        return None
    return Contest.objects.for_recording(team_id).filter(pk=contest_id).first()
