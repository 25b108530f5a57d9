"""Bodies of orders, and what is answered to them."""

from datetime import datetime
from typing import Any

from rest_framework.serializers import Serializer

from blitzrocket.api.errors import AmountNotPositive, ApiError, InvalidRequestBody
from blitzrocket.api.views import details_of
from purchases.serializers import RecordPurchaseSerializer, is_only_not_positive
from purchases.services import NewPurchase, Recorded

INVALID_ORDER = "Missing or invalid email, orderId, or amount"


def read_order(body: dict[str, Any], received_at: datetime) -> NewPurchase:
    """The order that a body asks to record.

    Raises:
        AmountNotPositive: that is its only fault.
        InvalidRequestBody: anything else is wrong with it; the details name each field.
    """
    serializer = RecordPurchaseSerializer(data=body, context={"received_at": received_at})
    if serializer.is_valid():
        return serializer.order
    raise refusal_of(serializer, INVALID_ORDER)


def refusal_of(reader: Serializer, message: str = InvalidRequestBody.message) -> ApiError:
    """What is answered to a body with an amount that a serializer has not taken."""
    details = details_of(reader.errors)
    if is_only_not_positive(reader):
        return AmountNotPositive(details=details)
    return InvalidRequestBody(message, details=details)


def answer_of(recorded: Recorded, *, with_explanation: bool = False) -> dict[str, Any]:
    data: dict[str, Any] = {
        "purchaseId": recorded.purchase_id,
        "entryId": recorded.entry_id,
        "pointsAwarded": recorded.points_awarded,
        "alreadyExists": recorded.already_exists,
        "message": recorded.message,
    }
    if recorded.reason_code:
        data["reasonCode"] = recorded.reason_code
    if recorded.differences:
        data["differences"] = recorded.differences
    if with_explanation:
        data["explanation"] = recorded.explanation
    return data
