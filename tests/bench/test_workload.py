"""The work that all contenders do."""

from decimal import Decimal

import pytest
from django.utils import timezone

from bench.deliveries import SECRET, deliveries
from bench.load import signed
from bench.orders import NUMBER, ORDERS_IN_BATCH, Target
from bench.scenarios import SCENARIOS, orders_of
from bench.workload import CURRENCY, PRICES, expected_points
from blitzrocket import strict_json
from purchases.stores.events import PurchaseMade
from purchases.stores.provider import Delivery, Options
from purchases.stores.providers.shopify import Shopify

TARGET = Target(contest_id="contest-1", key="secret")


@pytest.mark.parametrize(
    ("amount", "points"),
    [("49.99", 55), ("49.49", 54), ("49.50", 55), ("99.99", 105), ("100.00", 155), ("188.53", 288)],
)
def test_expected_points(amount: str, points: int) -> None:
    assert expected_points(Decimal(amount)) == points


def test_prices_are_on_both_sides_of_the_third_rule() -> None:
    assert min(PRICES) < 100 < max(PRICES)


def test_a_delivery_has_its_number_in_each_place_and_a_valid_signature() -> None:
    target = Target(contest_id="contest-1", key="", connection_id="connection-1")
    (parts, *_) = deliveries(3000).request_parts(target)
    head, body = signed("00003000".join(parts).encode(), SECRET).split(b"\r\n\r\n")
    assert b"Content-Length: %d\r\n" % len(body) in head
    headers = {name.lower(): value for name, value in (line.split(": ") for line in head.decode().split("\r\n")[1:])}
    delivery = Delivery(body, headers, timezone.now())
    Shopify().verify(delivery, [SECRET])
    assert "00003000" in Shopify().delivery_id(delivery)
    (purchase,) = Shopify().parse(delivery, Options(Shopify.options))
    assert isinstance(purchase, PurchaseMade)
    orders = deliveries(3000)
    assert (purchase.order.order_id, purchase.email) == (orders.order_id(3000), orders.email(3000))
    assert (purchase.amount, purchase.currency) == (orders.amount(3000), CURRENCY)


@pytest.mark.parametrize("name", sorted(SCENARIOS.keys() - {"store"}))
def test_requests_say_how_long_they_are(name: str) -> None:
    orders = orders_of(SCENARIOS[name], 3000)
    for index, parts in enumerate(orders.request_parts(TARGET)[:2]):
        request = NUMBER.join(parts)
        head, body = request.split("\r\n\r\n")
        assert f"Content-Length: {len(body)}\r\n" in f"{head}\r\n"
        sent = strict_json.read(body.encode())
        rows = sent["purchases"] if name == "batch" else [sent]
        assert len(rows) == len(parts) - 1 == (ORDERS_IN_BATCH if name == "batch" else 1)
        for place, row in enumerate(rows):
            number = orders.first + index * orders.in_one + place
            assert row["amount"] == orders.amount(number)
            assert row["email"] == orders.email(number)
            assert row["orderId"] == orders.order_id(0)
