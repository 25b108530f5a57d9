"""Example purchases and their points under draft rules, for the live preview."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from contests.money import in_minor_units
from contests.rule_text import steps_of, why_nothing
from contests.scoring import Award, ScoringFacts, Terms, score

AMOUNTS = (Decimal("9.99"), Decimal("49.99"), Decimal(100), Decimal(1000))
MAX_CURRENCIES = 4


@dataclass(frozen=True, slots=True)
class Example:
    """An example purchase, and its points in a running contest with the steps of their calculation."""

    amount: Decimal
    currency: str
    points: int
    steps: list[str]

    @property
    def paid(self) -> str:
        return f"{self.amount:,} {self.currency}"


def example_of(terms: Terms, facts: ScoringFacts, zone: tzinfo) -> Example:
    """Score one example purchase."""
    result = score(terms, facts)
    return Example(facts.amount, facts.currency, result.points, _steps(result, terms, zone))


def facts_of(amount: Decimal, currency: str, at: datetime, *, is_first: bool) -> ScoringFacts:
    """The scoring facts of an example; its amount is rounded to the minor unit, as in recording."""
    paid = in_minor_units(amount, currency)
    return ScoringFacts(amount=paid, currency=currency, purchased_at=at, is_first_purchase=is_first)


def usual_examples(terms: Terms, used: Iterable[str], at: datetime, zone: tzinfo) -> Iterator[Example]:
    """Examples of usual amounts, in the currencies of the rules, then in those of the orders (``used``)."""
    rule_currencies = [rule.currency for rule in terms.rules if rule.currency]
    for currency in list(dict.fromkeys([*rule_currencies, *used]))[:MAX_CURRENCIES]:
        for amount in AMOUNTS:
            yield example_of(terms, facts_of(amount, currency, at, is_first=False), zone)


def _steps(result: Award, terms: Terms, zone: tzinfo) -> list[str]:
    return list(steps_of(result, terms.rounding, zone)) if result.points else [why_nothing(result, terms.rounding)]
