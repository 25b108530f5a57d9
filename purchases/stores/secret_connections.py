"""Connections whose calls carry the secret itself, in a header or in the body, as the hosted product's webhooks do."""

import hmac
from datetime import datetime

from purchases.models import StoreConnection
from purchases.stores.connections import secrets_of
from purchases.stores.provider import SecretSource, StoreKind

KIND = "custom"


class Custom(StoreKind):
    kind = KIND
    title = "Custom"
    topics = ("Purchase", "Sign-up")
    secret_source = SecretSource.US
    credential_label = "Webhook secret"
    steps = (
        "In your own code or automation tool, add an HTTP request that is sent when an order is paid.",
        "Method: POST. URL: the purchases URL. Content type: application/json.",
        "Send the webhook secret in the header x-webhook-secret, or in the body field secret.",
        "Send the body of the API's call: email, orderId, amount, currency and, if you like, purchasedAt.",
        "For people who enter elsewhere, send email, name and referralCode to the sign-ups URL.",
    )
    urls = (
        ("Purchases URL", "/api/webhooks/purchase/{contest_id}"),
        ("Sign-ups URL", "/api/webhooks/signup/{contest_id}"),
    )


def find_connection(contest_id: str, secret: str, now: datetime) -> StoreConnection | None:
    """The contest's active connection with this secret."""
    connections = StoreConnection.objects.filter(contest=contest_id, kind=KIND, is_active=True)
    found = None
    for connection in connections.select_related("api_key"):  # all of them, so that the time says nothing
        for valid in secrets_of(connection, now):
            if hmac.compare_digest(valid.encode(), secret.encode("utf-8", "replace")):
                found = connection
    return found
