"""WooCommerce: https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks and its Order properties."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from urllib.parse import parse_qs

from contests.money import in_minor_units
from purchases.stores.events import (
    Event,
    NotUsed,
    PurchaseCancelled,
    PurchaseMade,
    PurchaseRefunded,
    PurchaseReopened,
    StoreOrder,
    unknown_topic,
)
from purchases.stores.payload import Payload
from purchases.stores.provider import Delivery, Option, Options, Provider, SecretSource
from purchases.stores.signatures import check_base64_hmac

LONGEST_PING = 100
PAID = ("processing", "completed")
CANCELLED = ("cancelled", "failed")
MAX_SHOWN = 100


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

    def as_of(self, delivery: Delivery) -> datetime | None:
        return delivery.payload.moment("date_modified_gmt")

    def parse(self, delivery: Delivery, options: Options) -> Sequence[Event]:
        match self.topic(delivery):
            case "order.created" | "order.updated" | "order.restored":
                return _events(delivery.payload, options, self.as_of(delivery))
            case "order.deleted":
                return [NotUsed("A deleted order keeps its points: cancel or refund an order to take them back.")]
            case topic:
                return [unknown_topic(topic)]


def _events(body: Payload, options: Options, as_of: datetime | None) -> list[Event]:
    order = StoreOrder(
        order_id=body.required_identifier("id"),
        name=body.identifier("number"),
        other_ids=tuple(filter(None, [body.text("transaction_id"), body.text("order_key")])),
    )
    status = body.text("status")
    refunds = _refunds(body, order, options)
    if status in CANCELLED:
        reason = f"{status.capitalize()} in WooCommerce"
        return [PurchaseCancelled(order=order, reason=reason, is_final=False, as_of=as_of), *refunds]
    if status == "refunded":
        return [*refunds, *_rest(body, order)]
    if status not in PAID:
        return [*refunds, NotUsed(f"An order with the status “{status[:MAX_SHOWN]}” earns no points.")]
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
    return [PurchaseReopened(order=order, as_of=as_of), purchase, *refunds]


def _amount(body: Payload, options: Options) -> Decimal:
    amount = body.amount("total")
    if options["amount"] == "total":
        return amount
    shipping_tax = body.amount("shipping_tax")
    amount -= body.amount("shipping_total") + shipping_tax
    if options["amount"] == "without_tax_and_shipping":
        amount -= body.amount("total_tax") - shipping_tax
    return amount


def _refunds(body: Payload, order: StoreOrder, options: Options) -> list[Event]:
    """Each with its share of the amount that earned, because the order says only their totals, as negative texts."""
    listed = [(refund, abs(refund.amount("total"))) for refund in body.objects("refunds")]
    listed.sort(key=lambda pair: pair[0].identifier("id").zfill(MAX_SHOWN))  # as they were made
    if not listed:
        return []
    share = partial(_share, total=body.amount("total"), earned=_amount(body, options), currency=body.text("currency"))
    given_back = Decimal(0)
    refunds: list[Event] = []
    for refund, amount in listed:
        its_share = share(given_back + amount) - share(given_back)
        given_back += amount
        if its_share > 0:
            refunds.append(
                PurchaseRefunded(
                    order=order,
                    refund_id=refund.required_identifier("id"),
                    amount=its_share,
                    currency=body.text("currency"),
                    reason=refund.text("reason"),
                )
            )
    return refunds


def _share(amount: Decimal, *, total: Decimal, earned: Decimal, currency: str) -> Decimal:
    """Of 10.00 refunded of 29.35, of which 19.35 earned: 6.59. Of all of it, all that earned."""
    if earned == total or total <= 0:
        return amount
    return in_minor_units(min(amount, total) * earned / total, currency.upper())


def _rest(body: Payload, order: StoreOrder) -> list[Event]:
    """An order may be set to refunded without refunds of all its amount."""
    listed = sum((abs(refund.amount("total")) for refund in body.objects("refunds")), Decimal(0))
    if listed >= body.amount("total"):
        return []
    return [PurchaseRefunded(order=order, refund_id=f"{order.order_id}-refunded")]
