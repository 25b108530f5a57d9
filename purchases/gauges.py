"""What metrics say of orders and deliveries that need somebody. Each count reads an index and ends at `MOST`."""

from collections.abc import Mapping

from django.db.models import QuerySet

from blitzrocket.metrics.gauges import gauge
from purchases.models import PendingRefund, RejectedPurchase, StoreDelivery

MOST = 100_000


@gauge("blitzrocket_held_orders", f"Orders that wait for an entry; at most {MOST} are counted.")
def held_orders() -> Mapping[tuple[str, ...], float]:
    return {(): _count(RejectedPurchase.objects.filter(state=RejectedPurchase.State.HELD))}


@gauge("blitzrocket_pending_refunds", f"Refunds that wait for their order; at most {MOST} are counted.")
def pending_refunds() -> Mapping[tuple[str, ...], float]:
    return {(): _count(PendingRefund.objects.filter(state=PendingRefund.State.PENDING))}


@gauge("blitzrocket_open_store_deliveries", f"Deliveries by status; at most {MOST} of each are counted.", ["status"])
def open_deliveries() -> Mapping[tuple[str, ...], float]:
    states = (*StoreDelivery.OPEN, StoreDelivery.State.WAITING)
    return {(state,): _count(StoreDelivery.objects.exclude(state="done").filter(state=state)) for state in states}


def _count(rows: QuerySet) -> int:
    return rows.order_by().values("pk")[:MOST].count()
