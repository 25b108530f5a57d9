"""The record call."""

import logging
from typing import Any

from django.db import Error
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from blitzrocket import exact_json
from blitzrocket.api import params
from blitzrocket.api.errors import AmountNotPositive, ApiError, EntryNotFound, InvalidRequestBody, as_api_error
from blitzrocket.api.views import details_of
from contests.views.base import ContestViewSet, find_contest
from purchases.schema import describe_record_call
from purchases.serializers import OrderIdField, RecordPurchaseSerializer
from purchases.services import (
    EntryMissing,
    NewPurchase,
    Recorded,
    Refusal,
    count_refusal,
    keep_refusal,
    record_purchase,
)

logger = logging.getLogger(__name__)

INVALID_ORDER = "Missing or invalid email, orderId, or amount"
KEPT = (400, 403, 404)
COUNTED = (401, 413, 429)


class PurchaseViewSet(ContestViewSet):
    """``/contests/:contestId/purchases``."""

    invalid_body = INVALID_ORDER

    @describe_record_call
    def create(self, request: Request, contest_id: str) -> Response:
        """Record an order: 201 the first time, 200 with the same ids whenever it is sent again."""
        received_at = timezone.now()
        contest = self.get_contest()
        order = read_order(self.read_body(request), received_at)
        with_explanation = params.flag(request, "explain")
        try:
            recorded = record_purchase(contest, order, api_key=self.caller, received_at=received_at)
        except EntryMissing:
            raise EntryNotFound from None
        return Response(_answer(recorded, with_explanation), status=200 if recorded.already_exists else 201)

    def handle_exception(self, exc: Exception) -> Response:
        """Support is to find the attempts too that were refused; failing to note one changes no answer."""
        if self.action == "create":
            try:
                self._note_refusal(as_api_error(exc))
            except Error:
                logger.exception("a refused attempt could not be noted")
        return super().handle_exception(exc)

    def _note_refusal(self, error: ApiError) -> None:
        if error.status_code in COUNTED:
            count_refusal(error.code, self.caller, timezone.now())
        elif error.status_code in KEPT and not isinstance(error, EntryNotFound):
            refusal = self._refusal(error)
            if refusal is not None:
                keep_refusal(refusal, timezone.now())

    def _refusal(self, error: ApiError) -> Refusal | None:
        """What was sent, where it names an order that support could look for."""
        try:
            body = self.read_body(self.request)
            order_id = OrderIdField().to_internal_value(body.get("orderId"))
        except (ApiError, ValidationError):
            return None
        contest_sent = self.kwargs["contest_id"].replace("\0", "�")
        return Refusal(
            api_key=self.caller,
            contest_sent=contest_sent,
            contest=find_contest(self.caller.team_id, contest_sent),
            order_id=order_id,
            code=error.code,
            email=_as_sent(body.get("email")),
            amount=_as_sent(body.get("amount"), quoted=True),
            currency=_as_sent(body.get("currency")),
            details=error.details or [],
        )


def read_order(body: dict[str, Any], received_at: Any) -> NewPurchase:
    """The order that a body asks to record.

    Raises:
        AmountNotPositive: that is its only fault.
        InvalidRequestBody: anything else is wrong with it; the details name each field.
    """
    serializer = RecordPurchaseSerializer(data=body, context={"received_at": received_at})
    if serializer.is_valid():
        return serializer.order
    if serializer.only_fault_is_the_amount_not_positive:
        raise AmountNotPositive(details=details_of(serializer.errors))
    raise InvalidRequestBody(INVALID_ORDER, details=details_of(serializer.errors))


def _answer(recorded: Recorded, with_explanation: bool) -> dict[str, Any]:
    data: dict[str, Any] = {
        "purchaseId": recorded.purchase_id,
        "entryId": recorded.entry_id,
        "pointsAwarded": recorded.points_awarded,
        "alreadyExists": recorded.already_exists,
        "message": recorded.message,
    }
    if recorded.differences:
        data["differences"] = recorded.differences
    if with_explanation:
        data["explanation"] = recorded.explanation
    return data


def _as_sent(value: Any, *, quoted: bool = False) -> str:
    """A field for people to read: text as it is (an amount in the quotation marks it came in), all else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) and not quoted else exact_json.write(value).decode()
