"""A day of a Shopify shop, a Stripe account and a WooCommerce shop: made by chance, with what it must come to.

What is expected is calculated here from the orders alone: what they cost, less what was given back.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from tests.purchases.stores.deliveries import both, shopify_order, shopify_refund, stripe_event, woocommerce_order

STORES = ("shopify", "stripe", "woocommerce")
PEOPLE = 20
FIRST_SHOPIFY_ID = 2**53 + 1
ORDERS_APART = 15  # so far the deliveries of an order come too early or too late, in orders
ZERO = Decimal(0)


@dataclass(frozen=True)
class Delivery:
    """A request of a store. A forged one has a signature of somebody else."""

    kind: str
    topic: str
    body: dict[str, Any]
    event_id: str = ""
    is_forged: bool = False


@dataclass(frozen=True)
class SignUp:
    """A person who enters the contest during the day."""

    email: str


@dataclass(frozen=True)
class Expected:
    """An order at the end of the day."""

    status: str
    refunded: Decimal
    points: int


@dataclass
class Order:
    """An order, what happened to it, and its deliveries: lists of those that come one after the other."""

    kind: str
    number: int
    email: str
    amount: Decimal
    currency: str
    is_paid: bool = True
    is_cancelled: bool = False
    given_back: Decimal = ZERO
    sequences: list[list[Delivery]] = field(default_factory=list)

    @property
    def order_id(self) -> str:
        return {"shopify": str(FIRST_SHOPIFY_ID + self.number), "stripe": f"ORD-{self.number}"}.get(
            self.kind, str(self.number)
        )

    @property
    def expected(self) -> Expected | None:
        """None: it is not recorded."""
        if not self.is_paid or self.email.startswith("nobody"):
            return None
        left = self.amount - self.given_back
        if self.is_cancelled:
            return Expected("voided", self.given_back, 0)
        status = "recorded" if not self.given_back else "partially_refunded" if left else "refunded"
        return Expected(status, self.given_back, int(left.quantize(Decimal(1), ROUND_HALF_UP)))

    def may_stay_on_hold(self) -> bool:
        """A cancelled order whose person signs up later was dismissed, or is void; neither has points."""
        return self.is_cancelled and self.email.startswith("late")


@dataclass
class Day:
    """The orders by id, and the work of the stores in the order in which it is begun."""

    orders: dict[str, Order]
    work: list[list[Delivery] | SignUp]


def make_day(seed: int, count: int) -> Day:
    chance = Random(seed)
    orders = [_order(chance, number) for number in range(1, count + 1)]
    placed: list[tuple[float, list[Delivery] | SignUp]] = []
    for order in orders:
        for sequence in order.sequences:
            place = order.number + chance.random() * ORDERS_APART
            placed.append((place, sequence))
            if order.kind != "woocommerce" and chance.random() < 0.2:  # at once, or later
                placed.append((place + chance.choice([0, ORDERS_APART]), sequence))
    placed += [(chance.random() * count, SignUp(_email("late", number))) for number in range(PEOPLE)]
    placed += [(chance.random() * count, [_useless(chance, number)]) for number in range(count // 20)]
    placed.sort(key=lambda pair: pair[0])
    return Day({order.order_id: order for order in orders}, [work for _, work in placed])


def _email(kind: str, number: int) -> str:
    return f"{kind}-{number}@example.com"


def _order(chance: Random, number: int) -> Order:
    kind = STORES[number % len(STORES)]
    person = chance.choices(["early", "late", "nobody"], [85, 10, 5])[0]
    currency = {"shopify": "USD", "stripe": chance.choice(["USD", "JPY"])}.get(kind, "EUR")
    amount = Decimal(chance.randint(500, 30_000))
    amount = amount if currency == "JPY" else amount / 100
    order = Order(kind, number, _email(person, chance.randrange(PEOPLE)), amount, currency)
    make = {"shopify": _shopify, "stripe": _stripe, "woocommerce": _woocommerce}[kind]
    order.sequences = list(make(chance, order))
    return order


def _parts(chance: Random, order: Order, most: int) -> list[Decimal]:
    """Amounts that are given back one after the other, sometimes all of the order."""
    count, left, parts = chance.choice([0, 0, *range(1, most + 1)]), order.amount, []
    for _ in range(count):
        part = left if chance.random() < 0.2 else (left * chance.randint(1, 80) / 100).quantize(order.amount)
        if part > 0:
            parts.append(part)
            left -= part
    return parts


def _shopify(chance: Random, order: Order) -> Iterator[list[Delivery]]:
    """Paid, refunded, edited and cancelled; each change also comes as an update of the order as it is then."""
    order.is_paid, order.is_cancelled = chance.random() < 0.97, chance.random() < 0.1
    refunds: list[dict[str, Any]] = []
    edited = ZERO

    def delivery(topic: str, body: dict[str, Any] | None = None, **fields: Any) -> list[Delivery]:
        current = f"{order.amount - edited - sum(amounts_of(refunds), ZERO)}"
        total = f"{order.amount}"
        whole = shopify_order(FIRST_SHOPIFY_ID + order.number, name=f"#{order.number}", email=order.email)
        whole |= {"total_price": total, "total_price_set": both(total), "refunds": list(refunds)}
        whole |= {"current_total_price": current, "current_total_price_set": both(current)}
        event_id = f"{topic}-{order.number}-{len(refunds)}-{edited}-{len(fields)}"
        return [Delivery("shopify", topic, body or whole | fields, event_id)]

    if order.is_paid:
        yield delivery("orders/create", financial_status="pending")
        yield delivery("orders/paid")
    for part in _parts(chance, order, 3):
        if chance.random() < 0.3:
            edited += part
        else:
            refunds.append(shopify_refund(10 * order.number + len(refunds), f"{part}", FIRST_SHOPIFY_ID + order.number))
            yield delivery("refunds/create", refunds[-1])
        order.given_back += part
        yield delivery("orders/updated")
    if order.is_cancelled:
        yield delivery("orders/cancelled", cancelled_at="2026-11-21T10:00:00Z", cancel_reason="customer")
        yield delivery("orders/updated", cancelled_at="2026-11-21T10:00:00Z", cancel_reason="customer")


def amounts_of(refunds: list[dict[str, Any]]) -> list[Decimal]:
    return [Decimal(refund["refund_line_items"][0]["subtotal_set"]["shop_money"]["amount"]) for refund in refunds]


def _stripe(chance: Random, order: Order) -> Iterator[list[Delivery]]:
    """Paid, at once or later; each refund comes by itself, in the charge's total, or in both."""
    number, units = order.number, 1 if order.currency == "JPY" else 100
    order.is_paid = chance.random() < 0.97
    ids = {"payment_intent": f"pi_{number}", "currency": order.currency.lower()}

    def delivery(topic: str, item: dict[str, Any], place: object = "") -> list[Delivery]:
        event_id = f"evt_{number}_{topic}_{place}"
        return [Delivery("stripe", topic, stripe_event(topic, ids | item, event_id), event_id)]

    session = {
        "id": f"cs_{number}",
        "mode": "payment",
        "payment_status": "paid",
        "client_reference_id": order.order_id,
        "amount_total": int(order.amount * units),
        "created": 1_764_160_000,
        "customer_details": {"email": order.email},
    }
    if order.is_paid and chance.random() < 0.2:
        yield delivery("checkout.session.completed", session | {"payment_status": "unpaid"})
        yield delivery("checkout.session.async_payment_succeeded", session)
    elif order.is_paid:
        yield delivery("checkout.session.completed", session)
    ways = chance.choice([("charge",), ("refund",), ("charge", "refund")])
    for place, part in enumerate(_parts(chance, order, 4)):
        order.given_back += part
        refund = {"id": f"re_{number}_{place}", "charge": f"ch_{number}", "amount": int(part * units)}
        if "refund" in ways and chance.random() < 0.3:
            yield delivery("refund.created", refund | {"status": "pending"}, place)
            yield delivery("refund.updated", refund | {"status": "succeeded"}, place)
        elif "refund" in ways:
            yield delivery("refund.created", refund | {"status": "succeeded"}, place)
        if "charge" in ways:
            total = {"amount": int(order.amount * units), "amount_refunded": int(order.given_back * units)}
            yield delivery("charge.refunded", {"id": f"ch_{number}"} | total, place)


WOOCOMMERCE_STATES = (
    ("processing", "completed"),
    ("processing", "completed"),
    ("pending", "failed", "processing"),
    ("processing", "cancelled"),
    ("processing", "cancelled", "processing", "completed"),
    ("processing", "completed", "cancelled", "completed", "cancelled"),
    ("pending", "failed"),
)


def _woocommerce(chance: Random, order: Order) -> Iterator[list[Delivery]]:
    """Each delivery has the order as it is when it is sent, so that one comes after the other; some come twice."""
    states = chance.choice(WOOCOMMERCE_STATES)
    order.is_paid, order.is_cancelled = "processing" in states, states[-1] == "cancelled"
    parts = _parts(chance, order, 2) if order.is_paid else []
    refunds: list[dict[str, Any]] = []
    sequence: list[Delivery] = []
    for place, state in enumerate(states):
        if state == "completed" and parts:
            order.given_back += parts[0]
            refunds.append({"id": 10 * order.number + place, "reason": "", "total": f"-{parts.pop(0)}"})
        body = woocommerce_order(
            id=order.number,
            number=str(order.number),
            status="refunded" if order.given_back == order.amount and state == "completed" else state,
            total=f"{order.amount}",
            billing={"email": order.email},
            refunds=list(refunds),
        )
        topic = "order.updated" if place else "order.created"
        sequence += [Delivery("woocommerce", topic, body)] * chance.choice([1, 1, 1, 2])
    yield sequence


def _useless(chance: Random, number: int) -> Delivery:
    """Forged, or a test: it must come to nothing."""
    body = shopify_order(number, name="", email=_email("early", 0), test=bool(number % 2))
    return Delivery("shopify", "orders/paid", body, f"useless-{number}", is_forged=not number % 2)
