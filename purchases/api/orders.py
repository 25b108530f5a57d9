"""Reading orders from request bodies, and the response to a recorded one."""

from collections import Counter
from datetime import datetime
from typing import Any, cast

from rest_framework.exceptions import ErrorDetail, ValidationError

from blitzrocket.api.exceptions import InvalidRequestBodyError
from blitzrocket.text import storable, trim
from purchases.api.serializers import INVALID_ORDER, RecordPurchaseSerializer
from purchases.models import Purchase
from purchases.services import NewPurchase, Recorded


def read_order(body: dict[str, Any], received_at: datetime) -> NewPurchase:
    """The order in a body.

    Raises:
        AmountNotPositiveError: the only invalid field is an amount of 0 or less.
        InvalidRequestBodyError: other fields are invalid; the details name each.
    """
    try:
        values = RecordPurchaseSerializer.read(body, {"received_at": received_at})
    except ValidationError as error:
        raise RecordPurchaseSerializer.to_error(cast("dict[str, list[ErrorDetail]]", error.detail)) from None
    purchased_at = values.get("purchasedAt")
    return NewPurchase(
        email=values["email"],
        order_id=values["orderId"],
        amount=values["amount"],
        currency=values["currency"],
        purchased_at=purchased_at or received_at,
        is_time_sent=purchased_at is not None,
    )


def object_of(body: Any) -> dict[str, Any]:
    """The JSON object of a row.

    Raises:
        InvalidRequestBodyError: the row is none.
    """
    if isinstance(body, dict):
        return body
    message = "The order must be a JSON object."
    raise InvalidRequestBodyError(INVALID_ORDER, details=[{"field": "", "message": message}])


def order_id_as_sent(body: Any) -> str | None:
    """The order id of a row, also of an invalid one; None where it has none."""
    value = body.get("orderId") if isinstance(body, dict) else None
    is_id = isinstance(value, str | int) and not isinstance(value, bool)
    return storable(trim(str(value))) if is_id else None


def counts_of(rows: list[dict[str, Any]], statuses: tuple[str, ...]) -> dict[str, int]:
    """The number of rows by status."""
    counts = Counter(row["status"] for row in rows)
    return {status: counts[status] for status in statuses}


def explanation_of(contest_id: str, recorded: Recorded) -> dict[str, Any]:
    """How a new purchase gets its points, or how a duplicate got them when it was recorded."""
    if recorded.explain:
        return recorded.explain()
    return Purchase.objects.get(contest=contest_id, pk=recorded.purchase_id).explain()


def data_of(recorded: Recorded, explanation: dict[str, Any] | None = None) -> dict[str, Any]:
    """The response to a recorded order; optional members are left out where they are empty."""
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
    if explanation is not None:
        data["explanation"] = explanation
    return data
