"""The rows of a reconciliation: how they are read, and what is answered to each."""

from operator import itemgetter
from typing import Any

from blitzrocket.api.exceptions import ApiError
from blitzrocket.datetimes import format_rfc3339
from contests.models import Contest
from purchases.api.orders import counts_of, object_of, order_id_as_sent
from purchases.api.serializers import RECONCILE_STATUSES, OrderToReconcileSerializer
from purchases.services import count_pending_refunds, reconcile

Row = dict[str, Any]


def reconcile_orders(contest: Contest, bodies: list[Any]) -> dict[str, Any]:
    """What is known of each order, in the order they were sent, and how many there are of each status."""
    orders, invalid = _read_rows(bodies)
    reconciliation = reconcile(contest, list(orders.values()))
    results = dict(zip(orders, reconciliation.results, strict=True)) | invalid
    ids = [orders[index]["orderId"] if index in orders else order_id_as_sent(bodies[index]) for index in results]
    pending = count_pending_refunds(contest, [order_id for order_id in ids if order_id])
    rows = [
        {"index": index, "orderId": order_id, "pendingRefunds": pending.get(order_id or "", 0)} | result
        for (index, result), order_id in zip(results.items(), ids, strict=True)
    ]
    answer = {"results": sorted(rows, key=itemgetter("index")), "counts": counts_of(rows, RECONCILE_STATUSES)}
    if reconciliation.incomplete_since is not None:
        answer["incompleteSince"] = format_rfc3339(reconciliation.incomplete_since)
    return answer


def _read_rows(bodies: list[Any]) -> tuple[dict[int, Row], dict[int, Row]]:
    """The orders as they are read, and the results of those that cannot be, by their place in the list."""
    orders: dict[int, Row] = {}
    invalid: dict[int, Row] = {}
    for index, body in enumerate(bodies):
        try:
            serializer = OrderToReconcileSerializer(data=object_of(body))
            serializer.is_valid(raise_exception=True)
            orders[index] = serializer.validated_data
        except ApiError as error:
            invalid[index] = {"status": "invalid", "code": error.code, "details": error.details}
    return orders, invalid
