"""What of a Shopify order earns by the owner's choices, and what its refunds give back of that."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from purchases.stores.events import Event, NotUsed, OrderChanged, PurchaseMade, PurchaseRefunded, UnusableDelivery
from purchases.stores.provider import Delivery, Options
from purchases.stores.providers import PROVIDERS
from tests.purchases.stores.deliveries import both, shopify_order

CHOICES = ("total", "without_shipping", "without_tax_and_shipping")
Amount = str | None  # None: nothing


def parse(topic: str, body: dict[str, Any], **chosen: str) -> list[Event]:
    provider = PROVIDERS["shopify"]
    delivery = Delivery(json.dumps(body).encode(), {"x-shopify-topic": topic}, timezone.now())
    return list(provider.parse(delivery, Options(provider.options, chosen)))


def amount(event: Event) -> Decimal | None:
    assert isinstance(event, PurchaseMade | PurchaseRefunded | NotUsed), event
    return None if isinstance(event, NotUsed) else event.amount


# Goods of 64 with a tax of 5, and shipping of 10 with a tax of 1.
ON_TOP: dict[str, Any] = {
    "taxes_included": False,
    "total_tax_set": both("6.00"),
    "total_shipping_price_set": both("10.00"),
    "shipping_lines": [{"discounted_price_set": both("10.00"), "tax_lines": [{"price_set": both("1.00")}]}],
}
INCLUDED = ON_TOP | {
    "taxes_included": True,
    "total_shipping_price_set": both("11.00"),
    "shipping_lines": [
        {"discounted_price": "11.00", "discounted_price_set": both("11.00"), "tax_lines": [{"price": "1.00"}]}
    ],
}


@pytest.mark.parametrize("taxes", [ON_TOP, INCLUDED])
@pytest.mark.parametrize(("chosen", "earned"), [*zip(CHOICES, ("80", "69", "64"), strict=True)])
def test_an_order(taxes: dict[str, Any], chosen: str, earned: str) -> None:
    (event,) = parse("orders/paid", shopify_order(**taxes), amount=chosen)
    assert amount(event) == Decimal(earned)


def line(subtotal: str, tax: str, rate: str = "0.078125", *, gift_card: bool = False) -> dict[str, Any]:
    tax_lines = [{"rate": float(rate)}] if rate else []
    return {
        "subtotal_set": both(subtotal),
        "total_tax_set": both(tax),
        "line_item": {"gift_card": gift_card, "tax_lines": tax_lines},
    }


def adjustment(value: str, tax: str = "0.00", kind: str = "refund_discrepancy") -> dict[str, Any]:
    return {"kind": kind, "amount_set": both(value), "tax_amount_set": both(tax)}


def transaction(value: str, status: str = "success", currency: str = "USD") -> dict[str, Any]:
    return {"kind": "refund", "status": status, "amount": value, "currency": currency}


LINE = line("32.00", "2.50")
SHIPPING = adjustment("-10.00", "-1.00", "shipping_refund")
SHIPPING_LINES = [{"subtotal_amount_set": both("10.00")}]
REFUNDS: list[tuple[str, dict[str, Any], tuple[Amount, Amount, Amount]]] = [
    ("lines, tax on top", {"refund_line_items": [LINE]}, ("34.50", "34.50", "32.00")),
    ("lines, tax included", {"refund_line_items": [line("34.50", "2.50")]}, ("34.50", "34.50", "32.00")),
    ("lines without a tax", {"refund_line_items": [line("32.00", "0.00", "")]}, ("32.00", "32.00", "32.00")),
    ("shipping", {"order_adjustments": [SHIPPING]}, ("11.00", None, None)),
    (
        "shipping since 2024-10",
        {"order_adjustments": [SHIPPING], "refund_shipping_lines": SHIPPING_LINES},
        ("11.00", None, None),
    ),
    ("only lines of shipping", {"refund_shipping_lines": SHIPPING_LINES}, ("10.00", None, None)),
    ("more than the lines", {"order_adjustments": [adjustment("-5.00")]}, ("5.00", "5.00", "5.00")),
    (
        "less than the lines",
        {"refund_line_items": [LINE], "order_adjustments": [adjustment("4.50")]},
        ("30.00", "30.00", "27.50"),
    ),
    ("no money yet", {"refund_line_items": [LINE], "order_adjustments": [adjustment("34.50")]}, (None, None, None)),
    (
        "money that came later",
        {"refund_line_items": [LINE], "order_adjustments": [adjustment("34.50"), adjustment("-34.50")]},
        ("34.50", "34.50", "32.00"),
    ),
    ("transactions alone", {"transactions": [transaction("20.00")]}, ("20.00", "20.00", "20.00")),
    ("transactions that failed", {"transactions": [transaction("20.00", "failure")]}, (None, None, None)),
    (
        "transactions beside lines",
        {"refund_line_items": [LINE], "transactions": [transaction("34.50")]},
        ("34.50", "34.50", "32.00"),
    ),
    ("nothing", {"transactions": []}, (None, None, None)),
]


@pytest.mark.parametrize(("parts", "amounts"), [pytest.param(*case[1:], id=case[0]) for case in REFUNDS])
def test_a_refund(parts: dict[str, Any], amounts: tuple[Amount, Amount, Amount]) -> None:
    for chosen, expected in zip(CHOICES, amounts, strict=True):
        (event,) = parse("refunds/create", {"id": 5, "order_id": 6} | parts, amount=chosen)
        assert amount(event) == (None if expected is None else Decimal(expected)), chosen


@pytest.mark.parametrize(
    ("now", "refunds", "expected"),
    [
        ("80.00", [], ("80", "69", "64")),
        ("45.50", [], ("45.50", "34.50", "32.00")),  # a line was taken off, with its tax
        ("45.50", [{"refund_line_items": [LINE]}], ("45.50", "34.50", "32.00")),
        ("69.00", [{"order_adjustments": [SHIPPING]}], ("69", "69", "64")),
        ("80.00", [{"order_adjustments": [adjustment("-5.00")]}], ("75", "64", "59")),
        ("95.00", [], ("95", "84", "79")),
    ],
)
def test_what_an_order_is_worth_now(now: str, refunds: list[dict[str, Any]], expected: tuple[str, str, str]) -> None:
    tax = {"45.50": "3.50", "69.00": "5.00"}.get(now, "6.00")
    order = shopify_order(current_total_price=now, current_total_price_set=both(now), refunds=refunds) | ON_TOP
    order |= {"current_total_tax": tax, "current_total_tax_set": both(tax)}
    for chosen, amount_now in zip(CHOICES, expected, strict=True):
        (event,) = parse("orders/updated", order, amount=chosen)
        assert isinstance(event, OrderChanged)
        assert event.amount == Decimal(amount_now), chosen


def two(shop: str, presentment: str) -> dict[str, Any]:
    return {
        "shop_money": {"amount": shop, "currency_code": "INR"},
        "presentment_money": {"amount": presentment, "currency_code": "CAD"},
    }


TWO_CURRENCIES: dict[str, Any] = {
    "currency": "INR",
    "presentment_currency": "CAD",
    "total_price": "5416.00",
    "total_price_set": two("5416.00", "80.00"),
    "current_total_price": "5416.00",
    "current_total_price_set": two("5416.00", "80.00"),
}


@pytest.mark.parametrize(("chosen", "earned"), [("shop", ("5416.00", "INR")), ("presentment", ("80.00", "CAD"))])
def test_an_order_in_two_currencies(chosen: str, earned: tuple[str, str]) -> None:
    (event,) = parse("orders/paid", shopify_order(**TWO_CURRENCIES), currency=chosen)
    assert isinstance(event, PurchaseMade)
    assert (str(event.amount), event.currency) == earned


@pytest.mark.parametrize(
    ("parts", "shop", "presentment"),
    [
        (
            {"refund_line_items": [{"subtotal_set": two("60.93", "0.90"), "total_tax_set": two("0.00", "0.00")}]},
            ("60.93", "INR"),
            ("0.90", "CAD"),
        ),
        (
            {"order_adjustments": [{"kind": "shipping_refund", "amount_set": two("-60.93", "-0.90")}]},
            ("60.93", "INR"),
            ("0.90", "CAD"),
        ),
        # The transactions are in the customer's currency. What is not the order's is refused, and shown.
        ({"transactions": [transaction("0.90", currency="CAD")]}, ("0.90", "CAD"), ("0.90", "CAD")),
    ],
)
def test_a_refund_in_two_currencies(parts: dict[str, Any], shop: tuple[str, str], presentment: tuple[str, str]) -> None:
    parts = parts | {"transactions": [transaction("0.90", currency="CAD")]}
    for chosen, expected in (("shop", shop), ("presentment", presentment)):
        (event,) = parse("refunds/create", {"id": 5, "order_id": 6} | parts, currency=chosen)
        assert isinstance(event, PurchaseRefunded)
        assert (str(event.amount), event.currency) == expected


def test_transactions_in_several_currencies_are_not_added_up() -> None:
    transactions = [transaction("1.00"), transaction("1.00", currency="EUR")]
    with pytest.raises(UnusableDelivery, match="several currencies"):
        parse("refunds/create", {"id": 5, "order_id": 6, "transactions": transactions})


GIFT_CARD = {"gift_card": True, "price_set": both("25.00"), "quantity": 2, "total_discount_set": both("10.00")}


@pytest.mark.parametrize(
    ("fields", "counted", "left_out"),
    [
        ({"line_items": [GIFT_CARD, {"price_set": both("40.00"), "quantity": 1}]}, "80", "40"),
        ({"line_items": [GIFT_CARD | {"quantity": 4}]}, "80", None),
        ({"payment_gateway_names": ["gift_card"]}, "80", None),
        ({"payment_gateway_names": ["shopify_store_credit", "gift_card"]}, "80", None),
        ({"payment_gateway_names": ["gift_card", "shopify_payments"]}, "80", "80"),
        ({"payment_gateway_names": []}, "80", "80"),
    ],
)
def test_gift_cards_and_store_credit(fields: dict[str, Any], counted: str, left_out: Amount) -> None:
    for chosen, expected in (("count", counted), ("leave_out", left_out)):
        (event,) = parse("orders/paid", shopify_order(**fields), gift_cards=chosen)
        assert amount(event) == (None if expected is None else Decimal(expected))


def test_the_refund_of_a_gift_card() -> None:
    card = line("25.00", "0.00", "", gift_card=True)
    for chosen, expected in (("count", "59.50"), ("leave_out", "34.50")):
        refund = {"id": 5, "order_id": 6, "refund_line_items": [LINE, card]}
        (event,) = parse("refunds/create", refund, gift_cards=chosen)
        assert amount(event) == Decimal(expected)
        order = shopify_order(line_items=[GIFT_CARD], current_total_price_set=both("20.50"), refunds=[refund])
        (changed,) = parse("orders/updated", order, gift_cards=chosen)
        assert isinstance(changed, OrderChanged)
        assert changed.amount_before - changed.amount == Decimal(expected)
