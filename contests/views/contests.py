"""Contests, their leaderboard and their figures."""

from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from blitzrocket.api.pagination import PageQuery, paginate
from contests.figures import add_entries_counts, analytics, leaderboard, totals_of
from contests.queries import LeaderboardQuery
from contests.schema import describe_analytics, describe_contest, describe_contests, describe_leaderboard
from contests.serializers import AnalyticsSerializer, ContestSerializer, PlaceSerializer
from contests.views.base import TeamViewSet
from purchases.reports import figures_of_purchases

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

    @describe_analytics
    @action(detail=True)
    def analytics(self, request: Request, contest_id: str) -> Response:
        """The figures of a contest; those of purchases to a private key only."""
        contest = self.contest_with_id(contest_id)
        totals = totals_of(contest)
        figures = analytics(contest, totals)
        if self.caller.is_private:
            figures["purchases"] = figures_of_purchases(contest, totals)
        return Response(AnalyticsSerializer(figures).data)
