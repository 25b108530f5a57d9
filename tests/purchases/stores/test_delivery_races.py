"""Deliveries that arrive at the same moment at several processes: what counts once is counted once."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import count
from threading import Barrier
from typing import Any

import pytest
import requests

from contests.models import PointTransaction
from purchases.models import Purchase, StoreDelivery
from purchases.stores.interrupted import process_interrupted_deliveries
from tests.profiles import times
from tests.purchases.stores.deliveries import (
    Store,
    base64_hmac,
    connect,
    points,
    shopify_order,
    shopify_refund,
    stripe_charge,
    stripe_event,
    stripe_refund,
    stripe_session,
    stripe_signature,
    woocommerce_order,
)
from tests.support import Server, Shop, make_shop

Request = tuple[str, dict[str, Any]]  # a topic and its body
ROUNDS = times(4, 40)
numbers = count(1)


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def headers_of(kind: str, topic: str, body: bytes) -> dict[str, str]:
    match kind:
        case "stripe":
            return {"stripe-signature": stripe_signature(body)}
        case "shopify":
            signature = base64_hmac(body)
            return {
                "x-shopify-topic": topic,
                "x-shopify-hmac-sha256": signature,
                "x-shopify-webhook-id": f"{topic} {signature}",
            }
    return {"x-wc-webhook-topic": topic, "x-wc-webhook-signature": base64_hmac(body)}


def deliver_at_once(server: Server, store: Store, *sent: Request) -> list[str]:
    """Send all at the same moment, each over a connection of its own; returns what became of each."""
    barrier = Barrier(len(sent))
    url = f"{server.base_url}/api/webhooks/{store.connection.kind}/{store.connection.pk}"

    def deliver(topic: str, content: dict[str, Any]) -> str:
        body = json.dumps(content).encode()
        with requests.Session() as session:
            session.get(f"{server.base_url}/healthz")
            barrier.wait()
            response = session.post(url, body, headers=headers_of(store.connection.kind, topic, body))
        assert response.status_code == 200, response.text
        return str(response.json()["data"]["status"])

    with ThreadPoolExecutor(len(sent)) as pool:
        return list(pool.map(deliver, *zip(*sent, strict=True)))


def left_open(shop: Shop) -> list[tuple[str, str]]:
    """Deliveries that somebody or something would still have to look at."""
    # One that began to wait while its order was committed waits until this, which looks once a minute.
    process_interrupted_deliveries()
    rows = StoreDelivery.objects.filter(contest=shop.contest).exclude(state__in=("done", "not_used"))
    return list(rows.values_list("topic", "state"))


ORDERS: dict[str, Request] = {
    "shopify": ("orders/paid", shopify_order()),
    "stripe": ("", stripe_event("checkout.session.completed", stripe_session())),
    "woocommerce": ("order.created", woocommerce_order()),
}


@pytest.mark.parametrize("kind", ORDERS)
def test_one_delivery_at_once(server: Server, shop: Shop, kind: str) -> None:
    store = connect(shop, kind)
    assert set(deliver_at_once(server, store, *[ORDERS[kind]] * 12)) == {"done"}
    assert Purchase.objects.filter(contest=shop.contest).count() == 1
    assert PointTransaction.objects.filter(contest=shop.contest).count() == 1
    times_received = list(StoreDelivery.objects.filter(contest=shop.contest).values_list("times", flat=True))
    assert times_received == ([1] * 12 if kind == "woocommerce" else [12])
    assert left_open(shop) == []


def stripe_requests(number: int) -> Sequence[Request]:
    """A payment of 80 of which 50 is refunded, as three events say."""
    payment = {"payment_intent": f"pi_{number}"}
    session = stripe_session(id=f"cs_{number}", client_reference_id=f"ORD-{number}", **payment)
    charge = stripe_charge(5000) | payment | {"id": f"ch_{number}"}
    refund = stripe_refund(f"re_{number}", 5000) | payment | {"charge": f"ch_{number}"}
    events = [
        ("checkout.session.completed", session),
        ("refund.created", refund),
        ("charge.refunded", charge),
        ("refund.updated", refund),
    ]
    return [("", stripe_event(kind, item, f"evt_{number}_{place}")) for place, (kind, item) in enumerate(events)]


def shopify_requests(number: int) -> Sequence[Request]:
    refund = shopify_refund(number, "50.00", number)
    changed = {"current_total_price": "30.00", "current_total_price_set": None, "refunds": [refund]}
    return [
        ("orders/paid", shopify_order(number, name=f"#{number}")),
        ("refunds/create", refund),
        ("orders/updated", shopify_order(number, name=f"#{number}", **changed)),
    ]


def woocommerce_requests(number: int) -> Sequence[Request]:
    refunded = woocommerce_order(id=number, total="80.00", refunds=[{"id": number * 1000, "total": "-50.00"}])
    return [("order.created", woocommerce_order(id=number, total="80.00")), *[("order.updated", refunded)] * 2]


REQUESTS = {"shopify": shopify_requests, "stripe": stripe_requests, "woocommerce": woocommerce_requests}


@pytest.mark.parametrize("kind", REQUESTS)
def test_an_order_and_its_refunds_at_once(server: Server, shop: Shop, kind: str) -> None:
    store = connect(shop, kind)
    for _ in range(ROUNDS):
        deliver_at_once(server, store, *REQUESTS[kind](next(numbers)))
    assert left_open(shop) == []
    refunded = Purchase.objects.filter(contest=shop.contest).values_list("refunded_amount", flat=True)
    assert list(refunded) == [Decimal(50)] * ROUNDS
    assert points(shop) == 30 * ROUNDS


def test_an_order_and_its_cancellation_at_once(server: Server, shop: Shop) -> None:
    store = connect(shop, "shopify")
    for number in range(1, ROUNDS + 1):
        cancelled = shopify_order(number, cancelled_at="2026-11-21T10:00:00Z")
        sent = [("orders/paid", shopify_order(number)), ("orders/cancelled", cancelled), ("orders/updated", cancelled)]
        deliver_at_once(server, store, *sent)
    assert left_open(shop) == []
    statuses = Purchase.objects.filter(contest=shop.contest).values_list("status", flat=True)
    assert (points(shop), list(statuses)) == (0, ["voided"] * ROUNDS)


def test_orders_with_one_payment_at_once(server: Server, shop: Shop) -> None:
    """One of them has the payment, and its refund."""
    store = connect(shop, "stripe")
    for number in range(1, ROUNDS + 1):
        intent = {"payment_intent": f"pi_{number}", "charge": f"ch_{number}"}
        sessions = [
            stripe_session(client_reference_id=f"{number}-{place}", id=f"cs_{number}_{place}", **intent)
            for place in range(3)
        ]
        events = [
            stripe_event("checkout.session.completed", session, f"evt_{number}_{place}")
            for place, session in enumerate(sessions)
        ]
        refund = stripe_event("refund.created", stripe_refund(f"re_{number}", 5000) | intent, f"evt_{number}_r")
        deliver_at_once(server, store, *(("", event) for event in [*events, refund]))
    assert points(shop) == (3 * 80 - 50) * ROUNDS
    assert Purchase.objects.filter(contest=shop.contest, refunded_amount=50).count() == ROUNDS
    assert left_open(shop) == []
