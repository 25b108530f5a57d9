"""Reconciling a shop's orders, with one query per table."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from contests.models import Contest
from purchases.models import PendingRefund, Purchase, RejectedPurchase
from purchases.services.differences import differences_from
from purchases.services.retention_gaps import incomplete_since

Order = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The result of each order, in their order, and since when the contest's records are incomplete."""

    results: list[dict[str, Any]]
    incomplete_since: datetime | None


def reconcile(contest: Contest, orders: list[Order]) -> Reconciliation:
    """The status of each order; amount, currency and email are compared where they are given."""
    ids = {order["orderId"] for order in orders}
    purchases = {row.order_id: row for row in Purchase.objects.filter(contest=contest, order_id__in=ids)}
    rows = RejectedPurchase.objects.filter(contest=contest, contest_sent=contest.pk, order_id__in=ids)
    rejections: dict[str, RejectedPurchase] = {}
    for rejected in rows.order_by("last_received_at"):
        earlier = rejections.get(rejected.order_id)
        if earlier is None or not earlier.is_held:
            rejections[rejected.order_id] = rejected
    since = incomplete_since(contest)  # after the queries: a deletion before them is noted by now
    not_found = "missing" if since is None else "unknown"
    results = [
        _result(order, purchases.get(order["orderId"]), rejections.get(order["orderId"]), not_found) for order in orders
    ]
    return Reconciliation(results, since)


def count_pending_refunds(contest_id: str, order_ids: Collection[str]) -> dict[str, int]:
    """The number of pending refunds by order id, without orders that have none."""
    pending = PendingRefund.objects.filter(
        contest=contest_id, order_id__in=set(order_ids), state=PendingRefund.State.PENDING
    )
    return dict(pending.values_list("order_id").annotate(count=Count("pk")))


def _result(
    order: Order, purchase: Purchase | None, rejected: RejectedPurchase | None, not_found: str
) -> dict[str, Any]:
    if purchase is not None:
        differences = differences_from(
            purchase, email=order.get("email"), amount=order.get("amount"), currency=order.get("currency")
        )
        result = {
            "status": "different" if differences else "recorded",
            "purchaseId": purchase.pk,
            "purchaseStatus": purchase.status,
            "refundedAmount": purchase.money_refunded,
        }
        return result | ({"differences": differences} if differences else {})
    if rejected is None:
        return {"status": not_found}
    return {"status": "held" if rejected.is_held else "rejected", "code": rejected.code}
