"""Connections whose calls carry the secret itself, in a header or in the body, as the hosted product's webhooks do."""

import hmac
from datetime import datetime

from purchases.models import StoreConnection
from purchases.stores.connections import secrets_of

KIND = "custom"


def find_connection(contest_id: str, secret: str, now: datetime) -> StoreConnection | None:
    """The contest's active connection with this secret."""
    connections = StoreConnection.objects.filter(contest=contest_id, kind=KIND, is_active=True)
    found = None
    for connection in connections.select_related("api_key"):  # all of them, so that the time says nothing
        for valid in secrets_of(connection, now):
            if hmac.compare_digest(valid.encode(), secret.encode("utf-8", "replace")):
                found = connection
    return found
