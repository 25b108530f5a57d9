"""Razorpay: https://razorpay.com/docs/webhooks/orders and /refunds. Amounts are whole minor units."""

from collections.abc import Sequence

from purchases.stores.events import Event, PurchaseMade, PurchaseRefunded, StoreOrder, unknown_topic, unless_free
from purchases.stores.payload import Payload
from purchases.stores.provider import Delivery, Option, Options, Provider, SecretSource
from purchases.stores.signatures import check_hex_hmac

NO_EMAIL = "void@razorpay.com"  # of payments for which the customer entered none


class Razorpay(Provider):
    kind = "razorpay"
    title = "Razorpay"
    about = "Paid orders and refunds"
    topics = ("order.paid", "refund.processed")
    options = (
        Option(
            "order_id",
            "Order ID",
            (("order", "Razorpay's order ID"), ("receipt", "The receipt, where it is your own order ID")),
        ),
    )
    secret_source = SecretSource.US
    credential_label = "Secret"
    steps = (
        "In the Razorpay Dashboard, in live mode, go to Account & Settings > Webhooks.",
        "Click Add New Webhook and paste the URL as the webhook URL, and the secret as the secret.",
        "Select the active events order.paid and refund.processed, and click Create Webhook.",
    )

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        check_hex_hmac(delivery.body, delivery.header("x-razorpay-signature"), secrets)

    def delivery_id(self, delivery: Delivery) -> str:
        return delivery.header("x-razorpay-event-id")

    def topic(self, delivery: Delivery) -> str:
        return delivery.payload.text("event")

    def parse(self, delivery: Delivery, options: Options) -> Sequence[Event]:
        body = delivery.payload
        payment = body.object("payload.payment.entity")
        match body.text("event"):
            case "order.paid":
                return [_purchase(body.object("payload.order.entity"), payment, options)]
            case "refund.processed":
                return [_refund(body.object("payload.refund.entity"), payment)]
        return [unknown_topic(body.text("event"))]


def _purchase(order: Payload, payment: Payload, options: Options) -> Event:
    order_id, currency, email = order.required_identifier("id"), order.text("currency"), payment.text("email")
    receipt = order.identifier("receipt")
    return unless_free(
        PurchaseMade(
            order=StoreOrder(
                order_id=receipt if receipt and options["order_id"] == "receipt" else order_id,
                other_ids=tuple(filter(None, [order_id, payment.identifier("id"), receipt])),
            ),
            email="" if email == NO_EMAIL else email,
            amount=order.minor_amount("amount_paid", currency),
            currency=currency,
            purchased_at=payment.unix_moment("created_at"),
        )
    )


def _refund(refund: Payload, payment: Payload) -> Event:
    """It names the payment, and mostly the order."""
    ids = payment.identifier("order_id"), refund.required_identifier("payment_id")
    currency = refund.text("currency")
    return PurchaseRefunded(
        order=StoreOrder(other_ids=tuple(filter(None, ids))),
        refund_id=refund.required_identifier("id"),
        amount=refund.minor_amount("amount", currency),
        currency=currency,
    )
