"""What each store's own file of orders says, row by row; nothing here needs a database."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blitzrocket.spreadsheets.csv_table import MAX_BYTES, UnreadableFile
from purchases.imports.csv_columns import InvalidOrder
from purchases.imports.store_files import ORDER_FILES
from purchases.imports.store_files.order_file import SkippedOrder, read_saved
from purchases.stores.provider import Options
from purchases.stores.providers import PROVIDERS
from tests.profiles import times
from tests.purchases.stores.deliveries import woocommerce_order
from tests.purchases.stores.order_files import (
    SHOPIFY,
    STRIPE,
    WOOCOMMERCE,
    shopify_row,
    stripe_row,
    woocommerce_row,
)

TOTAL, NO_SHIPPING, NET = "total", "without_shipping", "without_tax_and_shipping"


def read(kind: str, data: str | bytes, **options: str) -> list[Any]:
    """What each order of the file says: its values, or the reason why it has none."""
    file, chosen = ORDER_FILES[kind], Options(PROVIDERS[kind].options, options)
    result: list[Any] = []
    for row in file.rows(file.parse(data if isinstance(data, bytes) else data.encode())):
        try:
            result.append({name: text for name, text in file.read(row.values, chosen).items() if text})
        except (SkippedOrder, InvalidOrder) as reason:
            result.append(f"{type(reason).__name__}: {reason}")
    return result


def one(kind: str, data: str | bytes, **options: str) -> Any:
    (order,) = read(kind, data, **options)
    return order


def test_orders_have_the_ids_of_their_deliveries() -> None:
    assert one("shopify", SHOPIFY + shopify_row(refunded="30.00")) == {
        "order_id": "9007199254740993",
        "name": "#1001",
        "email": "ada@example.com",
        "currency": "USD",
        "purchased_at": "2026-11-20 10:29:59 -0500",
        "amount": "80.00",
        "refunded": "30.00",
    }
    assert one("stripe", STRIPE + stripe_row()) == {
        "order_id": "pi_1",
        "payment_ids": "pi_1 ch_1",
        "email": "ada@example.com",
        "currency": "usd",
        "purchased_at": "2026-11-20 15:29 UTC",
        "amount": "80.00",
    }
    with_order_id = one("stripe", STRIPE + stripe_row(order_id="ORD-1"))
    assert (with_order_id["order_id"], with_order_id["payment_ids"]) == ("ORD-1", "pi_1 ch_1")
    assert one("stripe", STRIPE + stripe_row(order_id="ORD-1"), order_id="payment")["order_id"] == "pi_1"
    invoice = one("stripe", STRIPE + stripe_row(invoice="in_1", order_id="ORD-1"), subscriptions="earn")
    assert (invoice["order_id"], invoice["payment_ids"]) == ("in_1", "pi_1 ch_1")
    assert one("woocommerce", WOOCOMMERCE + woocommerce_row()) == {
        "order_id": "727",
        "name": "727",
        "other_ids": "tx-1",
        "email": "ada@example.com",
        "currency": "EUR",
        "purchased_at": "2026-11-20 19:28:08",
        "amount": "29.35",
    }


def test_woocommerce_json_says_what_its_deliveries_say() -> None:
    order = woocommerce_order(transaction_id="tx-1", refunds=[{"id": 9, "total": "-5.00"}, {"id": 10, "total": -1.35}])
    pages = json.dumps([order]) + "\n" + json.dumps([woocommerce_order(id=728), woocommerce_order(id=729)])
    first, second, third = read("woocommerce", "\ufeff" + pages)
    assert (first["purchased_at"], first["amount"], first["refunded"]) == ("2026-11-20T19:28:08Z", "29.35", "6.35")
    assert (second["order_id"], third["order_id"]) == ("728", "729")


@pytest.mark.parametrize(
    ("kind", "data", "option", "amount"),
    [
        ("shopify", SHOPIFY + shopify_row(), NO_SHIPPING, "70.00"),
        ("shopify", SHOPIFY + shopify_row(), NET, "65.00"),
        ("woocommerce", WOOCOMMERCE + woocommerce_row(), TOTAL, "29.35"),
        ("woocommerce", WOOCOMMERCE + woocommerce_row(), NO_SHIPPING, "18.35"),
        ("woocommerce", WOOCOMMERCE + woocommerce_row(), NET, "17.35"),
    ],
)
def test_the_amount_is_that_of_the_connection(kind: str, data: str, option: str, amount: str) -> None:
    assert one(kind, data, amount=option)["amount"] == amount


def test_a_refund_takes_back_its_share_of_what_earned() -> None:
    result = one("woocommerce", WOOCOMMERCE + woocommerce_row(refunded="10.00"), amount=NO_SHIPPING)
    assert (result["amount"], result["refunded"]) == ("18.35", "6.25")


@pytest.mark.parametrize(
    ("kind", "data", "options", "reason"),
    [
        ("shopify", shopify_row(status="pending"), {}, "SkippedOrder: Not paid"),
        ("shopify", shopify_row(status="partially_paid"), {}, "SkippedOrder: Not paid"),
        ("shopify", shopify_row(status="voided"), {"earns": "create"}, "SkippedOrder: Cancelled"),
        ("shopify", shopify_row(cancelled_at="2026-11-21 10:00:00 -0500"), {}, "SkippedOrder: Cancelled"),
        ("shopify", shopify_row(status="refunded"), {}, "SkippedOrder: Refunded in full"),
        ("shopify", shopify_row(refunded="80.00"), {}, "SkippedOrder: Refunded in full"),
        ("shopify", shopify_row(method="bogus"), {}, "SkippedOrder: A test order"),
        ("shopify", shopify_row(method="gift_card"), {"gift_cards": "leave_out"}, "SkippedOrder: Paid only by gift"),
        ("shopify", shopify_row(total="0.00"), {}, "SkippedOrder: The amount is 0"),
        ("shopify", shopify_row(total="-5.00"), {}, "InvalidOrder: Total: “-5.00” is negative."),
        ("shopify", shopify_row(total="=1+1"), {}, "InvalidOrder: Total: “=1+1” is not an amount"),
        ("shopify", shopify_row(total=""), {}, "InvalidOrder: Total: the row has no amount."),
        ("shopify", shopify_row(refunded="x"), {}, "InvalidOrder: Refunded: “x” is not an amount"),
        ("shopify", shopify_row(shipping="90.00"), {"amount": NET}, "InvalidOrder: Shipping and tax are more"),
        ("shopify", shopify_row(currency="XAU"), {}, "InvalidOrder: “XAU” is not a currency"),
        ("shopify", shopify_row(total="9999999999999"), {}, "InvalidOrder: Total: “9999999999999” is more than"),
        ("stripe", stripe_row(status="Failed"), {}, "SkippedOrder: Not paid"),
        ("stripe", stripe_row(captured="false"), {}, "SkippedOrder: Not paid"),
        ("stripe", stripe_row(status="Refunded"), {}, "SkippedOrder: Refunded in full"),
        ("stripe", stripe_row(status="Canceled"), {}, "SkippedOrder: Cancelled"),
        ("stripe", stripe_row(mode="Test"), {}, "SkippedOrder: A test order"),
        ("stripe", stripe_row(invoice="in_1"), {}, "SkippedOrder: A subscription's payment"),
        ("woocommerce", woocommerce_row(status="wc-on-hold"), {}, "SkippedOrder: Not paid"),
        ("woocommerce", woocommerce_row(status="Cancelled"), {}, "SkippedOrder: Cancelled"),
        ("woocommerce", woocommerce_row(status="refunded"), {}, "SkippedOrder: Refunded in full"),
    ],
)
def test_what_earns_nothing(kind: str, data: str, options: dict[str, str], reason: str) -> None:
    headings = {"shopify": SHOPIFY, "stripe": STRIPE, "woocommerce": WOOCOMMERCE}[kind]
    assert one(kind, headings + data, **options).startswith(reason)


FILES = {
    "shopify": SHOPIFY + shopify_row(),
    "stripe": STRIPE + stripe_row(),
    "woocommerce": WOOCOMMERCE + woocommerce_row(),
}
CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["Paid", "processing", "JPY", "KWD", "5/11/2026", "1.000", "1e400", "(5)", "30"]),
    st.integers(-(10**40), 10**40).map(str),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
)


@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=times(25, 500))
@given(data=st.data())
def test_any_cells_are_an_order_or_have_a_reason(kind: str, data: Any) -> None:
    file, options = ORDER_FILES[kind], Options(PROVIDERS[kind].options, {"amount": NET})
    (row,) = file.rows(file.parse(FILES[kind].encode()))
    changed = data.draw(st.dictionaries(st.sampled_from(sorted(row.values)), CELLS, max_size=3))
    try:
        saved = file.read(row.values | changed, options)
        order = read_saved(saved, day_first=None, now=datetime(2026, 11, 26, tzinfo=UTC))
    except (SkippedOrder, InvalidOrder):
        return
    assert 0 <= order.refunded < order.amount


def test_an_order_with_several_items_is_one_order() -> None:
    blank = dict.fromkeys(("email", "status", "paid_at", "currency", "subtotal", "shipping", "taxes", "total"), "")
    item = shopify_row(**blank, created_at="", method="", refunded="", id="", references="", item="Cup")
    other = shopify_row(name="#1002", id="5002")
    assert [order["order_id"] for order in read("shopify", SHOPIFY + shopify_row() + item + other + item)[:2]] == [
        "9007199254740993",
        "5002",
    ]
    assert len(read("shopify", SHOPIFY + shopify_row() + item + item)) == 1
    assert len(read("woocommerce", WOOCOMMERCE + woocommerce_row() + woocommerce_row())) == 1


@pytest.mark.parametrize(
    "data",
    [
        (SHOPIFY + shopify_row()).encode("utf-8-sig"),
        (SHOPIFY + shopify_row()).replace(",", ";").encode(),
        (SHOPIFY + shopify_row()).replace(",", "\t").encode("utf-16"),
        (SHOPIFY + shopify_row(item="Müsli")).encode("cp1252"),
        (SHOPIFY + shopify_row()).replace("Cancelled at", "Canceled at").encode(),
    ],
)
def test_encodings_delimiters_and_headings(data: bytes) -> None:
    assert Decimal(one("shopify", data)["amount"]) == 80


@pytest.mark.parametrize(
    ("kind", "data", "sentences"),
    [
        ("shopify", SHOPIFY.replace(",Id,", ",Other,") + shopify_row(), ["“id”", "the orders CSV of Shopify"]),
        ("stripe", STRIPE.replace("PaymentIntent ID", "x") + stripe_row(), ["“payment intent”", "payments CSV"]),
        (
            "woocommerce",
            "Date,Order #,N. Revenue,Status,Customer,Currency\n2026-11-20,727,29.35,completed,Ada,EUR\n",
            ["“email”", "Analytics"],
        ),
        ("woocommerce", '[{"id": 1}]', ["Item 1 is no order of WooCommerce"]),
        ("woocommerce", '[{"id": 1, "billing": {}', ["not valid JSON"]),
        ("woocommerce", "[" * 100_000, ["nested more than"]),
        ("woocommerce", "[]", ["no orders"]),
        ("woocommerce", '{"code": "rest_forbidden"}', ["Item 1 is no order"]),
        ("woocommerce", "[" + " " * MAX_BYTES + "]", ["larger than 10 MB"]),
        ("shopify", "", ["The file is empty."]),
    ],
)
def test_a_file_that_cannot_be_used_says_what_it_should_be(kind: str, data: str, sentences: list[str]) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read(kind, data)
    for sentence in sentences:
        assert sentence in str(refused.value)
