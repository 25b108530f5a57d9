"""Which of a shop's orders are here: one look-up a table for all of them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count

from contests.models import Contest
from contests.money import in_minor_units
from purchases.models import PendingRefund, Purchase, RejectedPurchase
from purchases.services.retention_gaps import incomplete_since

Order = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What became of each order, in their order, and since when the contest has not kept all that it received."""

    results: list[dict[str, Any]]
    incomplete_since: datetime | None


def reconcile(contest: Contest, orders: list[Order]) -> Reconciliation:
    """What became of each order; compared is what was sent of amount, currency and email."""
    ids = {order["orderId"] for order in orders}
    purchases = {row.order_id: row for row in Purchase.objects.filter(contest=contest, order_id__in=ids)}
    rows = RejectedPurchase.objects.filter(contest=contest, contest_sent=contest.pk, order_id__in=ids)
    attempts: dict[str, RejectedPurchase] = {}
    for attempt in rows.order_by("last_received_at"):
        known = attempts.get(attempt.order_id)
        if known is None or not known.is_held:
            attempts[attempt.order_id] = attempt
    since = incomplete_since(contest)  # after the look-ups: what was deleted before them is noted by now
    not_found = "missing" if since is None else "unknown"
    results = [
        _standing(order, purchases.get(order["orderId"]), attempts.get(order["orderId"]), not_found) for order in orders
    ]
    return Reconciliation(results, since)


def count_pending_refunds(contest: Contest, order_ids: list[str]) -> dict[str, int]:
    """How many refunds wait for each of these orders; one that none waits for is not there."""
    waiting = PendingRefund.objects.filter(
        contest=contest, order_id__in=set(order_ids), state=PendingRefund.State.WAITING
    )
    return dict(waiting.order_by().values_list("order_id").annotate(count=Count("pk")))


def _standing(
    order: Order, purchase: Purchase | None, attempt: RejectedPurchase | None, not_found: str
) -> dict[str, Any]:
    if purchase is not None:
        differences = _differences(order, purchase)
        standing = {
            "status": "different" if differences else "recorded",
            "purchaseId": purchase.pk,
            "purchaseStatus": purchase.status,
            "refundedAmount": purchase.money_refunded,
        }
        return standing | ({"differences": differences} if differences else {})
    if attempt is None:
        return {"status": not_found}
    return {"status": "held" if attempt.is_held else "rejected", "code": attempt.code}


def _differences(order: Order, purchase: Purchase) -> dict[str, dict[str, Any]]:
    amount: Decimal | None = order.get("amount")
    received = None if amount is None else in_minor_units(amount, order.get("currency") or purchase.currency)
    email = order.get("email")
    pairs = {
        "email": (purchase.email, email and email.address, email is not None and email.key != purchase.email_key),
        "amount": (purchase.money, received, received is not None and received != purchase.money),
        "currency": (purchase.currency, order.get("currency"), order.get("currency") not in (None, purchase.currency)),
    }
    return {
        field: {"recorded": recorded, "received": got} for field, (recorded, got, differs) in pairs.items() if differs
    }
