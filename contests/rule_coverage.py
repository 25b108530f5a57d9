"""Which orders match no rule, so that they would earn nothing: before rules are saved, and after."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from contests.scoring import Mismatch, Rule, ScoringFacts, Terms, find_mismatch

_REASONS = {
    Mismatch.SWITCHED_OFF: "no rule is on",
    Mismatch.AMOUNT_TOO_LOW: "below the minimum amount",
    Mismatch.AMOUNT_TOO_HIGH: "above the maximum amount",
    Mismatch.NOT_YET_VALID: "made before the rule starts",
    Mismatch.NO_LONGER_VALID: "made after the rule ended",
    Mismatch.NOT_FIRST_PURCHASE: "not a first purchase",
}
_ORDER = list(Mismatch)  # as conditions are looked at: the later one is the nearer miss


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of a contest's last orders no rule matches, with the reasons, the most frequent first."""

    orders: int
    unmatched: int
    reasons: tuple[tuple[str, int], ...] = ()

    @property
    def sentence(self) -> str:
        """“12 of the last 100 orders would match no rule: 8 in USD, 4 below the minimum amount.”; or nothing."""
        if not self.unmatched:
            return ""
        return f"{self._count} would match no rule: {self._reasons}."

    def is_only_about(self, currencies: Iterable[str]) -> bool:
        """Whether these currencies are the only reasons."""
        return {reason for reason, _count in self.reasons} <= {_in(currency) for currency in currencies}

    @property
    def _count(self) -> str:
        if self.orders == 1:
            return "The last order"
        if self.unmatched == self.orders:
            return f"All of the last {self.orders} orders"
        return f"{self.unmatched} of the last {self.orders} orders"

    @property
    def _reasons(self) -> str:
        if len(self.reasons) == 1:
            return self.reasons[0][0]
        return ", ".join(f"{count} {reason}" for reason, count in self.reasons)


def coverage_of(terms: Terms, orders: Sequence[ScoringFacts]) -> Coverage:
    """How many of these orders no rule matches."""
    missed = [order for order in orders if not any(find_mismatch(rule, order) is None for rule in terms.rules)]
    reasons = Counter(_reason(terms, order) for order in missed)
    return Coverage(len(orders), len(missed), tuple(reasons.most_common()))


def uncovered_currencies(terms: Terms, currencies: Iterable[str], now: datetime) -> list[str]:
    """The currencies of these that no rule is for, now or later."""
    rules = [rule for rule in terms.rules if _may_match(rule, now)]
    return [currency for currency in currencies if not any(rule.currency in ("", currency) for rule in rules)]


def _may_match(rule: Rule, now: datetime) -> bool:
    return rule.is_active and (rule.valid_until is None or rule.valid_until > now)


def _reason(terms: Terms, order: ScoringFacts) -> str:
    """Why the rule that comes nearest to the order does not match it."""
    mismatches = [mismatch for rule in terms.rules if (mismatch := find_mismatch(rule, order)) is not None]
    nearest = max(mismatches, key=_ORDER.index, default=Mismatch.SWITCHED_OFF)
    return _in(order.currency) if nearest == Mismatch.OTHER_CURRENCY else _REASONS[nearest]


def _in(currency: str) -> str:
    return f"in {currency}"
