"""Deliveries as stores send them, signed."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from blitzrocket.limits import LARGEST_BODY
from contests.models import Entry
from purchases.models import Purchase, StoreConnection, StoreDelivery
from purchases.stores.connections import create_connection
from tests.support import Shop

SECRET = "for-these-tests-only"


@dataclass
class Store:
    """A connection, and the requests of its store."""

    shop: Shop
    connection: StoreConnection

    def post(self, body: bytes, **headers: str) -> Any:
        url = f"/api/webhooks/{self.connection.kind}/{self.connection.pk}"
        names = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        return Client().post(url, body, content_type="application/json", **names)  # type: ignore[arg-type]

    def deliver(self, topic: str, body: dict[str, Any], **headers: str) -> Any:
        return getattr(self, f"_{self.connection.kind}")(topic, json.dumps(body).encode(), headers)

    def _shopify(self, topic: str, body: bytes, headers: dict[str, str]) -> Any:
        return self.post(body, **{"x_shopify_topic": topic, "x_shopify_hmac_sha256": base64_hmac(body)} | headers)

    def _woocommerce(self, topic: str, body: bytes, headers: dict[str, str]) -> Any:
        return self.post(body, **{"x_wc_webhook_topic": topic, "x_wc_webhook_signature": base64_hmac(body)} | headers)

    def _stripe(self, topic: str, body: bytes, headers: dict[str, str]) -> Any:
        return self.post(body, **{"stripe_signature": stripe_signature(body)} | headers)


def connect(shop: Shop, kind: str, **options: str) -> Store:
    return Store(shop, create_connection(shop.contest, kind=kind, name=f"My {kind}", secret=SECRET, options=options))


def make_delivery(shop: Shop, state: str = "failed", **fields: Any) -> StoreDelivery:
    """A delivery of an order as it is kept, in this state."""
    connection = StoreConnection.objects.filter(contest=shop.contest).first() or connect(shop, "shopify").connection
    body = fields.pop("body", None) or json.dumps(shopify_order()).encode()
    now = timezone.now()
    values: dict[str, Any] = {
        "topic": "orders/paid",
        "message": "KeyError: see the server's log." if state == "failed" else "",
        "headers": {"x-shopify-topic": "orders/paid"},
        "received_at": now - timedelta(minutes=2),
        "finished_at": None if state == "received" else now,
    }
    return StoreDelivery.objects.create(
        contest=shop.contest, connection=connection, state=state, body=body, **values | fields
    )


def base64_hmac(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def stripe_signature(body: bytes, secret: str = SECRET, seconds: int | None = None) -> str:
    moment = int(timezone.now().timestamp()) if seconds is None else seconds
    signature = hmac.digest(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hex()
    return f"t={moment},v1={signature}"


def too_deep_and_too_large(body: bytes) -> tuple[bytes, bytes]:
    """An object with a member nested 100,000 levels deep, and with one that makes it 1 MiB and a byte long."""
    deep = b', "more": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    return body[:-1] + deep, body[:-1] + b', "more": "%s"}' % (b"x" * (LARGEST_BODY + 1 - len(body) - 12))


def both(amount: str, currency: str = "USD") -> dict[str, Any]:
    """Shopify's amounts in the shop's currency and in the customer's."""
    money = {"amount": amount, "currency_code": currency}
    return {"shop_money": money, "presentment_money": money}


def shopify_order(number: int = 9007199254740993, **fields: Any) -> dict[str, Any]:
    order = {
        "id": number,
        "name": "#1001",
        "email": "ada@example.com",
        "currency": "USD",
        "presentment_currency": "USD",
        "total_price": "80.00",
        "total_price_set": both("80.00"),
        "current_total_price": "80.00",
        "current_total_price_set": both("80.00"),
        "total_tax": "5.00",
        "total_tax_set": both("5.00"),
        "total_shipping_price_set": both("10.00"),
        "taxes_included": False,
        "financial_status": "paid",
        "cancelled_at": None,
        "test": False,
        "payment_gateway_names": ["visa"],
        "processed_at": "2026-11-20T10:29:59-05:00",
        "refunds": [],
        "line_items": [],
    }
    return order | fields


def shopify_refund(refund_id: int, amount: str, order_id: int = 9007199254740993) -> dict[str, Any]:
    line = {"subtotal": float(amount), "subtotal_set": both(amount), "total_tax": 0, "total_tax_set": both("0.00")}
    return {"id": refund_id, "order_id": order_id, "note": "Damaged", "refund_line_items": [line], "transactions": []}


def woocommerce_order(**fields: Any) -> dict[str, Any]:
    order = {
        "id": 727,
        "number": "727",
        "status": "processing",
        "currency": "EUR",
        "total": "29.35",
        "total_tax": "1.35",
        "shipping_total": "10.00",
        "shipping_tax": "0.00",
        "date_paid_gmt": "2026-11-20T19:28:08",
        "billing": {"email": "ada@example.com"},
        "refunds": [],
    }
    return order | fields


def stripe_event(kind: str, item: dict[str, Any], event_id: str = "evt_1") -> dict[str, Any]:
    return {"id": event_id, "object": "event", "type": kind, "livemode": True, "data": {"object": item}}


def stripe_session(**fields: Any) -> dict[str, Any]:
    session = {
        "id": "cs_1",
        "mode": "payment",
        "payment_status": "paid",
        "payment_intent": "pi_1",
        "client_reference_id": "ORD-1",
        "amount_total": 8000,
        "currency": "usd",
        "created": 1795360000,
        "customer_details": {"email": "ada@example.com"},
    }
    return session | fields


def stripe_charge(refunded: int) -> dict[str, Any]:
    return {"id": "ch_1", "payment_intent": "pi_1", "currency": "usd", "amount": 8000, "amount_refunded": refunded}


def stripe_refund(refund_id: str, amount: int, status: str = "succeeded") -> dict[str, Any]:
    return {
        "id": refund_id,
        "charge": "ch_1",
        "payment_intent": "pi_1",
        "amount": amount,
        "currency": "usd",
        "status": status,
    }


def status_of(response: Any) -> str:
    assert response.status_code == 200, response.content
    return str(response.json()["data"]["status"])


def message_of(response: Any) -> str:
    return str(response.json()["data"]["message"])


def points(shop: Shop) -> int:
    return Entry.objects.get(contest=shop.contest, pk=shop.entry.pk).points


def purchase(shop: Shop, order_id: str) -> Purchase:
    return Purchase.objects.get(contest=shop.contest, order_id=order_id)


def deliveries(shop: Shop) -> list[str]:
    return list(StoreDelivery.objects.filter(contest=shop.contest).order_by("id").values_list("state", flat=True))
