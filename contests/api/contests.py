"""API views of contests and their leaderboard."""

from typing import Any

from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from blitzrocket.api.exceptions import ApiError
from blitzrocket.api.pagination import PageQuerySerializer
from blitzrocket.api.query_params import QuerySerializer
from blitzrocket.postgres.replica import may_read_replica
from contests.api import schema
from contests.api.exceptions import ContestNotFoundError
from contests.api.pagination import ContestPagination
from contests.api.queries import LeaderboardQuerySerializer
from contests.api.serializers import ContestSerializer, LeaderboardPlaceSerializer
from contests.api.viewsets import TeamViewSet
from contests.leaderboard import add_entries_counts, leaderboard
from contests.models.contest import ContestQuerySet


class ContestViewSet(ListModelMixin, TeamViewSet):
    """``/contests``."""

    lookup_url_kwarg = "contest_id"
    serializer_class = ContestSerializer
    pagination_class = ContestPagination

    def get_query_serializer_class(self) -> type[QuerySerializer] | None:
        return PageQuerySerializer if self.action == "list" else super().get_query_serializer_class()

    def get_queryset(self) -> ContestQuerySet:
        return self.get_contests()

    def not_found(self) -> ApiError:
        return ContestNotFoundError()

    @schema.describe_contests
    @may_read_replica
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the team's contests, newest first. A public key doesn't list drafts."""
        return super().list(request, *args, **kwargs)

    def paginate_queryset(self, queryset: Any) -> Any:
        contests: Any = super().paginate_queryset(queryset)
        add_entries_counts(contests)  # one statement for the whole page
        return contests

    @schema.describe_contest
    @may_read_replica
    def retrieve(self, request: Request, contest_id: str) -> Response:
        """Retrieve a contest."""
        contest = self.get_object()
        add_entries_counts([contest])
        return Response(self.get_serializer(contest).data)

    @schema.describe_leaderboard
    @action(detail=True, serializer_class=LeaderboardPlaceSerializer, query_serializer_class=LeaderboardQuerySerializer)
    @may_read_replica
    def leaderboard(self, request: Request, contest_id: str) -> Response:
        """List the entries with the most points. Unconfirmed and disqualified entries are left out."""
        places = leaderboard(self.get_object(), self.query["limit"])
        return Response(self.get_serializer(places, many=True).data)
