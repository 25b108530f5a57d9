"""What of a Shopify order earns by the owner's choices, and what a refund gives back of that.

Fields: https://shopify.dev/docs/api/admin-rest/latest/resources/order and ./refund.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from purchases.stores.events import UnusableDelivery
from purchases.stores.payload import Payload
from purchases.stores.provider import Options

PAID_WITHOUT_MONEY = {"gift_card", "shopify_store_credit", "store_credit"}
# The parts of a refund, with the field of each that names its currency.
PARTS = {
    "refund_line_items": "subtotal_set",
    "refund_shipping_lines": "subtotal_amount_set",
    "order_adjustments": "amount_set",
}
MONEY = {"shop": "shop_money", "presentment": "presentment_money"}


def is_paid_without_money(body: Payload) -> bool:
    gateways = body.get("payment_gateway_names")
    return isinstance(gateways, list) and bool(gateways) and PAID_WITHOUT_MONEY.issuperset(map(str, gateways))


def currency_of(body: Payload, options: Options) -> str:
    return body.text("currency") if options["currency"] == "shop" else body.text("presentment_currency", "currency")


def _money(body: Payload, name: str, options: Options) -> Decimal:
    """An amount in the chosen currency: of ``name_set``, else of ``name``, which is in the shop's; else 0."""
    path = f"{name}_set.{MONEY[options['currency']]}.amount"
    if body.has(path):
        return body.amount(path)
    return body.amount(name) if body.has(name) else Decimal(0)


def _sum(bodies: Iterable[Payload], name: str, options: Options) -> Decimal:
    return sum((_money(body, name, options) for body in bodies), Decimal(0))


def amount_of(body: Payload, options: Options) -> Decimal:
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


def has_amount_now(body: Payload) -> bool:
    return body.has("current_total_price")


def amount_now(body: Payload, before: Decimal, options: Options) -> Decimal:
    """What it is worth by its current total after edits, or by its refunds where these took more off it.

    ``before`` is what earns of it as it was placed.
    """
    now = before - _money(body, "total_price", options) + _money(body, "current_total_price", options)
    if options["amount"] == "without_tax_and_shipping" and body.has("current_total_tax"):
        now += _money(body, "total_tax", options) - _money(body, "current_total_tax", options)
    refunds = list(body.objects("refunds"))
    if options["amount"] != "total":
        with_tax = options["amount"] == "without_shipping"
        now += sum((_shipping_refund(refund, options, with_tax=with_tax) for refund in refunds), Decimal(0))
    if options["gift_cards"] == "leave_out":
        now += sum((_gift_card_refund(refund, options) for refund in refunds), Decimal(0))
    given_back = sum((refunded(refund, options) for refund in refunds), Decimal(0))
    return max(min(now, before - given_back) if given_back else now, Decimal(0))


def has_parts(refund: Payload) -> bool:
    return any(next(refund.objects(name), None) for name in PARTS)


def refunded(refund: Payload, options: Options) -> Decimal:
    """What a refund gives back of the amount that earned.

    Its lines and shipping, less adjustments: those are above 0 where less money was given back, or none yet, and below
    0 where more was.
    """
    total = sum((_line(line, options) for line in refund.objects("refund_line_items")), Decimal(0))
    others = [each for each in refund.objects("order_adjustments") if not _is_shipping(each)]
    total -= _sum(others, "amount", options)
    if options["amount"] != "without_tax_and_shipping":
        total -= _sum(others, "tax_amount", options)
    if options["amount"] == "total":
        total += _shipping_refund(refund, options)
    if options["gift_cards"] == "leave_out":
        total -= _gift_card_refund(refund, options)
    return max(total, Decimal(0))


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


def paid_back(refund: Payload) -> tuple[Decimal, str]:
    """The money of a refund that says nothing else, in its transactions' own currency."""
    payments = [
        transaction
        for transaction in refund.objects("transactions")
        if transaction.text("kind") == "refund" and transaction.text("status") == "success"
    ]
    currencies = {transaction.text("currency") for transaction in payments}
    if len(currencies) > 1:
        raise UnusableDelivery("The refund's transactions are in several currencies.")
    return sum((transaction.amount("amount") for transaction in payments), Decimal(0)), "".join(currencies)


def refund_currency(body: Payload, options: Options) -> str:
    path = f"{MONEY[options['currency']]}.currency_code"
    codes = (part.text(f"{name}.{path}") for parts, name in PARTS.items() for part in body.objects(parts))
    return next(filter(None, codes), "")
