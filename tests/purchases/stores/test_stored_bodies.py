"""Bodies are stored compressed, and read as received; a delivery that comes again is known by its body."""

import json
import zlib

from django.db import connection

from blitzrocket.compressed_bytes import MARK
from purchases.models import StoreDelivery
from tests.purchases.stores.deliveries import connect, shopify_order, shopify_refund
from tests.support import Shop

BODY = json.dumps(shopify_order()).encode()
# What the body is in another version's storage: as it is, and as a zlib of other settings writes it.
STORED_IN_OTHER_WAYS = [BODY, MARK + zlib.compress(BODY, 9)]


def stored(shop: Shop) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM purchases_storedelivery WHERE contest_id = %s", [shop.contest.pk])
        return bytes(cursor.fetchone()[0])


def store_as(shop: Shop, body: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE purchases_storedelivery SET body = %s WHERE contest_id = %s", [body, shop.contest.pk])


def test_a_new_order(shop: Shop) -> None:
    """Kept with its order, in one transaction."""
    connect(shop, "shopify").deliver("orders/paid", shopify_order(), x_shopify_webhook_id="w-1")
    assert len(stored(shop)) < len(BODY)
    assert StoreDelivery.objects.get(contest=shop.contest).body == BODY


def test_any_other(shop: Shop) -> None:
    """Kept before it is processed."""
    refund = shopify_refund(7001, "20.00", 6001)
    connect(shop, "shopify").deliver("refunds/create", refund, x_shopify_webhook_id="w-1")
    assert stored(shop).startswith(MARK)
    assert StoreDelivery.objects.get(contest=shop.contest).body == json.dumps(refund).encode()


def test_one_that_is_stored_in_another_way_is_known_again(shop: Shop) -> None:
    store = connect(shop, "shopify")
    store.deliver("orders/paid", shopify_order(), x_shopify_webhook_id="w-1")
    for times, other in enumerate(STORED_IN_OTHER_WAYS, start=2):
        store_as(shop, other)
        repeat = store.deliver("orders/paid", shopify_order(), x_shopify_webhook_id="w-1")
        row = StoreDelivery.objects.get(contest=shop.contest)
        assert (row.times, row.body) == (times, BODY)
        assert repeat.json()["data"]["deliveryId"] == row.pk


def test_another_body_with_its_id_is_another_delivery(shop: Shop) -> None:
    store = connect(shop, "shopify")
    store.deliver("orders/paid", shopify_order(), x_shopify_webhook_id="w-1")
    store.deliver("orders/paid", shopify_order(2), x_shopify_webhook_id="w-1")
    rows = StoreDelivery.objects.filter(contest=shop.contest).order_by("id")
    assert [(row.times, row.order_id) for row in rows] == [(1, "9007199254740993"), (1, "2")]
