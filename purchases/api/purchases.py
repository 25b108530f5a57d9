"""The purchase endpoints: record, preview, batch, reconcile, list, retrieve and void."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from blitzrocket.api import query_params
from blitzrocket.api.exceptions import ApiError
from blitzrocket.api.query_params import QuerySerializer
from blitzrocket.api.renderers import json_response
from blitzrocket.limits import LARGEST_BODY
from blitzrocket.postgres.connection import longer_statements
from blitzrocket.postgres.replica import may_read_replica
from contests.api.exceptions import ContestNotFoundError, EntryNotFoundError
from contests.api.viewsets import ContestScopedViewSet
from purchases.api import schema
from purchases.api.batch import count_outcomes, data_of_batch, read_orders
from purchases.api.batch_serializers import BatchRequestSerializer, ReconciledSerializer, ReconcileRequestSerializer
from purchases.api.exceptions import PurchaseNotFoundError
from purchases.api.orders import data_of, explanation_of, read_order
from purchases.api.pagination import PurchasePagination
from purchases.api.queries import PurchaseListQuerySerializer, filter_purchases
from purchases.api.reconcile import reconcile_orders
from purchases.api.rejections import RejectionLoggingMixin
from purchases.api.serializers import (
    PreviewSerializer,
    PurchaseDetailSerializer,
    PurchaseSerializer,
    RecordPurchaseSerializer,
    VoidPurchaseSerializer,
)
from purchases.models import Purchase, Refund
from purchases.services import (
    ContestMissing,
    EntryMissing,
    NewPurchase,
    Recorded,
    preview_purchase,
    record_batch,
    record_with_others,
    void_purchase,
)

# Batches with the same entries wait for each other, so one may wait for several.
LOCK_SECONDS = 30.0
Read = TypeVar("Read")


class PurchaseViewSet(RejectionLoggingMixin, ListModelMixin, RetrieveModelMixin, ContestScopedViewSet):
    """``/contests/:contestId/purchases``."""

    lookup_url_kwarg = "purchase_id"
    needs_private_key = True
    serializer_class = PurchaseSerializer
    serializer_classes: ClassVar[dict[str, type[BaseSerializer]]] = {
        "create": RecordPurchaseSerializer,
        "retrieve": PurchaseDetailSerializer,
    }
    pagination_class = PurchasePagination
    takes_turns = ("create",)  # shops make this call most, and it waits for nothing but the database

    def get_serializer_class(self) -> type[BaseSerializer]:
        return self.serializer_classes.get(self.action or "") or super().get_serializer_class()

    def get_query_serializer_class(self) -> type[QuerySerializer] | None:
        return PurchaseListQuerySerializer if self.action == "list" else None

    def get_queryset(self) -> QuerySet[Purchase]:
        purchases = Purchase.objects.filter(contest=self.contest)
        if self.action != "retrieve":
            return purchases
        return purchases.prefetch_related(Prefetch("refunds", Refund.objects.filter(contest=self.contest)))

    def filter_queryset(self, queryset: Any) -> Any:
        return filter_purchases(queryset, self.contest, self.query) if self.action == "list" else queryset

    def not_found(self) -> ApiError:
        return PurchaseNotFoundError()

    @schema.describe_purchases
    @may_read_replica
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List a contest's purchases, newest first unless `sort` is set."""
        return super().list(request, *args, **kwargs)

    @schema.describe_purchase
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Retrieve a purchase with its refunds and the calculation of its points."""
        return super().retrieve(request, *args, **kwargs)

    @schema.describe_record_call
    def create(self, request: Request, contest_id: str) -> HttpResponse:
        """Record an order. 201 when new, 200 for a duplicate."""
        # Shops make this call most: serializers for the response and the one parameter would take longer, and recording
        # finds the contest itself.
        received_at = timezone.now()
        order, with_explanation = self._read_call(contest_id, received_at)
        try:
            recorded = record_with_others(contest_id, order, api_key=self.api_key, received_at=received_at)
        except ContestMissing:
            raise ContestNotFoundError from None
        except EntryMissing:
            self._log_outcome({"held": 1})
            raise EntryNotFoundError from None
        self._log_outcome({"duplicate" if recorded.already_exists else "recorded": 1})
        explanation = explanation_of(contest_id, recorded) if with_explanation else None
        return json_response(data_of(recorded, explanation), 200 if recorded.already_exists else 201)

    def _log_outcome(self, orders: dict[str, int]) -> None:
        """For the log and the metrics: how many orders of the call had which outcome."""
        self.request._request.log_fields["orders"] = orders  # type: ignore[attr-defined]

    def _read_call(self, contest_id: str, received_at: datetime) -> tuple[NewPurchase, bool]:
        """The order, and whether to explain its points."""
        return self._read(
            contest_id,
            lambda: (read_order(self.read_body(), received_at), query_params.flag(self.request, "explain")),
        )

    def _read(self, contest_id: str, read: Callable[[], Read]) -> Read:
        """What ``read`` reads of the call. A contest that is not there comes before errors of the body."""
        try:
            if "\0" in contest_id:
                raise ContestNotFoundError
            return read()
        except ApiError:
            _ = self.contest
            raise

    @schema.describe_preview
    @action(detail=False, methods=["post"], serializer_class=RecordPurchaseSerializer)
    def preview(self, request: Request, contest_id: str) -> Response:
        """Preview the response to recording an order. Nothing is saved."""
        received_at = timezone.now()
        contest = self.contest
        order = read_order(self.read_body(), received_at)
        try:
            recorded = preview_purchase(contest.pk, order, api_key=self.api_key, received_at=received_at)
        except EntryMissing:
            raise EntryNotFoundError from None
        data = data_of(recorded, explanation_of(contest.pk, recorded))
        purchase_id = recorded.purchase_id if recorded.already_exists else None
        return Response(PreviewSerializer(data | {"purchaseId": purchase_id}).data)

    @schema.describe_batch
    @action(detail=False, methods=["post"], serializer_class=BatchRequestSerializer, body_limit=LARGEST_BODY)
    def batch(self, request: Request, contest_id: str) -> Response:
        """Record up to 500 orders. A rejected order doesn't stop the others; the batch is safe to send again."""
        # As in ``create``, recording finds the contest itself: the ORM takes as long as reading half of the orders.
        received_at = timezone.now()
        bodies = self._read(contest_id, self.read_validated)["purchases"]
        orders, errors = read_orders(bodies, received_at)
        if errors:
            _ = self.contest
        with longer_statements(LOCK_SECONDS):
            # Before recording, so that recording a valid row of the same order closes the rejection.
            self.log_rejected_rows([(bodies[index], error) for index, error in errors.items()], received_at)
            outcomes = self._record(contest_id, list(orders.values()), received_at)
        self._log_outcome(count_outcomes(outcomes, errors))
        return Response(data_of_batch(bodies, orders, outcomes, errors))

    def _record(
        self, contest_id: str, orders: Sequence[NewPurchase], received_at: datetime
    ) -> Sequence[Recorded | EntryMissing]:
        try:
            return record_batch(contest_id, orders, api_key=self.api_key, received_at=received_at)
        except ContestMissing:
            raise ContestNotFoundError from None

    @schema.describe_reconcile
    @action(detail=False, methods=["post"], serializer_class=ReconcileRequestSerializer, body_limit=LARGEST_BODY)
    def reconcile(self, request: Request, contest_id: str) -> Response:
        """Compare up to 1,000 orders with those recorded, on hold, rejected or never received."""
        contest = self.contest
        return Response(ReconciledSerializer(reconcile_orders(contest, self.read_validated()["orders"])).data)

    @schema.describe_void
    @action(detail=True, methods=["post"], serializer_class=VoidPurchaseSerializer)
    def void(self, request: Request, contest_id: str, purchase_id: str) -> Response:
        """Void a purchase: remove all its points. Voiding it again changes nothing."""
        purchase = self.get_object()
        reason = self.read_validated()["reason"]
        return Response(PurchaseSerializer(void_purchase(purchase, audit=self.get_audit(reason)).purchase).data)
