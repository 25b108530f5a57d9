"""Contests, their leaderboard and their figures."""

from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from blitzrocket.api import params
from blitzrocket.api.errors import ContestNotFound
from blitzrocket.api.pagination import paginate
from contests.figures import analytics, leaderboard
from contests.models import Contest
from contests.schema import (
    DEFAULT_PLACES,
    MOST_PLACES,
    describe_analytics,
    describe_contest,
    describe_contests,
    describe_leaderboard,
)
from contests.serializers import AnalyticsSerializer, ContestSerializer, PlaceSerializer
from contests.views.base import TeamViewSet
from purchases.reports import figures_of_purchases


class ContestsViewSet(TeamViewSet):
    """``/contests``."""

    @describe_contests
    def list(self, request: Request) -> Response:
        """The contests of the key's team, the newest first."""
        return Response(paginate(request, self.contests.with_entries_count(), ContestSerializer, self.context))

    @describe_contest
    def retrieve(self, request: Request, pk: str) -> Response:
        """One contest."""
        return Response(ContestSerializer(self._get(pk), context=self.context).data)

    @describe_leaderboard
    @action(detail=True)
    def leaderboard(self, request: Request, pk: str) -> Response:
        """Who has most points: confirmed and not disqualified."""
        limit = params.whole_number(request, "limit", DEFAULT_PLACES, 1, MOST_PLACES)
        places = leaderboard(self._get(pk), limit)
        return Response([PlaceSerializer(place, context=self.context).data for place in places])

    @describe_analytics
    @action(detail=True)
    def analytics(self, request: Request, pk: str) -> Response:
        """The figures of a contest; those of purchases to a private key only."""
        contest = self._get(pk)
        figures = analytics(contest)
        if self.caller.is_private:
            figures["purchases"] = figures_of_purchases(contest)
        return Response(AnalyticsSerializer(figures).data)

    def _get(self, contest_id: str) -> Contest:
        found = self.contests.with_entries_count().filter(pk=contest_id).first() if "\0" not in contest_id else None
        if found is None:
            raise ContestNotFound
        return found
