"""Orders and refunds of Lemon Squeezy, Polar, FastSpring, Razorpay and Standard Webhooks, signed."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from tests.purchases.stores.deliveries import SECRET, Store

Body = dict[str, Any]
STANDARD_SECRET = "whsec_" + base64.b64encode(b"for these tests only").decode()


def hex_hmac(body: bytes) -> str:
    return hmac.digest(SECRET.encode(), body, hashlib.sha256).hex()


def base64_hmac(key: bytes, message: bytes) -> str:
    return base64.b64encode(hmac.digest(key, message, hashlib.sha256)).decode()


def standard_headers(body: bytes, key: bytes, delivery_id: str, seconds_ago: int = 0) -> dict[str, str]:
    moment = int(timezone.now().timestamp()) - seconds_ago
    signature = base64_hmac(key, f"{delivery_id}.{moment}.".encode() + body)
    return {"webhook_id": delivery_id, "webhook_timestamp": str(moment), "webhook_signature": f"v1,{signature}"}


def sign(kind: str, body: bytes) -> dict[str, str]:
    digest = hashlib.sha256(body).hexdigest()  # the same delivery has the same id
    match kind:
        case "lemonsqueezy":
            return {"x_signature": hex_hmac(body)}
        case "razorpay":
            return {"x_razorpay_signature": hex_hmac(body), "x_razorpay_event_id": digest}
        case "fastspring":
            return {"x_fs_signature": base64_hmac(SECRET.encode(), body)}
    return standard_headers(body, b"for these tests only", digest)


def deliver(store: Store, body: Body, **headers: str) -> Any:
    text = json.dumps(body).encode()
    return store.post(text, **(sign(store.connection.kind, text) | headers))


def lemon_squeezy_order(**fields: Any) -> Body:
    return {
        "order_number": 1001,
        "identifier": "104e18a2-d755-4d4b-80c4-a6c1dcbe1c10",
        "user_email": "ada@example.com",
        "currency": "USD",
        "total": 8000,
        "status": "paid",
        "created_at": "2026-11-20T10:29:59.000000Z",
    } | fields


def lemon_squeezy(topic: str, **fields: Any) -> Body:
    return {
        "meta": {"event_name": topic, "test_mode": False},
        "data": {"type": "orders", "id": "77", "attributes": lemon_squeezy_order(**fields)},
    }


def polar(topic: str, **fields: Any) -> Body:
    order = {
        "id": "1f0f5a3e-6d7c-4a53-9d5f-0a5f8c7e2b11",
        "checkout_id": "checkout-1",
        "invoice_number": "SHOP-0001",
        "created_at": "2026-11-20T10:29:59Z",
        "currency": "usd",
        "total_amount": 8000,
        "tax_amount": 1000,
        "refunded_amount": 0,
        "refunded_tax_amount": 0,
        "customer": {"email": "ada@example.com"},
    }
    return {"type": topic, "timestamp": "2026-11-20T10:30:00Z", "data": order | fields}


def fastspring_event(topic: str, **fields: Any) -> Body:
    order = {
        "id": "fs-order-1",
        "reference": "SHOP261120-1",
        "live": True,
        "currency": "USD",
        "total": 80.0,
        "customer": {"email": "ada@example.com"},
        "changedInSeconds": 1795360000,
    }
    refund = {
        "return": "fs-return-1",
        "live": True,
        "currency": "USD",
        "totalReturn": 30.0,
        "reason": "Product Not As Expected",
        "original": {"id": "fs-order-1", "reference": "SHOP261120-1"},
    }
    data = (order if topic == "order.completed" else refund) | fields
    return {"id": "event-1", "type": topic, "live": data["live"], "created": 1795360000000, "data": data}


def fastspring(topic: str, **fields: Any) -> Body:
    return {"events": [fastspring_event(topic, **fields)]}


def razorpay(topic: str, **fields: Any) -> Body:
    payment = {"id": "pay_1", "order_id": "order_1", "email": "ada@example.com", "created_at": 1795360000}
    order = {"id": "order_1", "receipt": "R-1", "currency": "INR", "amount_paid": 8000} | fields
    refund = {"id": "rfnd_1", "payment_id": "pay_1", "currency": "INR", "amount": 3000} | fields
    other = {"order": {"entity": order}} if topic == "order.paid" else {"refund": {"entity": refund}}
    return {"entity": "event", "event": topic, "payload": {"payment": {"entity": payment}, **other}}


def standard(topic: str, **fields: Any) -> Body:
    data = {"orderId": "ORD-1", "currency": "USD"}
    if topic == "purchase.made":
        data |= {"email": "ada@example.com", "amount": "80.00", "purchasedAt": "2026-11-20T10:29:59Z"}
    if topic == "purchase.refunded":
        data |= {"refundId": "R-1", "amount": "30.00", "reason": "Damaged"}
    return {"type": topic, "timestamp": "2026-11-20T10:30:00Z", "data": data | fields}


@dataclass(frozen=True)
class Sample:
    """An order of 80 and a refund of 30 of it."""

    kind: str
    order_id: str
    currency: str
    order: Body
    refund: Body
    make: Callable[..., Body]
    secret: str = SECRET


SAMPLES = [
    Sample(
        "lemonsqueezy",
        "77",
        "USD",
        lemon_squeezy("order_created"),
        lemon_squeezy("order_refunded", refunded_amount=3000, status="partial_refund"),
        lemon_squeezy,
    ),
    Sample(
        "polar",
        "1f0f5a3e-6d7c-4a53-9d5f-0a5f8c7e2b11",
        "USD",
        polar("order.paid"),
        polar("order.refunded", refunded_amount=2625, refunded_tax_amount=375),
        polar,
        STANDARD_SECRET,
    ),
    Sample("fastspring", "fs-order-1", "USD", fastspring("order.completed"), fastspring("return.created"), fastspring),
    Sample("razorpay", "order_1", "INR", razorpay("order.paid"), razorpay("refund.processed"), razorpay),
    Sample(
        "standard",
        "ORD-1",
        "USD",
        standard("purchase.made"),
        standard("purchase.refunded"),
        standard,
        STANDARD_SECRET,
    ),
]
