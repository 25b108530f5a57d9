"""WooCommerce: https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks and its Order properties."""

from collections.abc import Sequence
from decimal import Decimal
from urllib.parse import parse_qs

from purchases.stores.events import (
    Event,
    NotUsed,
    PurchaseCancelled,
    PurchaseMade,
    PurchaseRefunded,
    PurchaseReopened,
    StoreOrder,
)
from purchases.stores.payload import Payload, read_object
from purchases.stores.provider import Delivery, Option, Options, Provider, SecretSource
from purchases.stores.signatures import check_base64_hmac

LONGEST_PING = 100
PAID = ("processing", "completed")
CANCELLED = ("cancelled", "failed", "trash")


class WooCommerce(Provider):
    """Its ids of deliveries are not unique, so that none is used."""

    kind = "woocommerce"
    title = "WooCommerce"
    topics = ("Order created", "Order updated")
    secret_source = SecretSource.US
    credential_label = "Secret"
    steps = (
        "In WordPress, go to WooCommerce > Settings > Advanced > Webhooks and click Add webhook.",
        "Choose the status Active and the topic Order created.",
        "Paste the URL as the delivery URL, and the secret as the secret.",
        "Choose the API version WP REST API Integration v3 and click Save webhook.",
        "Add a second webhook for the topic Order updated, with the same delivery URL and secret.",
    )
    position = 20
    options = (
        Option(
            "amount",
            "Amount that earns",
            (
                ("total", "Total"),
                ("without_shipping", "Total without shipping"),
                ("without_tax_and_shipping", "Total without tax and shipping"),
            ),
        ),
    )

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        check_base64_hmac(delivery.body, delivery.header("x-wc-webhook-signature"), secrets)

    def is_ping(self, delivery: Delivery) -> bool:
        """Whether it is the unsigned form that WooCommerce sends when a webhook is saved."""
        if delivery.header("x-wc-webhook-signature") or len(delivery.body) > LONGEST_PING:
            return False
        return list(parse_qs(delivery.body.decode("ascii", "replace"))) == ["webhook_id"]

    def topic(self, delivery: Delivery) -> str:
        return delivery.header("x-wc-webhook-topic")

    def parse(self, delivery: Delivery, options: Options) -> Sequence[Event]:
        topic = self.topic(delivery)
        if topic not in ("order.created", "order.updated", "order.restored"):
            return [NotUsed(f"Nothing is done with “{topic[:100]}”.")]
        return _events(read_object(delivery.body), options)


def _events(body: Payload, options: Options) -> list[Event]:
    order = StoreOrder(
        order_id=body.required_identifier("id"),
        name=body.identifier("number"),
        other_ids=tuple(filter(None, [body.text("transaction_id"), body.text("order_key")])),
    )
    status = body.text("status")
    if status in CANCELLED:
        return [PurchaseCancelled(order=order, reason=f"{status.capitalize()} in WooCommerce", is_final=False)]
    refunds = _refunds(body, order)
    if status == "refunded":
        return refunds or [PurchaseRefunded(order=order, refund_id=f"{order.order_id}-refunded")]
    if status not in PAID:
        return [*refunds, NotUsed(f"An order with the status “{status[:50]}” earns no points.")]
    amount = _amount(body, options)
    if amount <= 0:
        return [NotUsed("The order's amount is 0.")]
    purchase = PurchaseMade(
        order=order,
        email=body.text("billing.email"),
        amount=amount,
        currency=body.text("currency"),
        purchased_at=body.moment("date_paid_gmt", "date_created_gmt"),
    )
    return [PurchaseReopened(order=order), purchase, *refunds]


def _amount(body: Payload, options: Options) -> Decimal:
    amount = body.amount("total")
    if options["amount"] == "total":
        return amount
    shipping_tax = body.amount("shipping_tax")
    amount -= body.amount("shipping_total") + shipping_tax
    if options["amount"] == "without_tax_and_shipping":
        amount -= body.amount("total_tax") - shipping_tax
    return amount


def _refunds(body: Payload, order: StoreOrder) -> list[Event]:
    """Their totals are negative texts."""
    return [
        PurchaseRefunded(
            order=order,
            refund_id=refund.required_identifier("id"),
            amount=abs(refund.amount("total")),
            currency=body.text("currency"),
            reason=refund.text("reason"),
        )
        for refund in body.objects("refunds")
        if refund.amount("total")
    ]
