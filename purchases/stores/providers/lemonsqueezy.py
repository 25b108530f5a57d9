"""Lemon Squeezy: https://docs.lemonsqueezy.com/help/webhooks and its Order object. Amounts are whole minor units."""

from collections.abc import Sequence

from contests.money import minor_unit
from purchases.stores.events import Event, NotUsed, PurchaseMade, RefundTotal, StoreOrder
from purchases.stores.payload import Payload, read_object
from purchases.stores.provider import Delivery, Options, Provider, SecretSource
from purchases.stores.signatures import check_hex_hmac


class LemonSqueezy(Provider):
    kind = "lemonsqueezy"
    title = "Lemon Squeezy"
    topics = ("order_created", "order_refunded")
    secret_source = SecretSource.US
    credential_label = "Signing secret"
    steps = (
        "In Lemon Squeezy, go to Settings > Webhooks and click the plus button.",
        "Paste the URL as the callback URL, and the secret as the signing secret.",
        "Select the events order_created and order_refunded.",
        "Click Save webhook.",
    )

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        check_hex_hmac(delivery.body, delivery.header("x-signature"), secrets)

    def topic(self, delivery: Delivery) -> str:
        return delivery.header("x-event-name")

    def parse(self, delivery: Delivery, options: Options) -> Sequence[Event]:
        body = read_object(delivery.body)
        if body.is_true("meta.test_mode") or body.is_true("data.attributes.test_mode"):
            return [NotUsed("A test: it earns no points.", is_test=True)]
        match body.text("meta.event_name") or self.topic(delivery):
            case "order_created":
                return [_purchase(body)]
            case "order_refunded":
                return [_refunded(body)]
        return [NotUsed(f"Nothing is done with “{self.topic(delivery)[:100]}”.")]


def _order(body: Payload) -> StoreOrder:
    number = body.identifier("data.attributes.order_number")
    return StoreOrder(
        order_id=body.required_identifier("data.id"),
        name=f"#{number}" if number else "",
        other_ids=tuple(filter(None, [body.identifier("data.attributes.identifier")])),
    )


def _purchase(body: Payload) -> Event:
    order = body.object("data.attributes")
    if order.text("status") != "paid":
        return NotUsed("The order is not paid.")
    total, currency = order.amount("total"), order.text("currency")
    if total <= 0:
        return NotUsed("The order's amount is 0.")
    return PurchaseMade(
        order=_order(body),
        email=order.text("user_email"),
        amount=total * minor_unit(currency.upper()),
        currency=currency,
        purchased_at=order.moment("created_at"),
    )


def _refunded(body: Payload) -> Event:
    """How much was refunded until now; older orders say only that all was."""
    order = body.object("data.attributes")
    name = "refunded_amount" if order.has("refunded_amount") else "total"
    currency = order.text("currency")
    return RefundTotal(
        order=_order(body),
        source="order",
        amount=order.amount(name) * minor_unit(currency.upper()),
        currency=currency,
    )
