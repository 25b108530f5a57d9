"""Recording purchases one by one, trying it out, and reading them back."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from blitzrocket.api import query_params
from blitzrocket.api.exceptions import EntryNotFoundError, PurchaseNotFoundError
from blitzrocket.api.pagination import paginate
from contests.api.viewsets import ContestViewSet
from contests.leaderboard import totals_of
from contests.models import Contest
from purchases.api.orders import INVALID_ORDER, answer_of, read_order
from purchases.api.queries import (
    ORDERS,
    PurchaseListQuery,
    has_own_index,
    is_filtered,
    purchases_of,
)
from purchases.api.rejections import RejectionLoggingViewSet
from purchases.api.schema import (
    describe_preview,
    describe_purchase,
    describe_purchases,
    describe_record_call,
)
from purchases.api.serializers import PurchaseDetailSerializer, PurchaseSerializer
from purchases.models import Purchase
from purchases.services import EntryMissing, preview_purchase, record_purchase


class PurchaseViewSet(RejectionLoggingViewSet):
    """``/contests/:contestId/purchases``."""

    lookup_url_kwarg = "purchase_id"
    needs_private_key = True
    invalid_body = INVALID_ORDER

    @describe_record_call
    def create(self, request: Request, contest_id: str) -> Response:
        """Record an order: 201 the first time, 200 with the same ids whenever it is sent again."""
        received_at = timezone.now()
        contest = self.get_contest()
        order = read_order(self.read_body(request), received_at)
        with_explanation = query_params.flag(request, "explain")
        try:
            recorded = record_purchase(contest, order, api_key=self.caller, received_at=received_at)
        except EntryMissing:
            raise EntryNotFoundError from None
        answer = answer_of(recorded, with_explanation=with_explanation)
        return Response(answer, status=200 if recorded.already_exists else 201)

    @describe_purchases
    def list(self, request: Request, contest_id: str) -> Response:
        """Purchases, the newest first unless ``sort`` says otherwise."""
        contest = self.get_contest()
        query = self.read_query(PurchaseListQuery)
        totals = None if is_filtered(query) else totals_of(contest)
        page = paginate(
            request,
            query,
            purchases_of(contest, query),
            PurchaseSerializer,
            self.context,
            order=ORDERS[query["sort"]],
            known_total=totals.purchases + totals.history_purchases if totals else 0,
            has_own_index=has_own_index(query),
        )
        return Response(page)

    @describe_purchase
    def retrieve(self, request: Request, contest_id: str, purchase_id: str) -> Response:
        """One purchase, with its refunds and how its points came about."""
        return Response(PurchaseDetailSerializer(self.get_purchase(purchase_id)).data)

    def get_purchase(self, purchase_id: str) -> Purchase:
        """The purchase of the contest with that id.

        Raises:
            PurchaseNotFoundError: the contest has none.
        """
        return find_purchase(self.get_contest(), purchase_id)


def find_purchase(contest: Contest, purchase_id: str) -> Purchase:
    """The purchase of the contest with that id.

    Raises:
        PurchaseNotFoundError: the contest has none.
    """
    known = Purchase.objects.filter(contest=contest, pk=purchase_id).prefetch_related("refunds")
    found = known.first() if "\0" not in purchase_id else None
    if found is None:
        raise PurchaseNotFoundError
    return found


class PreviewViewSet(ContestViewSet):
    """``/contests/:contestId/purchases/preview``."""

    invalid_body = INVALID_ORDER

    @describe_preview
    def create(self, request: Request, contest_id: str) -> Response:
        """What recording the order now would answer; nothing is written, also of a refusal."""
        received_at = timezone.now()
        contest = self.get_contest()
        order = read_order(self.read_body(request), received_at)
        try:
            recorded = preview_purchase(contest, order, received_at=received_at)
        except EntryMissing:
            raise EntryNotFoundError from None
        answer: dict[str, Any] = answer_of(recorded, with_explanation=True)
        return Response(answer if recorded.already_exists else answer | {"purchaseId": None})
