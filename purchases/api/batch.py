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
            errors[index] = error
    return orders, errors


def data_of_batch(bodies: list[Any], outcomes: dict[int, Any], errors: dict[int, ApiError]) -> dict[str, Any]:
    """The response: a result for each row in the order received, and the number of rows by status."""
    without_entry = {index: EntryNotFoundError() for index, outcome in outcomes.items() if not _is_recorded(outcome)}
    all_errors = errors | without_entry
    rows = [_row(index, body, outcomes.get(index), all_errors.get(index)) for index, body in enumerate(bodies)]
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


def _is_recorded(outcome: Any) -> bool:
    return isinstance(outcome, Recorded)


def _row(index: int, body: Any, outcome: Any, error: ApiError | None) -> Row:
    row: Row = {"index": index, "orderId": order_id_as_sent(body)}
    if error is not None:
        row |= {"status": "rejected", "error": error.error, "code": error.code}
        return row | ({"details": error.details} if error.details else {})
    row |= {
        "status": "duplicate" if outcome.already_exists else "recorded",
        "purchaseId": outcome.purchase_id,
        "entryId": outcome.entry_id,
        "pointsAwarded": outcome.points_awarded,
    }
    if outcome.differences:
        row["differences"] = outcome.differences
    return row | ({"reasonCode": outcome.reason_code} if outcome.reason_code else {})
