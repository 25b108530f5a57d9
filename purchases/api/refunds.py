"""The refund endpoints: refund an order by the shop's ids, and list refunds."""

from typing import Any, cast

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from blitzrocket.api.exceptions import ApiError, InvalidRequestBodyError
from blitzrocket.api.pagination import PageOrCursorPagination
from blitzrocket.api.query_params import QuerySerializer
from blitzrocket.postgres.replica import may_read_replica
from purchases.api.exceptions import AmountNotPositiveError, PurchaseNotFoundError, RefundExceedsPurchaseError
from purchases.api.queries import RefundListQuerySerializer, refunds_of
from purchases.api.refund_rejections import RefundRejectionLoggingMixin
from purchases.api.refund_serializers import RefundedSerializer, RefundOrderSerializer, RefundRowSerializer
from purchases.api.schema import describe_refund, describe_refunds
from purchases.services import (
    PurchaseNotFound,
    Refunded,
    RefundExceedsPurchase,
    RefundInOtherCurrency,
    RefundNotPositive,
    refund_order,
)


class RefundViewSet(RefundRejectionLoggingMixin):
    """``/contests/:contestId/refunds``."""

    needs_private_key = True
    pagination_class = PageOrCursorPagination

    def get_serializer_class(self) -> type[BaseSerializer]:
        return RefundOrderSerializer if self.action == "create" else RefundRowSerializer

    def get_query_serializer_class(self) -> type[QuerySerializer] | None:
        return RefundListQuerySerializer if self.action == "list" else None

    @describe_refunds
    @may_read_replica
    def list(self, request: Request, contest_id: str) -> Response:
        """List a contest's refunds, newest first: applied, pending and refused."""
        contest = self.contest
        page = self.paginate_queryset(refunds_of(contest, self.query))  # from two tables
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @describe_refund
    def create(self, request: Request, contest_id: str) -> Response:
        """Refund an order by your order ID and refund ID. 201 when new, 200 for a duplicate.

        A refund of an order that is not recorded is a 404. It is saved as pending, and applied once the order is
        recorded.
        """
        contest = self.contest
        values = self._read_and_log()
        try:
            refunded = refund_order(
                contest,
                values["orderId"],
                refund_id=values["refundId"],
                amount=values.get("amount"),
                currency=values.get("currency") or "",
                audit=self.get_audit(values.get("reason") or ""),
                received_at=timezone.now(),
            )
        except PurchaseNotFound as error:
            raise PurchaseNotFoundError(str(error), details=_differences_in_words(error)) from None
        except RefundExceedsPurchase as error:
            raise RefundExceedsPurchaseError(str(error)) from None
        except RefundNotPositive as error:
            raise AmountNotPositiveError(details=[{"field": "amount", "message": str(error)}]) from None
        except RefundInOtherCurrency as error:
            raise InvalidRequestBodyError(details=[{"field": "currency", "message": str(error)}]) from None
        return Response(RefundedSerializer(_data_of(refunded)).data, status=200 if refunded.already_exists else 201)

    def _read_and_log(self) -> dict[str, Any]:
        """The body's values.

        Raises:
            AmountNotPositiveError, InvalidRequestBodyError: the body is invalid; it is saved if it has both ids.
        """
        body = self.read_body()
        serializer = self.get_serializer(data=body)
        try:
            serializer.is_valid(raise_exception=True)
        except ApiError as error:
            self.log_rejected(body, error)
            raise
        return cast("dict[str, Any]", serializer.validated_data)


def _differences_in_words(error: PurchaseNotFound) -> list[dict[str, str]] | None:
    """How the call differs from the pending refund, whose first receipt decides."""
    return [
        {"field": name, "message": f"Received before as {_plain(values['recorded'])}, which stands."}
        for name, values in error.differences.items()
    ] or None


def _plain(value: object) -> str:
    return "absent" if value is None else str(value)


def _data_of(refunded: Refunded) -> dict[str, object]:
    refund = refunded.refund
    data = {
        "refundId": refund.refund_id,
        "purchaseId": refund.purchase_id,
        "entryId": refund.purchase.entry_id,
        "amount": refund.money,
        "pointsReversed": refund.points_reversed,
        "alreadyExists": refunded.already_exists,
        "message": "Refund already recorded" if refunded.already_exists else "Refund recorded successfully",
    }
    return data | ({"differences": refunded.differences} if refunded.differences else {})
