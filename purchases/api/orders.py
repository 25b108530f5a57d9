"""Bodies of orders, and what is answered to them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from rest_framework.exceptions import ErrorDetail, ValidationError

from blitzrocket.api.exceptions import AmountNotPositiveError, ApiError, InvalidRequestBodyError
from blitzrocket.api.views import details_of
from purchases.api.serializers import RecordPurchaseSerializer, is_only_not_positive
from purchases.services import NewPurchase, Recorded

INVALID_ORDER = "Missing or invalid email, orderId, or amount"


class OrderReader:
    """Reads the bodies of orders that were received at one time; the fields that read them are made once."""

    def __init__(self, received_at: datetime) -> None:
        self.received_at = received_at
        self._fields = RecordPurchaseSerializer(context={"received_at": received_at})

    def read(self, body: dict[str, Any]) -> NewPurchase:
        """The order that a body asks to record.

        Raises:
            AmountNotPositiveError: that is its only fault.
            InvalidRequestBodyError: anything else is wrong with it; the details name each field.
        """
        try:
            values = self._fields.run_validation(body)
        except ValidationError as error:
            raise refusal_of(cast("dict[str, list[ErrorDetail]]", error.detail), INVALID_ORDER) from None
        return NewPurchase(
            email=values["email"],
            order_id=values["orderId"],
            amount=values["amount"],
            currency=values["currency"],
            purchased_at=values.get("purchasedAt") or self.received_at,
            is_time_sent=values.get("purchasedAt") is not None,
        )


def read_order(body: dict[str, Any], received_at: datetime) -> NewPurchase:
    """The order that the body of a call of its own asks to record."""
    return OrderReader(received_at).read(body)


def refusal_of(errors: Mapping[str, Sequence[ErrorDetail]], message: str = InvalidRequestBodyError.message) -> ApiError:
    """What is answered to a body with an amount that a serializer has not taken."""
    details = details_of(errors)
    if is_only_not_positive(errors):
        return AmountNotPositiveError(details=details)
    return InvalidRequestBodyError(message, details=details)


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
