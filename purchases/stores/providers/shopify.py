"""Shopify: https://shopify.dev/docs/api/webhooks and the Order and Refund resources of its Admin API."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from purchases.stores.events import (
    Event,
    NotUsed,
    PurchaseCancelled,
    PurchaseMade,
    PurchaseRefunded,
    RefundTotal,
    StoreOrder,
)
from purchases.stores.payload import Payload, read_object
from purchases.stores.provider import Delivery, Option, Options, Provider, SecretSource
from purchases.stores.signatures import check_base64_hmac

PAID_WITHOUT_MONEY = {"gift_card", "shopify_store_credit", "store_credit"}
MONEY = {"shop": "shop_money", "presentment": "presentment_money"}


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
            "Leave out: gift cards that are bought, and orders paid only by gift card or store credit.",
        ),
    )

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        check_base64_hmac(delivery.body, delivery.header("x-shopify-hmac-sha256"), secrets)

    def delivery_id(self, delivery: Delivery) -> str:
        return delivery.header("x-shopify-webhook-id")

    def topic(self, delivery: Delivery) -> str:
        return delivery.header("x-shopify-topic")

    def parse(self, delivery: Delivery, options: Options) -> Sequence[Event]:
        topic, body = self.topic(delivery), read_object(delivery.body)
        if delivery.header("x-shopify-test") == "true" or body.is_true("test"):
            return [NotUsed("A test: it earns no points.", is_test=True)]
        match topic:
            case "orders/create" | "orders/paid":
                is_chosen = topic.removeprefix("orders/") == options["earns"]
                return [_purchase(body, options)] if is_chosen else [NotUsed(_WAITS[topic])]
            case "orders/updated":
                return [_update(body, options)]
            case "orders/cancelled":
                return [_cancelled(body)]
            case "refunds/create":
                return [_refund(body, options)]
            case "orders/edited":
                return [NotUsed("What was edited comes with the order's update, which has the totals.")]
        return [NotUsed(f"Nothing is done with “{topic[:100]}”.")]


_WAITS = {
    "orders/create": "Orders earn points when they are paid.",
    "orders/paid": "Orders earn points when they are placed.",
}


def _order(body: Payload, path: str = "id") -> StoreOrder:
    return StoreOrder(order_id=body.required_identifier(path), name=body.text("name"))


def _cancelled(body: Payload) -> PurchaseCancelled:
    return PurchaseCancelled(
        order=_order(body), reason=f"Cancelled in Shopify: {body.text('cancel_reason')}".strip(": ")
    )


def _purchase(body: Payload, options: Options) -> Event:
    if body.has("cancelled_at") or body.text("financial_status") == "voided":
        return NotUsed("The order is cancelled: it earns no points.")
    if options["gift_cards"] == "leave_out" and _is_paid_without_money(body):
        return NotUsed("The order was paid only by gift card or store credit.")
    amount = _amount(body, options)
    if amount <= 0:
        return NotUsed("The order's amount is 0.")
    return PurchaseMade(
        order=_order(body),
        email=body.text("email", "contact_email", "customer.email"),
        amount=amount,
        currency=_currency(body, options),
        purchased_at=body.moment("processed_at", "created_at"),
    )


def _is_paid_without_money(body: Payload) -> bool:
    gateways = body.get("payment_gateway_names")
    return isinstance(gateways, list) and bool(gateways) and PAID_WITHOUT_MONEY.issuperset(map(str, gateways))


def _currency(body: Payload, options: Options) -> str:
    return body.text("currency") if options["currency"] == "shop" else body.text("presentment_currency", "currency")


def _money(body: Payload, name: str, options: Options) -> Decimal:
    """An amount in the chosen currency: of ``name_set``, else of ``name``, which is in the shop's; else 0."""
    path = f"{name}_set.{MONEY[options['currency']]}.amount"
    if body.has(path):
        return body.amount(path)
    return body.amount(name) if body.has(name) else Decimal(0)


def _amount(body: Payload, options: Options) -> Decimal:
    _ = body.amount("total_price")  # an order without it is unusable
    amount = _money(body, "total_price", options)
    if options["gift_cards"] == "leave_out":
        amount -= sum(_gift_cards(body, options), Decimal(0))
    if options["amount"] == "total":
        return amount
    shipping_tax = sum(_shipping_taxes(body, options), Decimal(0))
    amount -= _shipping(body, options)
    if not body.is_true("taxes_included"):
        amount -= shipping_tax
    if options["amount"] == "without_tax_and_shipping":
        amount -= _money(body, "total_tax", options) - shipping_tax
    return amount


def _gift_cards(body: Payload, options: Options) -> Iterator[Decimal]:
    for line in body.objects("line_items"):
        if line.is_true("gift_card"):
            yield _money(line, "price", options) * line.amount("quantity") - _money(line, "total_discount", options)


def _shipping(body: Payload, options: Options) -> Decimal:
    """What shipping costs after discounts, as far as the order says so."""
    lines = list(body.objects("shipping_lines"))
    if lines and all(line.has("discounted_price") for line in lines):
        return sum((_money(line, "discounted_price", options) for line in lines), Decimal(0))
    return _money(body, "total_shipping_price", options)


def _shipping_taxes(body: Payload, options: Options) -> Iterator[Decimal]:
    for line in body.objects("shipping_lines"):
        for tax in line.objects("tax_lines"):
            yield _money(tax, "price", options)


def _update(body: Payload, options: Options) -> Event:
    """A lower total that refunds don't explain is a refund; a higher one earns nothing more."""
    if body.has("cancelled_at"):
        return _cancelled(body)
    if not body.has("current_total_price"):
        return NotUsed("The update has no current total.")
    less = _money(body, "total_price", options) - _money(body, "current_total_price", options)
    if less < 0:
        return NotUsed("The order's total rose after it was placed; the difference earns no points.")
    less -= sum((_refunded(refund, options) for refund in body.objects("refunds")), Decimal(0))
    if less <= 0:
        return NotUsed("The order's total is as it was, less its refunds.")
    return RefundTotal(order=_order(body), source="edit", amount=less, currency=_currency(body, options))


def _refund(body: Payload, options: Options) -> Event:
    amount = _refunded(body, options)
    if amount <= 0:
        return NotUsed("No money was given back.")
    return PurchaseRefunded(
        order=StoreOrder(order_id=body.required_identifier("order_id")),
        refund_id=body.required_identifier("id"),
        amount=amount,
        currency=_refund_currency(body, options),
        reason=body.text("note"),
    )


def _refunded(refund: Payload, options: Options) -> Decimal:
    """What a refund gives back of the amount that earned: lines with their tax, less negative adjustments."""
    with_tax = options["amount"] != "without_tax_and_shipping"
    names = ("subtotal", "total_tax") if with_tax else ("subtotal",)
    given = sum(
        (_money(line, name, options) for line in refund.objects("refund_line_items") for name in names), Decimal(0)
    )
    for adjustment in refund.objects("order_adjustments"):
        if options["amount"] == "total" or adjustment.text("kind") != "shipping_refund":
            given -= _money(adjustment, "amount", options)
            given -= _money(adjustment, "tax_amount", options) if with_tax else 0
    return given if given > 0 else _paid_back(refund)


def _paid_back(refund: Payload) -> Decimal:
    paid = (
        transaction.amount("amount")
        for transaction in refund.objects("transactions")
        if transaction.text("kind") == "refund" and transaction.text("status") == "success"
    )
    return sum(paid, Decimal(0))


def _refund_currency(body: Payload, options: Options) -> str:
    path = f"{MONEY[options['currency']]}.currency_code"
    for line in body.objects("refund_line_items"):
        return line.text(f"subtotal_set.{path}")
    for adjustment in body.objects("order_adjustments"):
        return adjustment.text(f"amount_set.{path}")
    for transaction in body.objects("transactions"):
        return transaction.text("currency")
    return ""
