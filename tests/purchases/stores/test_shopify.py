"""What becomes of Shopify's deliveries: orders, edits, refunds and cancellations, in any sequence."""

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from purchases.models import PendingRefund, Purchase, RejectedPurchase, StoreDelivery, StoreOrderId
from tests.purchases.stores.deliveries import (
    both,
    connect,
    deliveries,
    message_of,
    points,
    purchase,
    shopify_order,
    shopify_refund,
    status_of,
)
from tests.support import Shop, make_shop

BIG = "9007199254740993"  # one more than a double can hold
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def test_a_paid_order_earns_points_once(shop: Shop) -> None:
    store = connect(shop, "shopify")
    for _ in range(3):
        assert status_of(store.deliver("orders/paid", shopify_order(), x_shopify_webhook_id="w-1")) == "done"
    assert (purchase(shop, BIG).amount, points(shop)) == (Decimal(80), 80)
    assert deliveries(shop) == ["done"]
    assert StoreDelivery.objects.get(contest=shop.contest).times == 3


def test_the_owner_chooses_when_an_order_earns(shop: Shop) -> None:
    store = connect(shop, "shopify", earns="create")
    assert status_of(store.deliver("orders/paid", shopify_order())) == "not_used"
    assert status_of(store.deliver("orders/create", shopify_order(financial_status="pending"))) == "done"
    assert points(shop) == 80


@pytest.mark.parametrize(
    ("amount", "included", "earned"),
    [
        ("total", False, 80),
        ("without_shipping", False, 70),
        ("without_tax_and_shipping", False, 65),
        ("without_tax_and_shipping", True, 65),
    ],
)
def test_the_owner_chooses_the_amount(shop: Shop, amount: str, included: bool, earned: int) -> None:
    connect(shop, "shopify", amount=amount).deliver("orders/paid", shopify_order(taxes_included=included))
    assert points(shop) == earned


def test_refunds_edits_and_the_order_in_any_sequence(shop: Shop) -> None:
    refund = shopify_refund(5, "30.00")
    edited = shopify_order(
        current_total_price="40.00",
        current_total_price_set={"shop_money": {"amount": "40.00", "currency_code": "USD"}},
        refunds=[refund],
    )
    events = [("orders/paid", shopify_order()), ("refunds/create", refund), ("orders/updated", edited)]
    for sequence in permutations(events):
        shop = make_shop()
        store = connect(shop, "shopify")
        for _ in range(2):
            for topic, body in sequence:
                assert status_of(store.deliver(topic, body)) in ("done", "not_used")
        assert (purchase(shop, BIG).refunded_amount, points(shop)) == (Decimal(40), 40)


def test_a_cancelled_order_is_void_and_refunded_with_0_points(shop: Shop) -> None:
    store = connect(shop, "shopify")
    cancelled = shopify_order(cancelled_at="2026-11-21T10:00:00Z", cancel_reason="customer")
    for topic, body in [
        ("orders/cancelled", cancelled),
        ("orders/paid", shopify_order()),
        ("refunds/create", shopify_refund(5, "80.00")),
    ]:
        store.deliver(topic, body)
    assert (purchase(shop, BIG).status, points(shop)) == ("voided", 0)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"test": True}, "test"),
        ({"financial_status": "voided"}, "not_used"),
        ({"cancelled_at": "2026-11-21T10:00:00Z"}, "not_used"),
        ({"total_price": "0.00", "total_price_set": None}, "not_used"),
        ({"total_price": None}, "unusable"),
        ({"currency": "XAU"}, "unusable"),
        ({"id": None}, "unusable"),
        ({"email": "no address"}, "unusable"),
    ],
)
def test_what_earns_nothing(shop: Shop, fields: dict[str, Any], state: str) -> None:
    response = connect(shop, "shopify").deliver("orders/paid", shopify_order(**fields))
    assert status_of(response) == state
    assert not Purchase.objects.filter(contest=shop.contest).exists()
    assert deliveries(shop) == [state]


def test_an_order_without_an_email_is_on_hold(shop: Shop) -> None:
    order = shopify_order(email="", contact_email=None)
    assert status_of(connect(shop, "shopify").deliver("orders/paid", order)) == "done"
    held = RejectedPurchase.objects.get(contest=shop.contest)
    assert (held.state, held.email, held.order_id) == ("held", "", BIG)


def edited(total: str, **fields: Any) -> dict[str, Any]:
    return shopify_order(current_total_price=total, current_total_price_set=both(total), **fields)


def test_a_higher_total_is_shown_and_earns_nothing(shop: Shop) -> None:
    store = connect(shop, "shopify")
    store.deliver("orders/paid", shopify_order())
    higher = {"total_price": "95.50", "total_price_set": both("95.50")}  # which edits raise too
    for order in (edited("95.50"), edited("95.50", **higher)):
        response = store.deliver("orders/updated", order)
        assert status_of(response) == "not_used"
        assert message_of(response) == (
            "The order's total rose from 80.00 USD to 95.50 USD after it was placed; the difference earns no points."
        )
    # What was added and taken off again was never counted.
    store.deliver("orders/updated", edited("80.00", **higher))
    assert points(shop) == 80
    store.deliver("orders/updated", edited("60.00", **higher))
    assert points(shop) == 60


def test_money_given_back_for_an_edit_counts_once(shop: Shop) -> None:
    """The edit lowers the current total; the money comes back later, as an adjustment without lines."""
    removed = shopify_refund(5, "30.00") | {"order_adjustments": [adjustment("30.00")]}
    paid_back = {"id": 6, "order_id": int(BIG), "order_adjustments": [adjustment("-30.00")]}
    events = [
        ("orders/paid", shopify_order()),
        ("refunds/create", removed),
        ("orders/updated", edited("50.00", refunds=[removed])),
        ("refunds/create", paid_back),
        ("orders/updated", edited("50.00", refunds=[removed, paid_back])),
    ]
    for sequence in (events, events[::-1], [events[3], events[0], events[4], events[2], events[1]]):
        shop = make_shop()
        store = connect(shop, "shopify")
        for topic, body in sequence:
            status_of(store.deliver(topic, body))
        assert (purchase(shop, BIG).refunded_amount, points(shop)) == (Decimal(30), 50)


def adjustment(amount: str, kind: str = "refund_discrepancy") -> dict[str, Any]:
    return {"kind": kind, "amount": amount, "amount_set": both(amount), "tax_amount_set": both("0.00")}


def test_a_refund_whose_money_is_pending_counts_once_it_arrived(shop: Shop) -> None:
    store = connect(shop, "shopify")
    store.deliver("orders/paid", shopify_order())
    pending = {
        "id": 7,
        "order_id": int(BIG),
        "refund_shipping_lines": [{"id": 1, "subtotal_amount_set": both("10.00")}],
        "order_adjustments": [adjustment("-10.00", "shipping_refund"), adjustment("10.00")],
    }
    assert status_of(store.deliver("refunds/create", pending)) == "not_used"
    settled = pending | {"order_adjustments": [*pending["order_adjustments"], adjustment("-10.00")]}  # type: ignore[misc]
    store.deliver("orders/updated", edited("80.00", refunds=[settled]))
    assert points(shop) == 70


def test_an_order_that_was_edited_before_it_was_paid(shop: Shop) -> None:
    store = connect(shop, "shopify")
    store.deliver("orders/paid", edited("50.00"))
    assert (purchase(shop, BIG).amount, points(shop)) == (Decimal(80), 50)


@pytest.mark.parametrize("later", [{"cancelled_at": "2026-11-21T10:00:00Z"}, {"financial_status": "voided"}])
def test_an_update_that_says_that_it_is_void(shop: Shop, later: dict[str, Any]) -> None:
    store = connect(shop, "shopify", earns="create")
    store.deliver("orders/create", shopify_order(financial_status="authorized"))
    store.deliver("orders/updated", shopify_order(**later))
    assert (purchase(shop, BIG).status, points(shop)) == ("voided", 0)


def test_a_refund_before_its_order(shop: Shop) -> None:
    store = connect(shop, "shopify")
    response = store.deliver("refunds/create", shopify_refund(5, "30.00"))
    assert message_of(response) == "Refund saved: it is applied once its order is recorded."
    assert PendingRefund.objects.get(contest=shop.contest).money == Decimal("30.00")
    store.deliver("orders/paid", shopify_order())
    assert points(shop) == 50


@pytest.mark.parametrize(
    ("fields", "email"),
    [
        ({"email": "", "contact_email": "ada@example.com"}, "ada@example.com"),
        ({"email": None, "contact_email": None, "customer": {"email": "ada@example.com"}}, "ada@example.com"),
        ({"contact_email": "grace@example.com"}, "ada@example.com"),
    ],
)
def test_where_the_email_comes_from(shop: Shop, fields: dict[str, Any], email: str) -> None:
    connect(shop, "shopify").deliver("orders/paid", shopify_order(**fields))
    assert purchase(shop, BIG).email == email


def test_its_name_is_kept_as_another_id(shop: Shop) -> None:
    connect(shop, "shopify").deliver("orders/paid", shopify_order())
    assert StoreOrderId.objects.get(contest=shop.contest).order_id == BIG
    assert StoreOrderId.objects.get(contest=shop.contest).other_id == "#1001"


def test_an_id_of_a_delivery_that_comes_again_with_another_body(shop: Shop) -> None:
    store = connect(shop, "shopify")
    for number in (1, 2, 1, 2):
        assert status_of(store.deliver("orders/paid", shopify_order(number), x_shopify_webhook_id="w-1")) == "done"
    deliveries = StoreDelivery.objects.filter(contest=shop.contest).order_by("id")
    assert [(each.order_id, each.times) for each in deliveries] == [("1", 2), ("2", 2)]
    assert points(shop) == 160


def test_an_order_of_glue_code_is_not_counted_again(shop: Shop, client: Any) -> None:
    """The public page's example sends String(id) as the order ID."""
    url, key = f"/api/v1/contests/{shop.contest.pk}/purchases", {"x-api-key": shop.private_key}
    body = shop.order(orderId=BIG, amount=80)
    assert client.post(url, body, content_type="application/json", headers=key).status_code == 201
    assert status_of(connect(shop, "shopify").deliver("orders/paid", shopify_order())) == "done"
    assert points(shop) == 80


@pytest.mark.parametrize(
    ("topic", "body", "state"),
    [
        ("refunds/create", shopify_refund(5, "30.00") | {"transactions": [{"test": True}]}, "test"),
        ("orders/updated", shopify_order(test=True), "test"),
        ("orders/cancelled", shopify_order(test=True), "test"),
        ("orders/edited", {"order_edit": {"order_id": 1}}, "not_used"),
        ("orders/updated", shopify_order(), "not_used"),
        ("orders/updated", shopify_order(current_total_price=None, current_total_price_set=None), "not_used"),
        ("products/create", {}, "not_used"),
        ("refunds/create", {"id": 5}, "not_used"),
        ("refunds/create", shopify_refund(5, "30.00") | {"order_id": None}, "unusable"),
        ("refunds/create", {"id": 5, "order_id": 1, "refund_line_items": [{"subtotal": "x"}]}, "unusable"),
    ],
)
def test_what_changes_nothing(shop: Shop, topic: str, body: dict[str, Any], state: str) -> None:
    assert status_of(connect(shop, "shopify").deliver(topic, body)) == state
    assert not Purchase.objects.filter(contest=shop.contest).exists()
    assert not PendingRefund.objects.filter(contest=shop.contest).exists()


def test_a_test_notification(shop: Shop) -> None:
    response = connect(shop, "shopify").deliver("orders/paid", shopify_order(), x_shopify_test="true")
    assert (status_of(response), points(shop)) == ("test", 0)
