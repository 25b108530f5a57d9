"""Counting each refund once, however a store says it.

Some stores say of each refund its id and amount, some only how much was refunded of a payment until now, some both, in
any order. Pure: the caller keeps `StoredRefunds`.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from purchases.stores.events import PurchaseRefunded, RefundTotal

Amounts = dict[str, Decimal | None]
BY_OTHERS = " others"  # among the ids of refunds, which have no space before them


@dataclass(frozen=True, slots=True)
class NextRefund:
    """A refund to hand on. No amount: all that is left of the order."""

    refund_id: str
    amount: Decimal | None
    currency: str


@dataclass
class StoredRefunds:
    """What a store said of an order's refunds, and what was handed on of it, by refund id."""

    by_id: Amounts = field(default_factory=dict)
    totals: Amounts = field(default_factory=dict)
    failed: Amounts = field(default_factory=dict)
    passed_on: Amounts = field(default_factory=dict)

    def next_refund(self, event: PurchaseRefunded | RefundTotal, refunded: Decimal | None = None) -> NextRefund | None:
        """The refund to hand on for this event, the same one for the same event; None where it is counted already.

        ``refunded``: all that is refunded of the order; what of it was not handed on here came another way, such as by
        glue code, and is in the store's totals too.

        Two worked examples, of a payment of 80: a total of 50 hands on 50, and then the refund re_1 of 50 nothing. The
        other way round, re_1 hands on 50, the total of 50 nothing, and a total of 70 another 20.
        """
        refund_id = _id_of(event)
        if refund_id not in self.passed_on:
            self._note(event)
            if refunded is not None:
                self._note_others(refunded)
            amount = self._more(event)
            if amount is not None and amount <= 0:
                return None
            self.passed_on[refund_id] = amount
        return NextRefund(refund_id, self.passed_on[refund_id], event.currency)

    def fail(self, refund_id: str, amount: Decimal) -> Decimal:
        """Note a refund that was not made after all; returns how much of it was handed on."""
        self.failed[refund_id] = amount
        return min(amount, max(_sum(self.passed_on) - self._refunded, Decimal(0)))

    def ids_of(self, refund_id: str, amount: Decimal) -> list[str]:
        """Those under which a refund may have been handed on: its own, or that of a total with its amount."""
        return [each for each, passed_on in self.passed_on.items() if each == refund_id or passed_on == amount]

    def take_back(self, refund_id: str) -> None:
        """Forget that a refund was handed on."""
        self.passed_on.pop(refund_id, None)

    def refuse(self, event: PurchaseRefunded | RefundTotal) -> None:
        """Forget a refund that the order cannot have, such as one in another currency."""
        self.take_back(_id_of(event))
        if isinstance(event, PurchaseRefunded):
            self.by_id.pop(event.refund_id, None)
        else:
            self.totals.pop(event.source, None)

    def _note(self, event: PurchaseRefunded | RefundTotal) -> None:
        if isinstance(event, PurchaseRefunded):
            self.by_id[event.refund_id] = event.amount
        else:
            self.totals[event.source] = max(event.amount, self.totals.get(event.source) or Decimal(0))

    def _note_others(self, refunded: Decimal) -> None:
        others = refunded - _sum(self.passed_on)
        if others > 0:
            self.passed_on[BY_OTHERS] = (self.passed_on.get(BY_OTHERS) or Decimal(0)) + others

    def _more(self, event: PurchaseRefunded | RefundTotal) -> Decimal | None:
        if isinstance(event, PurchaseRefunded) and event.amount is None:
            return None
        return self._refunded - _sum(self.passed_on)

    @property
    def _refunded(self) -> Decimal:
        """As far as the store has said. A total may include refunds that failed since."""
        amounts = {refund_id: amount for refund_id, amount in self.by_id.items() if refund_id not in self.failed}
        totals = (total or Decimal(0) for total in self.totals.values())
        return max(_sum(amounts), max(totals, default=Decimal(0)) - _sum(self.failed))


def _sum(amounts: Amounts) -> Decimal:
    return sum((amount for amount in amounts.values() if amount is not None), Decimal(0))


def _id_of(event: PurchaseRefunded | RefundTotal) -> str:
    return event.refund_id if isinstance(event, PurchaseRefunded) else f"{event.source}-{event.amount.normalize():f}"
