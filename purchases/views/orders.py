"""Bodies of orders, and what is answered to them."""

from datetime import datetime
from typing import Any

from blitzrocket.api.errors import AmountNotPositive, InvalidRequestBody
from blitzrocket.api.views import details_of
from purchases.serializers import RecordPurchaseSerializer
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
    if serializer.only_fault_is_the_amount_not_positive:
        raise AmountNotPositive(details=details_of(serializer.errors))
    raise InvalidRequestBody(INVALID_ORDER, details=details_of(serializer.errors))


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
