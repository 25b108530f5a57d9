"""Refunds and voids."""

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from blitzrocket.api import errors
from contests.views.base import ContestViewSet
from purchases.schema import describe_refund, describe_void
from purchases.serializers import PurchaseSerializer, RefundOrderSerializer, VoidSerializer
from purchases.services import (
    PurchaseNotFound,
    Refunded,
    RefundExceedsPurchase,
    RefundNotPositive,
    refund_order,
    void_purchase,
)
from purchases.views.record import find_purchase


class RefundViewSet(ContestViewSet):
    """``/contests/:contestId/refunds``."""

    @describe_refund
    def create(self, request: Request, contest_id: str) -> Response:
        """Refund an order by your own ids: 201 the first time, 200 whenever the refund is sent again."""
        contest = self.get_contest()
        given = self.read(request, RefundOrderSerializer)
        try:
            refunded = refund_order(
                contest,
                given["orderId"],
                refund_id=given["refundId"],
                amount=given.get("amount"),
                act=self.act(given.get("reason") or ""),
                received_at=timezone.now(),
            )
        except PurchaseNotFound:
            message = "This order is not recorded; the refund is kept, and applied when the order appears"
            raise errors.PurchaseNotFound(message) from None
        except RefundExceedsPurchase as refused:
            raise errors.RefundExceedsPurchase(str(refused)) from None
        except RefundNotPositive as refused:
            raise errors.AmountNotPositive(details=[{"field": "amount", "message": str(refused)}]) from None
        return Response(_answer(refunded), status=200 if refunded.already_exists else 201)


def _answer(refunded: Refunded) -> dict[str, object]:
    refund = refunded.refund
    answer = {
        "refundId": refund.refund_id,
        "purchaseId": refund.purchase_id,
        "entryId": refund.purchase.entry_id,
        "amount": refund.money,
        "pointsReversed": refund.points_reversed,
        "alreadyExists": refunded.already_exists,
        "message": "Refund already recorded" if refunded.already_exists else "Refund recorded successfully",
    }
    return answer | ({"differences": refunded.differences} if refunded.differences else {})


class VoidViewSet(ContestViewSet):
    """``/contests/:contestId/purchases/:purchaseId/void``."""

    @describe_void
    def create(self, request: Request, contest_id: str, purchase_id: str) -> Response:
        """Take all its points back; voiding it again changes nothing."""
        purchase = find_purchase(self.get_contest(), purchase_id)
        given = self.read(request, VoidSerializer)
        return Response(PurchaseSerializer(void_purchase(purchase, act=self.act(given["reason"])).purchase).data)
