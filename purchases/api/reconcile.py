"""The rows of a reconciliation, and the response."""

from operator import itemgetter
from typing import Any

from blitzrocket.api.exceptions import ApiError
from contests.models import Contest
from purchases.api.batch_serializers import RECONCILE_STATUSES, OrderToReconcileSerializer
from purchases.api.orders import counts_of, object_of, order_id_as_sent
from purchases.services import count_pending_refunds, reconcile

ReconcileRow = dict[str, Any]


def reconcile_orders(contest: Contest, bodies: list[Any]) -> dict[str, Any]:
    """A result for each order in the order received, and the number of orders by status; see `ReconciledSerializer`."""
    orders, invalid = _read_rows(bodies)
    reconciliation = reconcile(contest, list(orders.values()))
    results = dict(zip(orders, reconciliation.results, strict=True)) | invalid
    ids = [orders[index]["orderId"] if index in orders else order_id_as_sent(bodies[index]) for index in results]
    pending = count_pending_refunds(contest.pk, [order_id for order_id in ids if order_id])
    rows = [
        {"index": index, "orderId": order_id, "pendingRefunds": pending.get(order_id or "", 0)} | result
        for (index, result), order_id in zip(results.items(), ids, strict=True)
    ]
    data: dict[str, Any] = {
        "results": sorted(rows, key=itemgetter("index")),
        "counts": counts_of(rows, RECONCILE_STATUSES),
    }
    if reconciliation.incomplete_since is not None:
        data["incompleteSince"] = reconciliation.incomplete_since
    return data


def _read_rows(bodies: list[Any]) -> tuple[dict[int, ReconcileRow], dict[int, ReconcileRow]]:
    """The valid orders, and the results of the invalid ones, by their index in the request."""
    orders: dict[int, ReconcileRow] = {}
    invalid: dict[int, ReconcileRow] = {}
    for index, body in enumerate(bodies):
        try:
            serializer = OrderToReconcileSerializer(data=object_of(body))
            serializer.is_valid(raise_exception=True)
            orders[index] = serializer.validated_data
        except ApiError as error:
            invalid[index] = {"status": "invalid", "code": error.code, "details": error.details}
    return orders, invalid
