"""The model: what the orders of a person must come to, in a few lines of arithmetic.

A purchase earns ``amount × points per 1.00``, rounded to the nearest (a half goes up), and 100 more where it is the
person's first; at most 400. A refund takes away what the rest would not have earned. A voided purchase has no points.
"""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

FIRST_PURCHASE = 100
MOST_A_PURCHASE = 400
ZERO = Decimal(0)


@dataclass
class Order:
    """An order, with the rules as they were when it was recorded; ``points_per_unit`` is 0 where it earned nothing."""

    number: int  # a person's orders have them in the order in which they come
    order_id: str
    source: str
    amount: Decimal
    currency: str
    points_per_unit: int = 0
    is_first: bool = False
    earns: bool = True
    points: int = 0
    awarded: int = 0
    refunds: dict[str, Decimal] = field(default_factory=dict)
    points_before_void: int | None = None

    @property
    def refunded(self) -> Decimal:
        return sum(self.refunds.values(), ZERO)

    @property
    def left(self) -> Decimal:
        return self.amount - self.refunded

    @property
    def is_voided(self) -> bool:
        return self.points_before_void is not None

    @property
    def status(self) -> str:
        if self.is_voided:
            return "voided"
        if not self.refunds:
            return "recorded"
        return "partially_refunded" if self.left else "refunded"

    def worth(self) -> int:
        """The points of what is left."""
        if not self.earns or self.left <= 0:
            return 0
        exact = self.left * self.points_per_unit + (FIRST_PURCHASE if self.is_first else 0)
        return min(int(exact.quantize(Decimal(1), ROUND_HALF_UP)), MOST_A_PURCHASE)

    def refund(self, refund_id: str, amount: Decimal) -> None:
        self.refunds[refund_id] = amount
        if not self.is_voided:
            self.points = min(self.points, self.worth())

    def void(self) -> None:
        if not self.is_voided:
            self.points_before_void, self.points = self.points, 0

    def restore(self) -> None:
        if self.points_before_void is not None:
            self.points, self.points_before_void = min(self.points_before_void, self.worth()), None


@dataclass
class Account:
    """A person: orders, adjustments and referrals by their ids. Without an entry, orders are held."""

    email: str
    has_entry: bool = False
    is_disqualified: bool = False
    orders: dict[str, Order] = field(default_factory=dict)
    held: dict[str, Order] = field(default_factory=dict)
    dismissed: dict[str, Order] = field(default_factory=dict)
    waiting: dict[str, dict[str, Decimal]] = field(default_factory=dict)  # refunds that came before their orders
    adjustments: dict[str, int] = field(default_factory=dict)
    referral_points: int = 0
    untold_points: int = 0  # by imports, of which no other system is told

    @property
    def points(self) -> int:
        bought = sum(order.points for order in self.orders.values())
        return bought + sum(self.adjustments.values()) + self.referral_points

    def buy(self, order: Order, points_per_unit: int) -> None:
        """An order comes for the first time; the rules of that moment are its own."""
        order.points_per_unit = points_per_unit
        if self.has_entry:
            self.record(order)
        else:
            self.held[order.order_id] = order

    def record(self, order: Order) -> None:
        order.is_first = all(other.is_voided for other in self.orders.values())
        order.earns = not self.is_disqualified
        order.points = order.awarded = order.worth()
        self.orders[order.order_id] = order
        for refund_id, amount in self.waiting.pop(order.order_id, {}).items():
            order.refund(refund_id, amount)

    def enter(self) -> None:
        """The person gets an entry: what was held is recorded in the order in which it came."""
        self.has_entry = True
        for order in sorted(self.held.values(), key=lambda order: order.number):
            self.record(order)
        self.held = {}

    def refund_early(self, order_id: str, refund_id: str, amount: Decimal) -> None:
        self.waiting.setdefault(order_id, {})[refund_id] = amount
