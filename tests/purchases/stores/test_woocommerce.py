"""What becomes of WooCommerce's deliveries, each of which is the whole order as it is now."""

from decimal import Decimal
from typing import Any

import pytest

from blitzrocket.audit.context import AuditContext
from purchases.models import Refund, RejectedPurchase, StoreDelivery, StoreOrderId
from purchases.services import void_purchase
from tests.purchases.stores.deliveries import (
    connect,
    deliveries,
    message_of,
    points,
    purchase,
    status_of,
    woocommerce_order,
)
from tests.support import Shop, make_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def test_complete_cancelled_complete(shop: Shop) -> None:
    store = connect(shop, "woocommerce")
    for status, earned in (("processing", 29), ("cancelled", 0), ("completed", 29), ("completed", 29)):
        store.deliver("order.updated", woocommerce_order(status=status))
        assert points(shop) == earned


def test_an_order_that_was_cancelled_before_it_was_paid(shop: Shop) -> None:
    store = connect(shop, "woocommerce")
    assert status_of(store.deliver("order.updated", woocommerce_order(status="cancelled"))) == "waiting"
    store.deliver("order.updated", woocommerce_order())
    assert (points(shop), deliveries(shop)) == (29, ["not_used", "done"])


def test_what_a_person_voided_stays_void(shop: Shop) -> None:
    store = connect(shop, "woocommerce")
    store.deliver("order.created", woocommerce_order())
    void_purchase(purchase(shop, "727"), audit=AuditContext(reason="Fraud"))
    store.deliver("order.updated", woocommerce_order(status="completed"))
    assert points(shop) == 0


def test_refunds_of_an_order(shop: Shop) -> None:
    store = connect(shop, "woocommerce")
    refunds = [{"id": 9, "reason": "", "total": "-9.35"}]
    for _ in range(2):
        store.deliver("order.updated", woocommerce_order(refunds=refunds))
    assert (purchase(shop, "727").refunded_amount, points(shop)) == (Decimal("9.35"), 20)
    store.deliver("order.updated", woocommerce_order(status="refunded"))
    assert points(shop) == 0


def test_the_unsigned_ping(shop: Shop) -> None:
    assert connect(shop, "woocommerce").post(b"webhook_id=4").status_code == 200
    assert deliveries(shop) == []


@pytest.mark.parametrize("body", [b"webhook_id=4&x=1", b"webhook_id=" + b"4" * 200, b"{}", b""])
def test_what_is_no_ping_needs_a_signature(shop: Shop, body: bytes) -> None:
    assert connect(shop, "woocommerce").post(body).status_code == 401


def modified(second: int, **fields: Any) -> dict[str, Any]:
    return woocommerce_order(date_modified_gmt=f"2026-11-20T20:00:{second:02}", **fields)


@pytest.mark.parametrize(
    ("statuses", "earned"),
    [
        # Each with its second of modification, in the order received.
        ([(1, "processing"), (3, "cancelled"), (2, "processing")], 0),
        ([(3, "cancelled"), (1, "processing"), (2, "completed")], 0),
        ([(1, "processing"), (3, "completed"), (2, "cancelled")], 29),
        ([(2, "cancelled"), (1, "processing"), (3, "completed")], 29),
        ([(1, "pending"), (2, "failed"), (3, "processing")], 29),
    ],
)
def test_a_delivery_that_another_one_overtook(shop: Shop, statuses: list[tuple[int, str]], earned: int) -> None:
    store = connect(shop, "woocommerce")
    for second, status in statuses:
        status_of(store.deliver("order.updated", modified(second, status=status)))
    assert points(shop) == earned


@pytest.mark.parametrize(
    ("topic", "fields", "state", "message"),
    [
        ("order.updated", {"status": "on-hold"}, "not_used", "An order with the status “on-hold” earns no points."),
        ("order.updated", {"status": "pending"}, "not_used", "An order with the status “pending” earns no points."),
        ("order.updated", {"status": "trash"}, "not_used", "An order with the status “trash” earns no points."),
        ("order.deleted", {}, "not_used", "A deleted order keeps its points: cancel or refund an order to take them"),
        ("coupon.created", {}, "not_used", "Nothing is done with “coupon.created”."),
        ("order.updated", {"id": None}, "unusable", "The body has no id."),
        ("order.updated", {"total": "free"}, "unusable", "total must be a number."),
        ("order.updated", {"total": "0.00"}, "not_used", "The order's amount is 0."),
        ("order.updated", {"currency": "Dollar"}, "unusable", "The currency must be an ISO 4217 code"),
    ],
)
def test_what_earns_nothing(shop: Shop, topic: str, fields: dict[str, Any], state: str, message: str) -> None:
    response = connect(shop, "woocommerce").deliver(topic, woocommerce_order(**fields))
    assert status_of(response) == state
    assert message_of(response).startswith(message)
    assert points(shop) == 0


@pytest.mark.parametrize("status", ["on-hold", "pending"])
def test_an_order_that_earned_keeps_its_points_on_hold(shop: Shop, status: str) -> None:
    store = connect(shop, "woocommerce")
    store.deliver("order.created", woocommerce_order())
    store.deliver("order.updated", woocommerce_order(status=status))
    assert points(shop) == 29


@pytest.mark.parametrize(
    ("chosen", "earned", "refunds", "refunded"),
    [
        ("total", "29.35", ["-9.35"], "9.35"),
        ("total", "29.35", ["-9.35", "-20.00"], "29.35"),
        ("without_shipping", "19.35", ["-10.00"], "6.59"),
        ("without_shipping", "19.35", ["-10.00", "-10.00", "-9.35"], "19.35"),
        ("without_tax_and_shipping", "18.00", ["-29.35"], "18.00"),
    ],
)
def test_refunds_take_their_share_of_what_earned(
    shop: Shop, chosen: str, earned: str, refunds: list[str], refunded: str
) -> None:
    """WooCommerce says of a refund only its total."""
    store = connect(shop, "woocommerce", amount=chosen)
    order = woocommerce_order(status="completed", total_tax="1.35", shipping_total="10.00", shipping_tax="0.00")
    listed = [{"id": str(9 + place), "total": total} for place, total in enumerate(refunds)]
    for count in range(len(listed) + 1):
        store.deliver("order.updated", order | {"refunds": listed[:count][::-1]})
    assert purchase(shop, "727").amount == Decimal(earned)
    assert purchase(shop, "727").refunded_amount == Decimal(refunded)


def test_the_rest_of_an_order_that_is_set_to_refunded(shop: Shop) -> None:
    store = connect(shop, "woocommerce")
    store.deliver("order.created", woocommerce_order())
    refunds = [{"id": 9, "total": "-9.35"}]
    for _ in range(2):
        store.deliver("order.updated", woocommerce_order(status="refunded", refunds=refunds))
    stored_refunds = Refund.objects.filter(contest=shop.contest).order_by("id")
    assert list(stored_refunds.values_list("refund_id", "amount")) == [
        ("9", Decimal("9.35")),
        ("727-refunded", Decimal(20)),
    ]
    assert purchase(shop, "727").status == "refunded"


def test_ids_are_numbers_or_texts(shop: Shop) -> None:
    store = connect(shop, "woocommerce")
    for order_id, refund_id in ((727, 9), ("727", "9")):
        store.deliver("order.updated", woocommerce_order(id=order_id, refunds=[{"id": refund_id, "total": "-9.35"}]))
    assert purchase(shop, "727").refunded_amount == Decimal("9.35")


def test_the_delivery_id_drops_nothing(shop: Shop) -> None:
    """It is made of the webhook's id and the time in seconds."""
    store = connect(shop, "woocommerce")
    for number in (1, 2):
        store.deliver("order.created", woocommerce_order(id=number), x_wc_webhook_delivery_id="same")
    assert points(shop) == 58
    assert StoreDelivery.objects.filter(contest=shop.contest, provider_id="").count() == 2


def test_its_other_ids_are_kept(shop: Shop) -> None:
    order = woocommerce_order(number="W-1", transaction_id="pi_1", order_key="wc_order_1")
    connect(shop, "woocommerce").deliver("order.created", order)
    other_ids = StoreOrderId.objects.filter(contest=shop.contest, order_id="727")
    assert sorted(other_ids.values_list("other_id", flat=True)) == ["W-1", "pi_1", "wc_order_1"]


def test_an_order_without_an_email_is_on_hold_and_reopened(shop: Shop) -> None:
    store = connect(shop, "woocommerce")
    states = []
    for status in ("processing", "cancelled", "processing"):
        store.deliver("order.updated", woocommerce_order(status=status, billing={"email": ""}))
        states.append(RejectedPurchase.objects.get(contest=shop.contest).state)
    assert states == ["held", "dismissed", "held"]


@pytest.mark.parametrize("total", [1e-300, "0.01", 5])
def test_refunds_of_more_than_the_order(shop: Shop, total: Any) -> None:
    """Their share is no more than what earned, and never a failure, however small the total is."""
    store = connect(shop, "woocommerce", amount="without_shipping")
    order = woocommerce_order(total=total, status="refunded", refunds=[{"id": 1, "total": "-90000000000000000000"}])
    assert store.deliver("order.updated", order).status_code == 200
    store.deliver("order.updated", woocommerce_order())
    assert points(shop) == 19
