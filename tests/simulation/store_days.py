"""Events of stores that people's orders do not bring by chance, each with what the model makes of it."""

from decimal import Decimal
from typing import Any

from contests.models import Contest
from tests.purchases.stores.deliveries import both, shopify_order, stripe_event, stripe_session
from tests.purchases.stores.more_deliveries import standard
from tests.simulation.account import Account, Order
from tests.simulation.people import World
from tests.simulation.stores import FIRST_SHOPIFY, STORES, shopify, woocommerce

AMOUNT = Decimal("40.00")
SHOPIFY, STRIPE, STANDARD, WOOCOMMERCE = 7_000_001, 7_000_002, 7_000_003, 7_000_004


def deliver_other_events(world: World, contest: Contest) -> None:
    edit_at_shopify(world)
    pay_later_at_stripe(world)
    subscribe_at_stripe(world)
    cancel_by_the_standard(world)
    place_at_woocommerce(world)


def edit_at_shopify(world: World) -> None:
    """The order is placed, which earns nothing yet; then paid, and 10.00 are taken off."""
    order = order_at("shopify", SHOPIFY)
    placed = shopify(SHOPIFY, world.heir.email, order, financial_status="pending")
    world.stores().deliver("shopify", "orders/create", placed)
    world.stores().deliver("shopify", "orders/paid", shopify(SHOPIFY, world.heir.email, order))
    world.heir.buy(order, world.points_per_unit)
    order.refund("edited", Decimal("10.00"))
    fields: dict[str, Any] = {"total_price": "40.00", "total_price_set": both("40.00")}
    fields |= {"current_total_price": "30.00", "current_total_price_set": both("30.00")}
    body = shopify_order(FIRST_SHOPIFY + SHOPIFY, name=f"#{SHOPIFY}", email=world.heir.email, **fields)
    world.stores().deliver("shopify", "orders/updated", body)


def pay_later_at_stripe(world: World) -> None:
    """The payment arrives later; a part is refunded, told by the refund and by its charge; another refund fails."""
    order = order_at("stripe", STRIPE)
    session = stripe_session(
        id=f"cs_{STRIPE}",
        payment_intent=f"pi_{STRIPE}",
        client_reference_id=order.order_id,
        amount_total=4000,
        currency="eur",
        customer_details={"email": world.heir.email},
    )
    to_stripe(world, "checkout.session.async_payment_succeeded", session)
    world.heir.buy(order, world.points_per_unit)
    refund = {"charge": f"ch_{STRIPE}", "payment_intent": f"pi_{STRIPE}", "amount": 1000, "currency": "eur"}
    to_stripe(world, "refund.updated", refund | {"id": f"re_{STRIPE}", "status": "succeeded"})
    charge = {"id": f"ch_{STRIPE}", "payment_intent": f"pi_{STRIPE}", "currency": "eur"}
    to_stripe(world, "charge.refunded", charge | {"amount": 4000, "amount_refunded": 1000})
    order.refund("part", Decimal("10.00"))
    to_stripe(world, "refund.failed", refund | {"id": f"re_{STRIPE}_2", "status": "failed"})


def subscribe_at_stripe(world: World) -> None:
    """Subscriptions earn nothing at this connection."""
    invoice = {"id": "in_1", "subscription": "sub_1", "amount_paid": 4000, "currency": "eur"}
    to_stripe(world, "invoice.paid", invoice | {"customer_email": world.heir.email})
    to_stripe(world, "invoice_payment.paid", {"id": "inpay_1", "invoice": "in_1"})


def to_stripe(world: World, topic: str, item: dict[str, Any]) -> None:
    world.stores().deliver("stripe", topic, stripe_event(topic, item, f"evt_{topic}"))


def cancel_by_the_standard(world: World) -> None:
    order = order_at("standard", STANDARD)
    fields = {"orderId": order.order_id, "email": world.heir.email, "amount": "40.00"}
    world.stores().deliver("standard", "purchase.made", standard("purchase.made", **fields))
    world.heir.buy(order, world.points_per_unit)
    cancelled = standard("purchase.cancelled", orderId=order.order_id)
    world.stores().deliver("standard", "purchase.cancelled", cancelled)
    order.void()


def place_at_woocommerce(world: World) -> None:
    order = order_at("woocommerce", WOOCOMMERCE)
    _, body = woocommerce(WOOCOMMERCE, world.heir.email, order, "processing")
    world.stores().deliver("woocommerce", "order.created", body)
    world.heir.buy(order, world.points_per_unit)


def order_at(kind: str, number: int) -> Order:
    return Order(number, STORES[kind].order_id(number), kind, AMOUNT, STORES[kind].currency)


def sign_up_by_a_store(world: World, contest: Contest) -> None:
    account = Account("signed-up@example.com", has_entry=True)
    body = {"type": "entry.signed_up", "timestamp": "2026-11-20T10:30:00Z", "data": {"email": account.email}}
    world.stores().deliver("standard", "entry.signed_up", body)
    world.others.append(account)
