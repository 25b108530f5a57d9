"""Shopify: https://shopify.dev/docs/api/webhooks and the Order and Refund resources of its Admin API."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from purchases.stores.events import (
    Event,
    NotUsed,
    OrderChanged,
    PurchaseCancelled,
    PurchaseMade,
    PurchaseRefunded,
    StoreOrder,
    UnusableDelivery,
)
from purchases.stores.payload import Payload
from purchases.stores.provider import Delivery, Option, Options, Provider, SecretSource
from purchases.stores.signatures import check_base64_hmac

MAX_SHOWN = 100
PAID_WITHOUT_MONEY = {"gift_card", "shopify_store_credit", "store_credit"}
# The parts of a refund, with the field of each that names its currency.
PARTS = {
    "refund_line_items": "subtotal_set",
    "refund_shipping_lines": "subtotal_amount_set",
    "order_adjustments": "amount_set",
}
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
            return [NotUsed("A test: it earns no points.", is_test=True)]
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
        return [NotUsed(f"Nothing is done with “{topic[:MAX_SHOWN]}”.")]


_WAITS = {
    "orders/create": "Orders earn points when they are paid.",
    "orders/paid": "Orders earn points when they are placed.",
}


def _is_test(body: Payload) -> bool:
    """An order of the test gateway, or a refund of one."""
    transactions = list(body.objects("transactions"))
    return body.is_true("test") or (bool(transactions) and all(each.is_true("test") for each in transactions))


def _order(body: Payload) -> StoreOrder:
    return StoreOrder(order_id=body.required_identifier("id"), name=body.text("name"))


def _cancelled(body: Payload) -> PurchaseCancelled:
    return PurchaseCancelled(
        order=_order(body), reason=f"Cancelled in Shopify: {body.text('cancel_reason')}".strip(": ")
    )


def _purchase(body: Payload, options: Options) -> list[Event]:
    """The order as it was placed, and what an edit has taken off it since."""
    if body.has("cancelled_at") or body.text("financial_status") == "voided":
        return [NotUsed("The order is cancelled: it earns no points.")]
    if options["gift_cards"] == "leave_out" and _is_paid_without_money(body):
        return [NotUsed("The order was paid only with gift cards or store credit.")]
    amount = _amount(body, options)
    if amount <= 0:
        return [NotUsed("The order's amount is 0.")]
    purchase = PurchaseMade(
        order=_order(body),
        email=body.text("email", "contact_email", "customer.email"),
        amount=amount,
        currency=_currency(body, options),
        purchased_at=body.moment("processed_at", "created_at"),
    )
    changed = _changed(body, options)
    return [purchase, changed] if changed and changed.amount < amount else [purchase]


def _update(body: Payload, options: Options) -> Event:
    if body.has("cancelled_at"):
        return _cancelled(body)
    return _changed(body, options) or NotUsed("The update has no current total.")


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


def _sum(bodies: Iterable[Payload], name: str, options: Options) -> Decimal:
    return sum((_money(body, name, options) for body in bodies), Decimal(0))


def _amount(body: Payload, options: Options) -> Decimal:
    """What earns of the order as it was placed."""
    _ = body.amount("total_price")  # an order without it is unusable
    amount = _money(body, "total_price", options)
    if options["gift_cards"] == "leave_out":
        amount -= sum(_gift_cards(body, options), Decimal(0))
    if options["amount"] != "total":
        shipping, shipping_tax = _shipping(body, options)
        amount -= shipping
        if options["amount"] == "without_shipping" and not body.is_true("taxes_included"):
            amount -= shipping_tax
        if options["amount"] == "without_tax_and_shipping":
            tax = _money(body, "total_tax", options)
            amount -= tax - shipping_tax if body.is_true("taxes_included") else tax
    return amount


def _gift_cards(body: Payload, options: Options) -> Iterator[Decimal]:
    for line in body.objects("line_items"):
        if line.is_true("gift_card"):
            yield _money(line, "price", options) * line.amount("quantity") - _money(line, "total_discount", options)


def _shipping(body: Payload, options: Options) -> tuple[Decimal, Decimal]:
    """What shipping costs after discounts, and the tax on it, which the price includes where taxes are included."""
    lines = list(body.objects("shipping_lines"))
    taxes = _sum((tax for line in lines for tax in line.objects("tax_lines")), "price", options)
    if lines and all(line.has("discounted_price") for line in lines):
        return _sum(lines, "discounted_price", options), taxes
    return _money(body, "total_shipping_price", options), taxes


def _changed(body: Payload, options: Options) -> OrderChanged | None:
    """What the order is worth now by its current total, or by its refunds where these took more off it."""
    if not body.has("current_total_price"):
        return None
    before = _amount(body, options)
    now = before - _money(body, "total_price", options) + _money(body, "current_total_price", options)
    if options["amount"] == "without_tax_and_shipping" and body.has("current_total_tax"):
        now += _money(body, "total_tax", options) - _money(body, "current_total_tax", options)
    refunds = list(body.objects("refunds"))
    if options["amount"] != "total":
        with_tax = options["amount"] == "without_shipping"
        now += sum((_shipping_refund(refund, options, with_tax=with_tax) for refund in refunds), Decimal(0))
    if options["gift_cards"] == "leave_out":
        now += sum((_gift_card_refund(refund, options) for refund in refunds), Decimal(0))
    refunded = sum((_refunded(refund, options) for refund in refunds), Decimal(0))
    amount = min(now, before - refunded) if refunded else now
    return OrderChanged(
        order=_order(body), amount=max(amount, Decimal(0)), amount_before=before, currency=_currency(body, options)
    )


def _refund(body: Payload, options: Options) -> Event:
    amount, currency = _refunded(body, options), _refund_currency(body, options)
    if not _has_parts(body):
        amount, currency = _paid_back(body)
    if amount <= 0:
        return NotUsed("It gives back nothing that earned points, or no money yet.")
    return PurchaseRefunded(
        order=StoreOrder(order_id=body.required_identifier("order_id")),
        refund_id=body.required_identifier("id"),
        amount=amount,
        currency=currency,
        reason=body.text("note"),
    )


def _has_parts(refund: Payload) -> bool:
    return any(next(refund.objects(name), None) for name in PARTS)


def _refunded(refund: Payload, options: Options) -> Decimal:
    """What a refund gives back of the amount that earned.

    Its lines and shipping, less adjustments: those are above 0 where less money was given back, or none yet, and below
    0 where more was.
    """
    given = sum((_line(line, options) for line in refund.objects("refund_line_items")), Decimal(0))
    others = [each for each in refund.objects("order_adjustments") if not _is_shipping(each)]
    given -= _sum(others, "amount", options)
    if options["amount"] != "without_tax_and_shipping":
        given -= _sum(others, "tax_amount", options)
    if options["amount"] == "total":
        given += _shipping_refund(refund, options)
    if options["gift_cards"] == "leave_out":
        given -= _gift_card_refund(refund, options)
    return max(given, Decimal(0))


def _line(line: Payload, options: Options) -> Decimal:
    """Its price after discounts, which includes its tax in stores whose prices do."""
    subtotal, tax = _money(line, "subtotal", options), _money(line, "total_tax", options)
    is_included = _includes_tax(line, subtotal, tax)
    if options["amount"] == "without_tax_and_shipping":
        return subtotal - tax if is_included else subtotal
    return subtotal if is_included else subtotal + tax


def _includes_tax(line: Payload, subtotal: Decimal, tax: Decimal) -> bool:
    """Whether the subtotal includes the tax, by the tax's rate, because a refund does not say it.

    Of 10.00 at 20 %, 2.00 is on top and 1.67 is included.
    """
    rate = sum((each.amount("rate") for each in line.objects("line_item.tax_lines") if each.has("rate")), Decimal(0))
    if rate <= 0:
        return False
    on_top = subtotal * rate
    return abs(tax - on_top) > abs(tax - on_top / (1 + rate))


def _gift_card_refund(refund: Payload, options: Options) -> Decimal:
    lines = (line for line in refund.objects("refund_line_items") if line.is_true("line_item.gift_card"))
    return sum((_line(line, options) for line in lines), Decimal(0))


def _is_shipping(adjustment: Payload) -> bool:
    return adjustment.text("kind") == "shipping_refund" or adjustment.text("reason") == "Shipping refund"


def _shipping_refund(refund: Payload, options: Options, *, with_tax: bool = True) -> Decimal:
    """Shipping that was given back: an adjustment below 0; API versions since 2024-10 have lines of it too."""
    adjustments = [each for each in refund.objects("order_adjustments") if _is_shipping(each)]
    if not adjustments:
        return _sum(refund.objects("refund_shipping_lines"), "subtotal_amount", options)
    tax = _sum(adjustments, "tax_amount", options) if with_tax else Decimal(0)
    return -_sum(adjustments, "amount", options) - tax


def _paid_back(refund: Payload) -> tuple[Decimal, str]:
    """The money of a refund that says nothing else, in its transactions' own currency."""
    paid = [
        transaction
        for transaction in refund.objects("transactions")
        if transaction.text("kind") == "refund" and transaction.text("status") == "success"
    ]
    currencies = {transaction.text("currency") for transaction in paid}
    if len(currencies) > 1:
        raise UnusableDelivery("The refund's transactions are in several currencies.")
    return sum((transaction.amount("amount") for transaction in paid), Decimal(0)), "".join(currencies)


def _refund_currency(body: Payload, options: Options) -> str:
    path = f"{MONEY[options['currency']]}.currency_code"
    codes = (part.text(f"{name}.{path}") for parts, name in PARTS.items() for part in body.objects(parts))
    return next(filter(None, codes), "")
