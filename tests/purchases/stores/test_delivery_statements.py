"""How many statements a delivery takes: a round trip each, as test_query_count pins those of the record call."""

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.purchases.stores.deliveries import (
    Store,
    connect,
    shopify_order,
    status_of,
    stripe_event,
    stripe_session,
    woocommerce_order,
)
from tests.support import Shop

TRANSACTION = ("SAVEPOINT", "RELEASE SAVEPOINT", "BEGIN", "COMMIT")


def statements(store: Store, topic: str, body: dict[str, Any], **headers: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        status_of(store.deliver(topic, body, **headers))
    return len([query for query in captured if not query["sql"].startswith(TRANSACTION)])


def test_shopify(shop: Shop) -> None:
    """A new order, the same delivery again, the order in another delivery, and an update that changes nothing."""
    store = connect(shop, "shopify")
    for number in range(3):  # the first ones fill the caches of the process
        order = shopify_order(number, name=f"#{number}")
        new = statements(store, "orders/paid", order, x_shopify_webhook_id=f"w-{number}")
    repeat = statements(store, "orders/paid", order, x_shopify_webhook_id="w-2")
    second = statements(store, "orders/paid", order, x_shopify_webhook_id="w-3")
    unchanged = statements(store, "orders/updated", order, x_shopify_webhook_id="w-4")
    assert (new, repeat, second, unchanged) == (5, 5, 10, 4)


def test_stripe(shop: Shop) -> None:
    store = connect(shop, "stripe")
    for number in range(3):
        session = stripe_session(id=f"cs_{number}", client_reference_id=f"ORD-{number}", payment_intent=f"pi_{number}")
        new = statements(store, "", stripe_event("checkout.session.completed", session, f"evt_{number}"))
    assert new == 5


def test_woocommerce(shop: Shop) -> None:
    """Each delivery asks whether the order is to be restored."""
    store = connect(shop, "woocommerce")
    for number in range(3):
        new = statements(store, "order.created", woocommerce_order(id=number))
    second = statements(store, "order.updated", woocommerce_order(id=2, status="completed"))
    assert (new, second) == (11, 10)
