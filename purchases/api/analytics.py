"""The figures of a contest: entries, points, and to private keys purchases."""

from rest_framework.request import Request
from rest_framework.response import Response

from contests.api.viewsets import ContestViewSet
from contests.leaderboard import analytics, totals_of
from purchases.api.schema import describe_analytics
from purchases.api.serializers import AnalyticsSerializer
from purchases.stats import figures_of_purchases


class AnalyticsViewSet(ContestViewSet):
    """``/contests/:contestId/analytics``."""

    @describe_analytics
    def list(self, request: Request, contest_id: str) -> Response:
        """The figures of a contest; those of purchases to a private key only."""
        contest = self.get_contest()
        totals = totals_of(contest)
        figures = analytics(contest, totals)
        if self.caller.is_private:
            figures["purchases"] = figures_of_purchases(contest, totals)
        return Response(AnalyticsSerializer(figures).data)
