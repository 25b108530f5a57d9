"""Orders, refunds and cancellations in the words of each store, signed at the time that the service has."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.purchases.stores.deliveries import (
    SECRET,
    base64_hmac,
    both,
    shopify_order,
    shopify_refund,
    stripe_event,
    stripe_session,
    woocommerce_order,
)
from tests.purchases.stores.more_deliveries import (
    STANDARD_SECRET,
    fastspring,
    fastspring_event,
    hex_hmac,
    lemon_squeezy,
    polar,
    razorpay,
    standard,
)
from tests.simulation.account import Order

Body = dict[str, Any]
Delivery = tuple[str, Body]  # its topic and body
STANDARD_KEY = base64.b64decode(STANDARD_SECRET.removeprefix("whsec_"))


@dataclass(frozen=True)
class StoreWords:
    """How a store names things: ids for the number of an order, and deliveries of the order as it is afterwards."""

    kind: str
    currency: str
    order_id: Callable[[int], str]
    order: Callable[[int, str, Order], Delivery]
    refund: Callable[[int, str, Order], Delivery]
    cancel: Callable[[int, str, Order], Delivery] | None = None
    again: Callable[[int, str, Order], Delivery] | None = None  # the cancelled order is taken up again
    secret: str = SECRET


def cents(amount: Decimal) -> int:
    return int(amount * 100)


def last_refund(order: Order) -> Decimal:
    return [*order.refunds.values()][-1]


FIRST_SHOPIFY = 2**53 + 1


def shopify(number: int, email: str, order: Order, **fields: Any) -> Body:
    total, left = f"{order.amount}", f"{order.left}"
    amounts = {"total_price": total, "total_price_set": both(total)}
    amounts |= {"current_total_price": left, "current_total_price_set": both(left)}
    return shopify_order(FIRST_SHOPIFY + number, name=f"#{number}", email=email, **amounts, **fields)


def shopify_refunded(number: int, email: str, order: Order) -> Delivery:
    refund_id = 100 * number + len(order.refunds)
    return "refunds/create", shopify_refund(refund_id, f"{last_refund(order)}", FIRST_SHOPIFY + number)


def shopify_cancelled(number: int, email: str, order: Order) -> Delivery:
    return "orders/cancelled", shopify(
        number, email, order, cancelled_at="2026-11-21T10:00:00Z", cancel_reason="customer"
    )


def stripe_paid(number: int, email: str, order: Order) -> Delivery:
    session = stripe_session(
        id=f"cs_{number}",
        payment_intent=f"pi_{number}",
        client_reference_id=order.order_id,
        amount_total=cents(order.amount),
        currency="eur",
        customer_details={"email": email},
    )
    topic = "checkout.session.completed"
    return topic, stripe_event(topic, session, f"evt_{number}_paid")


def stripe_refunded(number: int, email: str, order: Order) -> Delivery:
    place = len(order.refunds)
    refund = {
        "id": f"re_{number}_{place}",
        "charge": f"ch_{number}",
        "payment_intent": f"pi_{number}",
        "amount": cents(last_refund(order)),
        "currency": "eur",
        "status": "succeeded",
    }
    return "refund.created", stripe_event("refund.created", refund, f"evt_{number}_refund_{place}")


def woocommerce(number: int, email: str, order: Order, status: str) -> Delivery:
    refunds = [
        {"id": 100 * number + place, "reason": "", "total": f"-{amount}"}
        for place, amount in enumerate(order.refunds.values())
    ]
    body = woocommerce_order(
        id=number, number=str(number), status=status, total=f"{order.amount}", billing={"email": email}, refunds=refunds
    )
    return "order.updated", body


def lemon_squeezy_order(topic: str, number: int, email: str, order: Order) -> Delivery:
    status = "paid" if not order.refunds else "partial_refund" if order.left else "refunded"
    body = lemon_squeezy(
        topic, user_email=email, total=cents(order.amount), refunded_amount=cents(order.refunded), status=status
    )
    body["data"]["id"] = order.order_id
    return topic, body


def polar_order(topic: str, number: int, email: str, order: Order) -> Delivery:
    fields = {"total_amount": cents(order.amount), "refunded_amount": cents(order.refunded), "tax_amount": 0}
    ids = {"id": order.order_id, "checkout_id": f"checkout-{number}", "invoice_number": f"SHOP-{number}"}
    return topic, polar(topic, customer={"email": email}, **fields, **ids)


def fastspring_paid(number: int, email: str, order: Order) -> Delivery:
    ids = {"id": order.order_id, "reference": f"SHOP-{number}"}
    body = fastspring("order.completed", total=float(order.amount), customer={"email": email}, **ids)
    body["events"][0]["id"] = f"event-{number}"
    return "order.completed", body


def fastspring_returned(number: int, email: str, order: Order) -> Delivery:
    original = {"id": order.order_id, "reference": f"SHOP-{number}"}
    fields = {"return": f"fs-return-{number}-{len(order.refunds)}", "totalReturn": float(last_refund(order))}
    event = fastspring_event("return.created", original=original, **fields)
    return "return.created", {"events": [event | {"id": f"event-{number}-{len(order.refunds)}"}]}


def razorpay_paid(number: int, email: str, order: Order) -> Delivery:
    body = razorpay("order.paid", id=order.order_id, receipt=f"R-{number}", amount_paid=cents(order.amount))
    body["payload"]["payment"]["entity"] |= {"id": f"pay_{number}", "order_id": order.order_id, "email": email}
    return "order.paid", body


def razorpay_refunded(number: int, email: str, order: Order) -> Delivery:
    fields = {"id": f"rfnd_{number}_{len(order.refunds)}", "payment_id": f"pay_{number}"}
    body = razorpay("refund.processed", amount=cents(last_refund(order)), **fields)
    body["payload"]["payment"]["entity"] |= {"id": f"pay_{number}", "order_id": order.order_id, "email": email}
    return "refund.processed", body


def standard_made(number: int, email: str, order: Order) -> Delivery:
    fields = {"orderId": order.order_id, "email": email, "amount": f"{order.amount}"}
    return "purchase.made", standard("purchase.made", **fields)


def standard_refunded(number: int, email: str, order: Order) -> Delivery:
    fields = {"orderId": order.order_id, "refundId": f"R-{len(order.refunds)}", "amount": f"{last_refund(order)}"}
    return "purchase.refunded", standard("purchase.refunded", **fields)


STORES = {
    words.kind: words
    for words in (
        StoreWords(
            "shopify",
            "USD",
            lambda number: str(FIRST_SHOPIFY + number),
            lambda number, email, order: ("orders/paid", shopify(number, email, order)),
            shopify_refunded,
            cancel=shopify_cancelled,
        ),
        StoreWords("stripe", "EUR", lambda number: f"ORD-{number}", stripe_paid, stripe_refunded),
        StoreWords(
            "woocommerce",
            "EUR",
            str,
            lambda number, email, order: woocommerce(number, email, order, "processing"),
            lambda number, email, order: woocommerce(number, email, order, "completed" if order.left else "refunded"),
            cancel=lambda number, email, order: woocommerce(number, email, order, "cancelled"),
            again=lambda number, email, order: woocommerce(number, email, order, "completed"),
        ),
        StoreWords(
            "lemonsqueezy",
            "USD",
            lambda number: f"8{number}",
            lambda number, email, order: lemon_squeezy_order("order_created", number, email, order),
            lambda number, email, order: lemon_squeezy_order("order_refunded", number, email, order),
        ),
        StoreWords(
            "polar",
            "USD",
            lambda number: f"1f0f5a3e-6d7c-4a53-9d5f-{number:012}",
            lambda number, email, order: polar_order("order.paid", number, email, order),
            lambda number, email, order: polar_order("order.refunded", number, email, order),
            secret=STANDARD_SECRET,
        ),
        StoreWords("fastspring", "USD", lambda number: f"fs-{number}", fastspring_paid, fastspring_returned),
        StoreWords("razorpay", "INR", lambda number: f"order_{number}", razorpay_paid, razorpay_refunded),
        StoreWords(
            "standard",
            "USD",
            lambda number: f"STD-{number}",
            standard_made,
            standard_refunded,
            secret=STANDARD_SECRET,
        ),
    )
}


def signed_headers(kind: str, topic: str, body: bytes, now: float) -> dict[str, str]:
    """The headers of a delivery; the same delivery has the same id."""
    digest, moment = hashlib.sha256(body).hexdigest(), int(now)
    match kind:
        case "shopify":
            return {
                "X-Shopify-Topic": topic,
                "X-Shopify-Webhook-Id": digest,
                "X-Shopify-Hmac-SHA256": base64_hmac(body),
            }
        case "stripe":
            signature = hmac.digest(SECRET.encode(), f"{moment}.".encode() + body, hashlib.sha256).hex()
            return {"Stripe-Signature": f"t={moment},v1={signature}"}
        case "woocommerce":
            return {"X-WC-Webhook-Topic": topic, "X-WC-Webhook-Signature": base64_hmac(body)}
        case "lemonsqueezy":
            return {"X-Signature": hex_hmac(body)}
        case "razorpay":
            return {"X-Razorpay-Signature": hex_hmac(body), "X-Razorpay-Event-Id": digest}
        case "fastspring":
            return {"X-FS-Signature": base64_hmac(body)}
    message = f"{digest}.{moment}.".encode() + body
    signature = base64.b64encode(hmac.digest(STANDARD_KEY, message, hashlib.sha256)).decode()
    return {"webhook-id": digest, "webhook-timestamp": str(moment), "webhook-signature": f"v1,{signature}"}
