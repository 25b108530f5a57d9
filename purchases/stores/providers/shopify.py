"""Shopify: https://shopify.dev/docs/api/webhooks and the Order and Refund resources of its Admin API."""

from collections.abc import Sequence

from purchases.stores.events import (
    A_TEST,
    Event,
    NotUsed,
    OrderChanged,
    PurchaseCancelled,
    PurchaseMade,
    PurchaseRefunded,
    StoreOrder,
    unknown_topic,
)
from purchases.stores.payload import Payload
from purchases.stores.provider import Delivery, Option, Options, Provider, SecretSource
from purchases.stores.shopify_amounts import (
    amount_now,
    amount_of,
    currency_of,
    has_amount_now,
    has_parts,
    is_paid_without_money,
    paid_back,
    refund_currency,
    refunded,
)
from purchases.stores.signatures import check_base64_hmac


class Shopify(Provider):
    kind = "shopify"
    title = "Shopify"
    topics = ("Order creation", "Order payment", "Order update", "Order cancellation", "Refund create")
    secret_source = SecretSource.STORE
    credential_label = "Signing secret"
    steps = (
        "In your Shopify admin, go to Settings > Notifications and click Webhooks.",
        "Click Create webhook, choose the event Order payment and the format JSON, and paste the URL.",
        "Keep the latest stable webhook API version and click Save.",
        "Do the same for the other events, each with the same URL.",
        "Copy the secret below “Your webhooks will be signed with” and enter it here.",
        "To try it, click Send test notification next to a webhook: it is shown here and earns no points.",
    )
    position = 10
    options = (
        Option("earns", "Orders earn points when", (("paid", "they are paid"), ("create", "they are placed"))),
        Option(
            "amount",
            "Amount that earns",
            (
                ("total", "Total"),
                ("without_shipping", "Total without shipping"),
                ("without_tax_and_shipping", "Total without tax and shipping"),
            ),
        ),
        Option("currency", "Currency", (("shop", "The shop's"), ("presentment", "The one that the customer paid in"))),
        Option(
            "gift_cards",
            "Gift cards and store credit",
            (("count", "Count like money"), ("leave_out", "Leave out")),
            "Leave out: gift cards that are bought, and orders paid only with gift cards or store credit.",
        ),
    )

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        check_base64_hmac(delivery.body, delivery.header("x-shopify-hmac-sha256"), secrets)

    def delivery_id(self, delivery: Delivery) -> str:
        return delivery.header("x-shopify-webhook-id")

    def topic(self, delivery: Delivery) -> str:
        return delivery.header("x-shopify-topic")

    def parse(self, delivery: Delivery, options: Options) -> Sequence[Event]:
        topic, body = self.topic(delivery), delivery.payload
        if delivery.header("x-shopify-test") == "true" or _is_test(body):
            return [A_TEST]
        match topic:
            case "orders/create" | "orders/paid":
                is_chosen = topic.removeprefix("orders/") == options["earns"]
                return _purchase(body, options) if is_chosen else [NotUsed(_WAITS[topic])]
            case "orders/updated":
                return [_update(body, options)]
            case "orders/cancelled":
                return [_cancelled(body)]
            case "refunds/create":
                return [_refund(body, options)]
            case "orders/edited":
                return [NotUsed("What was edited comes with the order's update, which has the totals.")]
        return [unknown_topic(topic)]


_WAITS = {
    "orders/create": "Orders earn points when they are paid.",
    "orders/paid": "Orders earn points when they are placed.",
}


def _is_test(body: Payload) -> bool:
    """An order of the test gateway, or a refund of one."""
    transactions = list(body.objects("transactions"))
    return body.is_true("test") or (bool(transactions) and all(each.is_true("test") for each in transactions))


def _is_void(body: Payload) -> bool:
    """Whether it is cancelled, or its payment is."""
    return body.has("cancelled_at") or body.text("financial_status") == "voided"


def _order(body: Payload) -> StoreOrder:
    return StoreOrder(order_id=body.required_identifier("id"), name=body.text("name"))


def _cancelled(body: Payload) -> PurchaseCancelled:
    return PurchaseCancelled(
        order=_order(body), reason=f"Cancelled in Shopify: {body.text('cancel_reason')}".strip(": ")
    )


def _purchase(body: Payload, options: Options) -> list[Event]:
    """The order as it was placed, and what an edit has taken off it since."""
    if _is_void(body):
        return [NotUsed("The order is cancelled: it earns no points.")]
    if options["gift_cards"] == "leave_out" and is_paid_without_money(body):
        return [NotUsed("The order was paid only with gift cards or store credit.")]
    amount = amount_of(body, options)
    if amount <= 0:
        return [NotUsed("The order's amount is 0.")]
    purchase = PurchaseMade(
        order=_order(body),
        email=body.text("email", "contact_email", "customer.email"),
        amount=amount,
        currency=currency_of(body, options),
        purchased_at=body.moment("processed_at", "created_at"),
    )
    now = amount_now(body, amount, options) if has_amount_now(body) else amount
    if now >= amount:
        return [purchase]
    return [
        purchase,
        OrderChanged(order=purchase.order, amount=now, amount_before=amount, currency=purchase.currency),
    ]


def _update(body: Payload, options: Options) -> Event:
    if _is_void(body):
        return _cancelled(body)
    if not has_amount_now(body):
        return NotUsed("The update has no current total.")
    amount = amount_of(body, options)
    return OrderChanged(
        order=_order(body),
        amount=amount_now(body, amount, options),
        amount_before=amount,
        currency=currency_of(body, options),
    )


def _refund(body: Payload, options: Options) -> Event:
    amount, currency = refunded(body, options), refund_currency(body, options)
    if not has_parts(body):
        amount, currency = paid_back(body)
    if amount <= 0:
        return NotUsed("It gives back nothing that earned points, or no money yet.")
    return PurchaseRefunded(
        order=StoreOrder(order_id=body.required_identifier("order_id")),
        refund_id=body.required_identifier("id"),
        amount=amount,
        currency=currency,
        reason=body.text("note"),
    )
