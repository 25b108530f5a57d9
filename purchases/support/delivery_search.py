"""The search in the list of deliveries: by an order's id, or by the delivery's own."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from blitzrocket.text import readings
from purchases.models import PendingRefund, Purchase, RejectedPurchase, StoreDelivery, StoreOrderId, order_key
from purchases.support.search import SearchScope
from purchases.support.store_names import connections_of

MAX_FOUND = 100


def deliveries_like(text: str, scope: SearchScope) -> list[str]:
    """The ids of deliveries of an order, or with this id; the newest first."""
    for reading in readings(text.replace("\0", "")):
        if delivery_ids := _with(reading, scope):
            return delivery_ids
    return []


def _with(text: str, scope: SearchScope) -> list[str]:
    rows = StoreDelivery.objects.filter(contest__in=scope.contest_ids)
    matches = [
        rows.filter(pk=text.lower()),
        rows.filter(connection__in=list(connections_of(scope.contest_ids)), provider_id=text),
        rows.filter(order_id__in=_order_ids(text, scope)),
        rows.filter(state=StoreDelivery.State.WAITING, waits_for__contains=[text]),
    ]
    first, *others = (each.order_by("-pk").values_list("pk", flat=True)[:MAX_FOUND] for each in matches)
    return sorted(first.union(*others), reverse=True)[:MAX_FOUND]


def _order_ids(text: str, scope: SearchScope) -> Collection[str]:
    """How the ids of the order are written; a search has them in any case, or has another id of the order."""
    key, contest_ids = order_key(text), scope.contest_ids
    keyed: list[QuerySet[Any]] = [
        Purchase.objects.filter(contest__in=contest_ids, order_key=key),
        RejectedPurchase.objects.filter(team__in=scope.team_ids, order_key=key),
        PendingRefund.objects.filter(contest__in=contest_ids, order_key=key),
        StoreOrderId.objects.filter(contest__in=contest_ids, other_key=key),
    ]
    first, *others = (each.order_by().values_list("order_id", flat=True)[:MAX_FOUND] for each in keyed)
    return {text, *first.union(*others)}
