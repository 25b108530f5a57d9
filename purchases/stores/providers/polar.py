"""Polar: https://polar.sh/docs/integrate/webhooks/delivery and its Order object. Amounts are whole minor units."""

import base64
from collections.abc import Sequence

from purchases.stores.events import Event, PurchaseMade, RefundTotal, StoreOrder, unknown_topic, unless_free
from purchases.stores.payload import Payload
from purchases.stores.provider import Delivery, Options, Provider, SecretSource
from purchases.stores.signatures import STANDARD_PREFIX, check_standard


class Polar(Provider):
    kind = "polar"
    title = "Polar"
    about = "Orders, renewals and refunds"
    topics = ("order.paid", "order.refunded")
    secret_source = SecretSource.STORE
    credential_label = "Secret"
    steps = (
        "In Polar, go to your organization's Settings > Webhooks and click Add Endpoint.",
        "Paste the URL and choose the format Raw.",
        "Select the events order.paid and order.refunded, and save.",
        "Copy the endpoint's secret and enter it here.",
        "A sandbox's deliveries look like real ones: connect it to a contest for trying out.",
    )

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        keys = [key for secret in secrets for key in _standard_secrets(secret)]
        check_standard(delivery.body, delivery.headers, keys, delivery.received_at)

    def delivery_id(self, delivery: Delivery) -> str:
        return delivery.header("webhook-id")

    def topic(self, delivery: Delivery) -> str:
        return delivery.payload.text("type")

    def parse(self, delivery: Delivery, options: Options) -> Sequence[Event]:
        body = delivery.payload
        topic, order = body.text("type"), body.object("data")
        match topic:
            case "order.paid":
                return [_purchase(order)]
            case "order.refunded":
                return [_refund(order)]
        return [unknown_topic(topic)]


def _standard_secrets(secret: str) -> list[str]:
    """Newer secrets are as the standard says; the key of older ones is the text itself, with its prefix."""
    text_as_key = base64.b64encode(secret.encode()).decode()
    return [secret, text_as_key] if secret.startswith(STANDARD_PREFIX) else [text_as_key]


def _order(order: Payload) -> StoreOrder:
    checkout = order.identifier("checkout_id")
    return StoreOrder(
        order_id=order.required_identifier("id"),
        name=order.text("invoice_number"),
        other_ids=(checkout,) if checkout else (),
    )


def _purchase(order: Payload) -> Event:
    currency = order.text("currency")
    return unless_free(
        PurchaseMade(
            order=_order(order),
            email=order.text("customer.email"),
            amount=order.minor_amount("total_amount", currency),
            currency=currency,
            purchased_at=order.moment("created_at"),
        )
    )


def _refund(order: Payload) -> Event:
    """How much was refunded until now; the tax is counted apart."""
    currency = order.text("currency")
    amount = order.minor_amount("refunded_amount", currency) + order.minor_amount("refunded_tax_amount", currency)
    return RefundTotal(order=_order(order), source="order", amount=amount, currency=currency)
