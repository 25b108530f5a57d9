"""How screens name stores: by kind and connection, such as “Shopify · German shop”, or “Shopify” if it has no other."""

from collections.abc import Collection

from purchases.models import StoreConnection
from purchases.stores.kinds import STORE_KINDS


def store_name(connection: StoreConnection) -> str:
    kind = STORE_KINDS.get(connection.kind)
    title = kind.title if kind else connection.kind
    return title if connection.name == title else f"{title} · {connection.name}"


def connections_of(contest_ids: Collection[str]) -> dict[str, StoreConnection]:
    """The connections of these contests by id, also paused ones; by name."""
    rows = StoreConnection.objects.filter(contest__in=contest_ids).order_by("name", "pk")
    return {connection.pk: connection for connection in rows}
