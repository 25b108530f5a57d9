"""What is sent only where contests are spread over several servers names the contest too: see tests/statements.py.

One server is told here that it is one of several, so that the statements for those are sent to it.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from contests.models import Entry
from purchases.models import Purchase, RejectedPurchase, StoreDelivery
from tests.purchases.stores.deliveries import connect, shopify_order, status_of
from tests.support import Shop


@pytest.fixture(autouse=True)
def is_spread(db: None) -> Iterator[None]:
    connection.ensure_connection()
    connection.connection.is_spread = True
    yield
    connection.connection.is_spread = False


def call(shop: Shop, path: str, body: Any) -> int:
    url = f"/api/v1/contests/{shop.contest.pk}/{path}"
    return Client().post(url, body, "application/json", headers={"x-api-key": shop.private_key}).status_code


def test_orders(shop: Shop) -> None:
    order = shop.order()
    assert [call(shop, "purchases", each) for each in (order, order, order | {"amount": 5})] == [201, 200, 200]
    batch = {"purchases": [shop.order(), shop.order(), shop.order(email="late@example.com")]}
    assert [call(shop, "purchases/batch", batch) for _ in range(2)] == [200, 200]
    assert sorted(Purchase.objects.values_list("duplicates", flat=True)) == [1, 1, 2]
    assert Entry.objects.get().points == 3 * 50
    assert RejectedPurchase.objects.get().times == 2


def test_deliveries(shop: Shop) -> None:
    store = connect(shop, "shopify")
    for number in (1, 2, 2):
        order = shopify_order(number, name=f"#{number}")
        status_of(store.deliver("orders/paid", order, x_shopify_webhook_id=f"w-{number}"))
    assert Purchase.objects.count() == StoreDelivery.objects.filter(state="done").count() == 2
