"""docs/stores/move-from-glue-code.md: own code that calls the API, and a connection, award once together."""

from decimal import Decimal
from typing import Any

import pytest

from contests.models import Entry
from purchases.models import Purchase
from tests.purchases.stores.deliveries import (
    connect,
    shopify_order,
    shopify_refund,
    stripe_charge,
    stripe_event,
    stripe_refund,
    stripe_session,
    woocommerce_order,
)
from tests.support import Api, Shop, make_shop

pytestmark = pytest.mark.django_db(transaction=True)

BIG = 9007199254740993
WOO_REFUND = {"id": 9, "reason": "", "total": "-30.00"}
# A store's order of 80 and its refund of 30; the order's and the refund's id that the page names.
STORES: dict[str, tuple[list[tuple[str, dict[str, Any]]], str, str]] = {
    "shopify": ([("orders/paid", shopify_order()), ("refunds/create", shopify_refund(5, "30.00"))], str(BIG), "5"),
    "woocommerce": (
        [
            ("order.updated", woocommerce_order(total="80.00", currency="USD")),
            ("order.updated", woocommerce_order(total="80.00", currency="USD", refunds=[WOO_REFUND])),
        ],
        "727",
        "9",
    ),
    "stripe": (
        [
            ("", stripe_event("checkout.session.completed", stripe_session(), "evt_1")),
            ("", stripe_event("refund.created", stripe_refund("re_1", 3000), "evt_2")),
        ],
        "ORD-1",
        "re_1",
    ),
}


def call(api: Api, shop: Shop, path: str, body: dict[str, Any]) -> None:
    assert api.call(shop, "POST", f"/contests/{shop.contest.pk}{path}", body).status_code in (200, 201)


def points(shop: Shop) -> int:
    return Entry.objects.get(contest=shop.contest, pk=shop.entry.pk).points


@pytest.mark.parametrize("kind", STORES)
@pytest.mark.parametrize("is_code_first", [True, False])
def test_an_order_and_its_refund_by_both(api: Api, kind: str, is_code_first: bool) -> None:
    shop = make_shop()
    deliveries, order_id, refund_id = STORES[kind]
    store = connect(shop, kind)

    def send_by_api() -> None:
        call(api, shop, "/purchases", shop.order(orderId=order_id, amount=80))
        refund = {"orderId": order_id, "refundId": refund_id, "amount": 30}
        call(api, shop, "/refunds", refund)

    if is_code_first:
        send_by_api()
    for topic, body in deliveries:
        assert store.deliver(topic, body).status_code == 200
    send_by_api()
    order = Purchase.objects.get(contest=shop.contest)
    assert (order.order_id, order.refunded_amount, points(shop)) == (order_id, Decimal(30), 50)


def test_a_refund_of_an_order_that_was_recorded_by_its_payment(api: Api) -> None:
    shop = make_shop()
    call(api, shop, "/purchases", shop.order(orderId="pi_1", amount=80))
    event = stripe_event("refund.created", stripe_refund("re_1", 3000))
    assert connect(shop, "stripe").deliver("", event).json()["data"]["message"] == "Refund recorded"
    assert points(shop) == 50


def worth(amount: str, **fields: Any) -> dict[str, Any]:
    return shopify_order(current_total_price=amount, current_total_price_set=None, **fields)


# What a store says of an order of which the code refunded 30: that it is so, and one more refund of 20.
TOTALS: dict[str, tuple[str, tuple[str, dict[str, Any]], list[tuple[str, dict[str, Any]]]]] = {
    "shopify": (
        str(BIG),
        ("orders/updated", worth("50.00")),
        [("refunds/create", shopify_refund(6, "20.00")), ("orders/updated", worth("30.00"))],
    ),
    "stripe": (
        "pi_1",
        ("", stripe_event("charge.refunded", stripe_charge(3000), "evt_1")),
        [
            ("", stripe_event("refund.created", stripe_refund("re_2", 2000), "evt_2")),
            ("", stripe_event("charge.refunded", stripe_charge(5000), "evt_3")),
        ],
    ),
}


@pytest.mark.parametrize("kind", TOTALS)
@pytest.mark.parametrize("is_said", [True, False])
def test_totals_include_what_the_code_refunded(api: Api, kind: str, is_said: bool) -> None:
    shop = make_shop()
    order_id, total, more = TOTALS[kind]
    call(api, shop, "/purchases", shop.order(orderId=order_id, amount=80))
    call(api, shop, "/refunds", {"orderId": order_id, "refundId": "by-code", "amount": 30})
    store = connect(shop, kind)
    if is_said:
        assert store.deliver(*total).json()["data"]["message"] == "The refund is counted already."
    for topic, body in more:
        store.deliver(topic, body)
    assert (Purchase.objects.get(contest=shop.contest).refunded_amount, points(shop)) == (Decimal(50), 30)


def test_totals_include_what_another_connection_refunded() -> None:
    shop = make_shop()
    one, other = connect(shop, "shopify"), connect(shop, "shopify")
    for store in (one, other):
        store.deliver("orders/paid", shopify_order())
    one.deliver("refunds/create", shopify_refund(5, "30.00"))
    for store in (other, one):
        store.deliver("orders/updated", worth("50.00", refunds=[shopify_refund(5, "30.00")]))
        store.deliver("refunds/create", shopify_refund(5, "30.00"))
    assert (Purchase.objects.get(contest=shop.contest).refunded_amount, points(shop)) == (Decimal(30), 50)
