"""Bodies of orders, and what is answered to them."""

from collections import Counter
from datetime import datetime
from typing import Any, cast

from rest_framework.exceptions import ErrorDetail, ValidationError

from blitzrocket.api.exceptions import InvalidRequestBodyError
from blitzrocket.text import storable, trim
from purchases.api.serializers import INVALID_ORDER, RecordPurchaseSerializer
from purchases.services import NewPurchase, Recorded


class OrderReader:
    """Reads the bodies of orders that were received at one time; the serializer that reads them is made once."""

    def __init__(self, received_at: datetime) -> None:
        self.received_at = received_at
        self._serializer = RecordPurchaseSerializer(context={"received_at": received_at})

    def read(self, body: dict[str, Any]) -> NewPurchase:
        """The order that a body asks to record.

        Raises:
            AmountNotPositiveError: that is its only fault.
            InvalidRequestBodyError: anything else is wrong with it; the details name each field.
        """
        try:
            values = self._serializer.run_validation(body)
        except ValidationError as error:
            raise self._serializer.to_error(cast("dict[str, list[ErrorDetail]]", error.detail)) from None
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


def object_of(body: Any) -> dict[str, Any]:
    """A row of a call that takes many.

    Raises:
        InvalidRequestBodyError: it is no object.
    """
    if isinstance(body, dict):
        return body
    message = "The order must be a JSON object."
    raise InvalidRequestBodyError(INVALID_ORDER, details=[{"field": "", "message": message}])


def order_id_as_sent(body: Any) -> str | None:
    """The order id of a row, whether or not the row can be read."""
    sent = body.get("orderId") if isinstance(body, dict) else None
    is_id = isinstance(sent, str | int) and not isinstance(sent, bool)
    return storable(trim(str(sent))) if is_id else None


def counts_of(rows: list[dict[str, Any]], statuses: tuple[str, ...]) -> dict[str, int]:
    """How many rows there are of each status."""
    counted = Counter(row["status"] for row in rows)
    return {status: counted[status] for status in statuses}


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
