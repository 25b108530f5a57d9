"""The rows of a batch, and the response."""

from collections.abc import Sequence, Sized
from datetime import datetime
from typing import Any

from blitzrocket.api.exceptions import ApiError
from contests.api.exceptions import EntryNotFoundError
from purchases.api.orders import counts_of, object_of, order_id_as_sent, read_order
from purchases.services import EntryMissing, NewPurchase, Recorded

STATUSES = ("recorded", "duplicate", "rejected")

Row = dict[str, Any]


def read_orders(bodies: list[Any], received_at: datetime) -> tuple[dict[int, NewPurchase], dict[int, ApiError]]:
    """The valid orders of a batch, and the errors of the invalid ones, by their index in the request."""
    orders: dict[int, NewPurchase] = {}
    errors: dict[int, ApiError] = {}
    for index, body in enumerate(bodies):
        try:
            orders[index] = read_order(object_of(body), received_at)
        except ApiError as error:
            errors[index] = error.with_traceback(None)  # whose frame holds the errors
    return orders, errors


def data_of_batch(
    bodies: list[Any],
    orders: dict[int, NewPurchase],
    outcomes: Sequence[Recorded | EntryMissing],
    errors: dict[int, ApiError],
) -> dict[str, Any]:
    """The response: a result for each row in the order received, and the number of rows by status."""
    results: dict[int, Recorded | ApiError] = {
        index: outcome if isinstance(outcome, Recorded) else EntryNotFoundError()
        for index, outcome in zip(orders, outcomes, strict=True)
    }
    results |= errors
    order_ids = [
        orders[index].order_id if index in orders else order_id_as_sent(body) for index, body in enumerate(bodies)
    ]
    rows = [_row(index, order_id, results[index]) for index, order_id in enumerate(order_ids)]
    return {"results": rows, "counts": counts_of(rows, STATUSES)}


def count_outcomes(outcomes: Sequence[Recorded | EntryMissing], errors: Sized) -> dict[str, int]:
    """The number of orders by what became of them, for the log and the metrics."""
    recorded = [outcome for outcome in outcomes if isinstance(outcome, Recorded)]
    duplicates = sum(outcome.already_exists for outcome in recorded)
    return {
        "recorded": len(recorded) - duplicates,
        "duplicate": duplicates,
        "held": len(outcomes) - len(recorded),
        "rejected": len(errors),
    }


def _row(index: int, order_id: str | None, result: Recorded | ApiError) -> Row:
    row: Row = {"index": index, "orderId": order_id}
    if isinstance(result, ApiError):
        row |= {"status": "rejected", "error": result.error, "code": result.code}
        return row | ({"details": result.details} if result.details else {})
    row |= {
        "status": "duplicate" if result.already_exists else "recorded",
        "purchaseId": result.purchase_id,
        "entryId": result.entry_id,
        "pointsAwarded": result.points_awarded,
    }
    if result.differences:
        row["differences"] = result.differences
    if result.reason_code:
        row["reasonCode"] = result.reason_code
    return row
