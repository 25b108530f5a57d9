"""Contests and their leaderboard."""

from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from blitzrocket.api.pagination import PageQuery, paginate
from contests.api.queries import LeaderboardQuery
from contests.api.schema import (
    describe_contest,
    describe_contests,
    describe_leaderboard,
)
from contests.api.serializers import ContestSerializer, PlaceSerializer
from contests.api.viewsets import TeamViewSet
from contests.leaderboard import (
    add_entries_counts,
    leaderboard,
)

LATEST_FIRST = ("-created_at", "-id")  # owners may type ids of their own, which say no time


class ContestsViewSet(TeamViewSet):
    """``/contests``."""

    lookup_url_kwarg = "contest_id"

    @describe_contests
    def list(self, request: Request) -> Response:
        """The contests of the key's team, the newest first."""
        query = self.read_query(PageQuery)
        page = paginate(
            request,
            query,
            self.contests,
            ContestSerializer,
            self.context,
            order=LATEST_FIRST,
            complete=add_entries_counts,
        )
        return Response(page)

    @describe_contest
    def retrieve(self, request: Request, contest_id: str) -> Response:
        """One contest."""
        contest = self.contest_with_id(contest_id)
        add_entries_counts([contest])
        return Response(ContestSerializer(contest, context=self.context).data)

    @describe_leaderboard
    @action(detail=True)
    def leaderboard(self, request: Request, contest_id: str) -> Response:
        """Who has most points: confirmed and not disqualified."""
        contest = self.contest_with_id(contest_id)
        places = leaderboard(contest, self.read_query(LeaderboardQuery)["limit"])
        return Response(PlaceSerializer(places, many=True, context=self.context).data)
