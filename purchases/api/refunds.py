"""Refunds and voids."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from blitzrocket.api.exceptions import (
    AmountNotPositiveError,
    InvalidRequestBodyError,
    PurchaseNotFoundError,
    RefundExceedsPurchaseError,
)
from blitzrocket.api.pagination import paginate
from contests.api.viewsets import ContestViewSet
from purchases.api.orders import refusal_of
from purchases.api.purchases import find_purchase
from purchases.api.queries import RefundListQuery, refunds_of
from purchases.api.refund_rejections import KeepsRefusedRefunds
from purchases.api.schema import describe_refund, describe_refunds, describe_void
from purchases.api.serializers import (
    PurchaseSerializer,
    RefundOrderSerializer,
    RefundRowSerializer,
    VoidSerializer,
)
from purchases.services import (
    PurchaseNotFound,
    Refunded,
    RefundExceedsPurchase,
    RefundInOtherCurrency,
    RefundNotPositive,
    refund_order,
    void_purchase,
)


class RefundViewSet(KeepsRefusedRefunds):
    """``/contests/:contestId/refunds``."""

    needs_private_key = True

    @describe_refunds
    def list(self, request: Request, contest_id: str) -> Response:
        """Refunds in any state, the newest first."""
        contest = self.get_contest()
        query = self.read_query(RefundListQuery)
        return Response(paginate(request, query, refunds_of(contest, query), RefundRowSerializer, self.context))

    @describe_refund
    def create(self, request: Request, contest_id: str) -> Response:
        """Refund an order by your own ids: 201 the first time, 200 whenever the refund is sent again."""
        contest = self.get_contest()
        given = self._read(request)
        try:
            refunded = refund_order(
                contest,
                given["orderId"],
                refund_id=given["refundId"],
                amount=given.get("amount"),
                currency=given.get("currency") or "",
                audit=self.audit(given.get("reason") or ""),
                received_at=timezone.now(),
            )
        except PurchaseNotFound as missing:
            raise PurchaseNotFoundError(str(missing), details=_what_stands(missing)) from None
        except RefundExceedsPurchase as refused:
            raise RefundExceedsPurchaseError(str(refused)) from None
        except RefundNotPositive as refused:
            raise AmountNotPositiveError(details=[{"field": "amount", "message": str(refused)}]) from None
        except RefundInOtherCurrency as refused:
            raise InvalidRequestBodyError(details=[{"field": "currency", "message": str(refused)}]) from None
        return Response(_answer(refunded), status=200 if refunded.already_exists else 201)

    def _read(self, request: Request) -> dict[str, Any]:
        """The body's values.

        Raises:
            AmountNotPositiveError, InvalidRequestBodyError: it is kept where it names an order and a refund.
        """
        body = self.read_body(request)
        reader = RefundOrderSerializer(data=body)
        if not reader.is_valid():
            error = refusal_of(reader.errors)
            self.keep_refused(body, error)
            raise error
        values: dict[str, Any] = reader.validated_data
        return values


def _what_stands(missing: PurchaseNotFound) -> list[dict[str, str]] | None:
    """What of a pending refund differs from how it was received first."""
    return [
        {"field": name, "message": f"Received before as {_plain(values['recorded'])}, which stands."}
        for name, values in missing.differences.items()
    ] or None


def _plain(value: object) -> str:
    return "absent" if value is None else str(value)


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
        return Response(PurchaseSerializer(void_purchase(purchase, audit=self.audit(given["reason"])).purchase).data)
