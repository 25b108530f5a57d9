"""Any system that signs by https://www.standardwebhooks.com: the body is our own form, with the API's names of fields.

``{"type": "purchase.made", "data": {"orderId", "email", "amount", "currency", "purchasedAt"}}``,
``{"type": "purchase.refunded", "data": {"orderId", "refundId", "amount", "currency", "reason"}}`` and
``{"type": "purchase.cancelled", "data": {"orderId", "reason"}}`` and
``{"type": "entry.signed_up", "data": {"email", "name", "phone", "referralCode"}}``. With
``"test": true`` beside ``type``, it is only shown.
"""

import base64
import re
from collections.abc import Sequence
from secrets import token_bytes

from purchases.stores.events import (
    A_TEST,
    EntrySignedUp,
    Event,
    PurchaseCancelled,
    PurchaseMade,
    PurchaseRefunded,
    StoreOrder,
    unknown_topic,
)
from purchases.stores.payload import Payload
from purchases.stores.provider import Delivery, Options, Provider, SecretSource, SecretUnusable
from purchases.stores.signatures import STANDARD_PREFIX, check_standard

BASE64 = re.compile(r"[A-Za-z0-9+/]{4,}={0,2}")
SECRET_BYTES = 32


class StandardWebhooks(Provider):
    kind = "standard"
    title = "Standard Webhooks"
    about = "Any system that signs its webhooks this way"
    topics = ("purchase.made", "purchase.refunded", "purchase.cancelled", "entry.signed_up")
    secret_source = SecretSource.EITHER
    credential_label = "Signing secret"
    steps = (
        "In the system that sends, add an endpoint with the URL and the event types.",
        "If the system makes the signing secret, which starts with whsec_, enter it here; else give it ours.",
        "Send one of the bodies below with the headers webhook-id, webhook-timestamp and webhook-signature.",
    )
    position = 90

    def new_secret(self) -> str:
        return STANDARD_PREFIX + base64.b64encode(token_bytes(SECRET_BYTES)).decode()

    def check_secret(self, secret: str) -> None:
        if not BASE64.fullmatch(secret.removeprefix(STANDARD_PREFIX)):
            raise SecretUnusable(f"Enter a secret in base64, with or without {STANDARD_PREFIX} before it.")

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        check_standard(delivery.body, delivery.headers, secrets, delivery.received_at)

    def delivery_id(self, delivery: Delivery) -> str:
        return delivery.header("webhook-id")

    def topic(self, delivery: Delivery) -> str:
        return delivery.payload.text("type")

    def parse(self, delivery: Delivery, options: Options) -> Sequence[Event]:
        body = delivery.payload
        if body.is_true("test"):
            return [A_TEST]
        data = body.object("data")
        match body.text("type"):
            case "purchase.made":
                return [_purchase(data)]
            case "purchase.refunded":
                return [_refund(data)]
            case "purchase.cancelled":
                return [PurchaseCancelled(order=_order(data), reason=data.text("reason"))]
            case "entry.signed_up":
                return [_sign_up(data)]
        return [unknown_topic(body.text("type"))]


def _order(data: Payload) -> StoreOrder:
    return StoreOrder(order_id=data.required_identifier("orderId"))


def _purchase(data: Payload) -> Event:
    return PurchaseMade(
        order=_order(data),
        email=data.text("email"),
        amount=data.amount("amount"),
        currency=data.text("currency"),
        purchased_at=data.moment("purchasedAt"),
    )


def _refund(data: Payload) -> Event:
    return PurchaseRefunded(
        order=_order(data),
        refund_id=data.required_identifier("refundId"),
        amount=data.amount("amount") if data.has("amount") else None,
        currency=data.text("currency"),
        reason=data.text("reason"),
    )


def _sign_up(data: Payload) -> Event:
    return EntrySignedUp(
        email=data.text("email"),
        name=data.text("name"),
        phone=data.text("phone"),
        referral_code=data.text("referralCode"),
    )
