"""What rules would give, told by examples: for owners, before they save them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from contests.money import in_minor_units
from contests.rule_text import steps_of, why_nothing
from contests.scoring import Award, ScoringFacts, Terms, award

AMOUNTS = (Decimal("9.99"), Decimal("49.99"), Decimal(100), Decimal(1000))
MOST_CURRENCIES = 4


@dataclass(frozen=True, slots=True)
class Example:
    """A purchase that might be, and what it would earn in a contest that runs."""

    amount: Decimal
    currency: str
    points: int
    how: list[str]

    @property
    def paid(self) -> str:
        return f"{self.amount:,} {self.currency}"


def example_of(terms: Terms, facts: ScoringFacts, zone: tzinfo) -> Example:
    """One purchase; its amount is taken as recording takes it, in the currency's smallest units."""
    result = award(terms, facts)
    return Example(facts.amount, facts.currency, result.points, _how(result, terms, zone))


def facts_of(amount: Decimal, currency: str, at: datetime, *, is_first: bool) -> ScoringFacts:
    """The facts of a purchase that might be."""
    paid = in_minor_units(amount, currency)
    return ScoringFacts(amount=paid, currency=currency, purchased_at=at, is_first_purchase=is_first)


def usual_examples(terms: Terms, seen: Iterable[str], at: datetime, zone: tzinfo) -> Iterator[Example]:
    """Some usual amounts in each currency that the rules name or that was seen."""
    named = [rule.currency for rule in terms.rules if rule.currency]
    for currency in list(dict.fromkeys([*named, *seen]))[:MOST_CURRENCIES]:
        for amount in AMOUNTS:
            yield example_of(terms, facts_of(amount, currency, at, is_first=False), zone)


def _how(result: Award, terms: Terms, zone: tzinfo) -> list[str]:
    return list(steps_of(result, terms.rounding, zone)) if result.points else [why_nothing(result, terms.rounding)]
