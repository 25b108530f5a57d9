"""The analytics of a contest: entries, points and, with a private key, purchases."""

from typing import Any

from rest_framework.mixins import RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from blitzrocket.postgres.replica import may_read_replica
from contests.api.viewsets import ContestScopedViewSet
from contests.leaderboard import analytics
from purchases.api.schema import describe_analytics
from purchases.api.serializers import AnalyticsSerializer
from purchases.stats import figures_of_purchases


class AnalyticsViewSet(RetrieveModelMixin, ContestScopedViewSet):
    """``/contests/:contestId/analytics``."""

    serializer_class = AnalyticsSerializer

    @describe_analytics
    @may_read_replica
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Retrieve statistics of a contest's entries and points and, with a private key, of its purchases."""
        return super().retrieve(request, *args, **kwargs)

    def get_object(self) -> dict[str, Any]:
        figures = analytics(self.contest)
        if self.api_key.is_private:
            figures["purchases"] = figures_of_purchases(self.contest)
        return figures
