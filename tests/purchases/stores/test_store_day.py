"""A store day on the running server: retries, duplicates, any order, and ``kill -9`` of its workers."""

import json
import os
import random
import time
from collections import Counter
from datetime import timedelta
from itertools import count
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import pytest
import requests
from django.core.management import call_command

from contests.models import Entry
from contests.services import create_entry
from purchases.models import Purchase, RejectedPurchase, StoreConnection, StoreDelivery
from purchases.services import release_all_held_purchases
from purchases.stores import interrupted
from purchases.stores.interrupted import process_interrupted_deliveries
from tests.profiles import times
from tests.purchases.stores.deliveries import SECRET, base64_hmac, connect, stripe_signature
from tests.purchases.stores.store_day import PEOPLE, STORES, Day, Delivery, Expected, Order, SignUp, make_day
from tests.support import Server, Shop, make_shop, wait_for

ORDERS = times(100, 2_000)
KILLS = 2
CLIENTS = 8
TRIES = 100
OF_ANOTHER = "a secret of somebody else"

pytestmark = pytest.mark.django_db(transaction=True)


class Senders:
    """The stores' clients, which send a delivery again until it is accepted."""

    def __init__(self, server: Server, shop: Shop, connections: dict[str, StoreConnection], day: Day) -> None:
        self.server, self.shop, self.connections = server, shop, connections
        self.queue: SimpleQueue[list[Delivery] | SignUp] = SimpleQueue()
        for work in day.work:
            self.queue.put(work)
        self.done = count()
        self.done_so_far = 0
        self.statuses: Counter[int] = Counter()
        self.refused: list[str] = []
        self.threads = [Thread(target=self.work) for _ in range(CLIENTS)]

    def __enter__(self) -> "Senders":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self.threads:
            thread.join()

    def work(self) -> None:
        session = requests.Session()
        session.trust_env = False
        while True:
            try:
                work = self.queue.get_nowait()
            except Empty:
                return
            if isinstance(work, SignUp):
                self.sign_up(session, work)
            else:
                for delivery in work:
                    self.deliver(session, delivery)
            self.done_so_far = next(self.done)

    def deliver(self, session: requests.Session, delivery: Delivery) -> None:
        path = f"/api/webhooks/{delivery.kind}/{self.connections[delivery.kind].pk}"
        body = json.dumps(delivery.body).encode()
        accepted = 401 if delivery.is_forged else 200
        self.post(session, path, body, accepted, lambda: headers_of(delivery, body))

    def sign_up(self, session: requests.Session, person: SignUp) -> None:
        path = f"/api/v1/contests/{self.shop.contest.pk}/entries"
        headers = {"x-api-key": self.shop.private_key}
        self.post(session, path, json.dumps({"email": person.email}).encode(), 201, lambda: headers)

    def post(self, session: requests.Session, path: str, body: bytes, accepted: int, headers: Any) -> None:
        url = f"{self.server.base_url}{path}"
        for _ in range(TRIES):
            try:
                answer = session.post(url, body, headers=headers() | {"Content-Type": "application/json"}, timeout=20)
            except requests.RequestException:
                time.sleep(0.02)  # the worker was killed
                continue
            self.statuses[answer.status_code] += 1
            if answer.status_code in (accepted, 200):
                return
            time.sleep(0.02)
        self.refused.append(f"{path}: {headers()} {body!r}")


def headers_of(delivery: Delivery, body: bytes) -> dict[str, str]:
    secret = OF_ANOTHER if delivery.is_forged else SECRET
    match delivery.kind:
        case "shopify":
            return {
                "X-Shopify-Topic": delivery.topic,
                "X-Shopify-Webhook-Id": delivery.event_id,
                "X-Shopify-Hmac-SHA256": base64_hmac(body, secret),
            }
        case "stripe":
            return {"Stripe-Signature": stripe_signature(body, secret)}
    return {"X-WC-Webhook-Topic": delivery.topic, "X-WC-Webhook-Signature": base64_hmac(body, secret)}


def test_a_store_day_with_kills_comes_to_what_a_model_says(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = int(os.environ.get("STORE_DAY") or random.randrange(1_000_000))
    day, shop = make_day(seed, ORDERS), make_shop()
    for number in range(PEOPLE):
        create_entry(shop.contest, f"early-{number}@example.com")
    connections = {kind: connect(shop, kind).connection for kind in STORES}
    with Senders(server, shop, connections, day) as senders:
        for kill in range(1, KILLS + 1):
            wait_for(lambda kill=kill: senders.done_so_far > len(day.work) * kill // (KILLS + 1), "deliveries")
            random.choice(server.workers()).kill()
    monkeypatch.setattr(interrupted, "LONGEST_REQUEST", timedelta(0))
    process_interrupted_deliveries()
    release_all_held_purchases(shop.contest)  # what the background process does

    assert (senders.refused, senders.statuses.keys() - {200, 201, 401, 503}) == ([], set()), f"STORE_DAY={seed}"
    if wrong := mismatches(shop, day):
        pytest.fail("\n".join([f"STORE_DAY={seed}", *wrong]))
    of_entries = dict(Entry.objects.filter(contest=shop.contest).values_list("email", "points"))
    assert of_entries == points_by_email(day) | {shop.entry.email: 0}
    check_deliveries(shop, day)
    call_command("check_ledger")


def mismatches(shop: Shop, day: Day) -> list[str]:
    """Of each wrong order: what is expected, what is there, and its deliveries."""
    columns = ("order_id", "status", "refunded_amount", "points_now")
    purchases = Purchase.objects.filter(contest=shop.contest).values_list(*columns)
    stored = {order_id: Expected(status, refunded, points) for order_id, status, refunded, points in purchases}
    wrong = []
    for order_id in sorted(stored.keys() | day.orders.keys()):
        order = day.orders.get(order_id)
        expected, actual = order.expected if order else None, stored.get(order_id)
        if actual != expected and not (order and actual is None and order.may_stay_on_hold()):
            deliveries = StoreDelivery.objects.filter(contest=shop.contest, order_id=order_id).order_by("id")
            wrong += [f"{order_id}: expected {expected}, found {actual}"]
            wrong += [f"  {row.received_at:%T.%f} {row.topic}: {row.state}, {row.message}" for row in deliveries]
    return wrong


def points_by_email(day: Day) -> dict[str, int]:
    points = {f"{kind}-{number}@example.com": 0 for kind in ("early", "late") for number in range(PEOPLE)}
    for order in day.orders.values():
        if order.expected:
            points[order.email] += order.expected.points
    return points


def check_deliveries(shop: Shop, day: Day) -> None:
    """Each is kept once and finished; only those of orders that never came still wait."""
    deliveries = StoreDelivery.objects.filter(contest=shop.contest)
    sent = [delivery for work in day.work if isinstance(work, list) for delivery in work if not delivery.is_forged]
    event_ids = {delivery.event_id for delivery in sent if delivery.event_id}
    assert {*deliveries.exclude(provider_id="").values_list("provider_id", flat=True)} == event_ids
    states = Counter(deliveries.values_list("state", flat=True))
    assert states.keys() <= {"done", "not_used", "test", "waiting"}, states
    held = RejectedPurchase.objects.filter(contest=shop.contest, state=RejectedPurchase.State.HELD)
    expected = {order.order_id for order in day.orders.values() if is_held(order)}
    assert {*held.values_list("order_id", flat=True)} == expected


def is_held(order: Order) -> bool:
    return order.is_paid and not order.is_cancelled and order.email.startswith("nobody")
