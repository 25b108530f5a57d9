"""What becomes of an order's money and points by the definition: the account that the state machine keeps."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from msgspec.structs import replace

from contests.scoring import score
from purchases.models import Purchase
from purchases.services import RefundExceedsPurchase, RefundInOtherCurrency, RefundNotPositive, RefundRefused

MINOR = {"USD": Decimal("0.01"), "JPY": Decimal(1)}


@dataclass(frozen=True)
class Sent:
    """A refund as a shop sends it."""

    amount: Decimal | None
    currency: str = ""

    def in_minor_units(self, currency: str) -> Decimal | None:
        if self.amount is None or not currency:
            return self.amount
        return self.amount.quantize(MINOR[currency], rounding=ROUND_HALF_UP)


@dataclass
class Order:
    """The machine's own account of a recorded order."""

    person: str
    currency: str
    left: Decimal
    points: int
    voided_points: int | None = None

    def keep(self, purchase: Purchase, points: int) -> int:
        """What stays of these points, by the definition."""
        if self.left <= 0:
            return 0
        assert purchase.rule_set is not None
        return min(points, score(purchase.rule_set.terms, replace(purchase.scoring_facts, amount=self.left)).points)

    def fits(self, sent: Sent, refunds: int) -> Decimal | type[RefundRefused]:
        """What a refund gives back after so many others, or why it is refused."""
        if sent.currency not in ("", self.currency):
            return RefundInOtherCurrency
        amount = sent.in_minor_units(self.currency)
        if amount is not None and amount <= 0:
            return RefundNotPositive
        if self.left <= 0 or (amount or self.left) > self.left + (refunds + 1) * MINOR[self.currency]:
            return RefundExceedsPurchase
        return self.left if amount is None else min(amount, self.left)
