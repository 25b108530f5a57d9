"""Connections whose calls carry the secret itself, in a header or in the body, as the hosted product's webhooks do."""

import hmac
from datetime import datetime
from functools import cache

from purchases.models import StoreConnection
from purchases.stores.connections import secrets_of
from purchases.stores.provider import SecretSource, StoreKind
from purchases.stores.secrets import SecretUnreadable, encrypt, new_secret

KIND = "custom"


class Custom(StoreKind):
    kind = KIND
    title = "Custom"
    about = "Your own code, Zapier or Make: one HTTP request"
    topics = ("Purchase", "Sign-up")
    secret_source = SecretSource.US
    credential_label = "Webhook secret"
    steps = (
        "In your own code or automation tool, add an HTTP request that is sent when an order is paid.",
        "Method: POST. URL: the purchases URL. Content type: application/json.",
        "Send the webhook secret in the header x-webhook-secret, or in the body field secret.",
        "Send the body of the API's call: email, orderId, amount, currency and, if you like, purchasedAt.",
        "For sign-ups, send email, name, phone and referralCode to the sign-ups URL.",
    )
    urls = (
        ("Purchases URL", "/api/webhooks/purchase/{contest_id}"),
        ("Sign-ups URL", "/api/webhooks/signup/{contest_id}"),
    )


def find_connection(contest_id: str, secret: str, now: datetime) -> StoreConnection | None:
    """The contest's connection with this secret, also a paused one.

    The time that it takes says neither which connection was nearest nor whether the contest has any. Secrets are random
    (`new_secret`), so that guesses need not be counted.

    Raises:
        SecretUnreadable: it may be one whose secret can't be read.
    """
    match, unreadable = None, False
    for connection in _connections(contest_id):  # all of them
        try:
            secrets = secrets_of(connection, now)
        except SecretUnreadable:
            unreadable = unreadable or not connection._state.adding
            continue
        for valid in secrets:
            if hmac.compare_digest(valid.encode(), secret.encode("utf-8", "replace")):
                match = connection
    if match is None and unreadable:
        raise SecretUnreadable
    return match


def _connections(contest_id: str) -> list[StoreConnection]:
    """The contest's connections; for one without any, a connection that is not there, with a secret of its own."""
    connections = StoreConnection.objects.filter(contest=contest_id, kind=KIND)
    return list(connections.select_related("api_key")) or [StoreConnection(secret=_unknown_secret())]


@cache
def _unknown_secret() -> str:
    return encrypt(new_secret())
