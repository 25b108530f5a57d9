"""Lemon Squeezy: https://docs.lemonsqueezy.com/help/webhooks and its Order object. Amounts are whole minor units."""

from collections.abc import Sequence

from purchases.stores.events import (
    A_TEST,
    Event,
    NotUsed,
    PurchaseMade,
    RefundTotal,
    StoreOrder,
    unknown_topic,
    unless_free,
)
from purchases.stores.payload import Payload
from purchases.stores.provider import Delivery, Options, Provider, SecretSource
from purchases.stores.signatures import check_hex_hmac


class LemonSqueezy(Provider):
    kind = "lemonsqueezy"
    title = "Lemon Squeezy"
    about = "Orders and refunds"
    topics = ("order_created", "order_refunded")
    secret_source = SecretSource.US
    credential_label = "Signing secret"
    steps = (
        "In Lemon Squeezy, in live mode, go to Settings > Webhooks and add a webhook.",
        "Paste the URL as the callback URL, and the secret as the signing secret.",
        "Select the events order_created and order_refunded.",
        "Click Save webhook.",
    )

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        check_hex_hmac(delivery.body, delivery.header("x-signature"), secrets)

    def topic(self, delivery: Delivery) -> str:
        return delivery.payload.text("meta.event_name")

    def parse(self, delivery: Delivery, options: Options) -> Sequence[Event]:
        body = delivery.payload
        if body.is_true("meta.test_mode") or body.is_true("data.attributes.test_mode"):
            return [A_TEST]
        topic, order = body.text("meta.event_name"), body.object("data.attributes")
        match topic:
            case "order_created":
                return [_purchase(_order(body), order)]
            case "order_refunded":
                return [_refund(_order(body), order)]
        return [unknown_topic(topic)]


def _order(body: Payload) -> StoreOrder:
    number, identifier = body.identifier("data.attributes.order_number"), body.identifier("data.attributes.identifier")
    return StoreOrder(
        order_id=body.required_identifier("data.id"),
        name=f"#{number}" if number else "",
        other_ids=(identifier,) if identifier else (),
    )


def _purchase(store_order: StoreOrder, order: Payload) -> Event:
    if order.text("status") != "paid":
        return NotUsed("The order is not paid.")
    currency = order.text("currency")
    return unless_free(
        PurchaseMade(
            order=store_order,
            email=order.text("user_email"),
            amount=order.minor_amount("total", currency),
            currency=currency,
            purchased_at=order.moment("created_at"),
        )
    )


def _refund(store_order: StoreOrder, order: Payload) -> Event:
    """How much was refunded until now; older orders say only that all was."""
    name, currency = "refunded_amount" if order.has("refunded_amount") else "total", order.text("currency")
    return RefundTotal(order=store_order, source="order", amount=order.minor_amount(name, currency), currency=currency)
