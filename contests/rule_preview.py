"""Example purchases and their points under draft rules, for the live preview."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from contests.money import MINOR_DIGITS, in_minor_units, show_amount
from contests.rule_text import steps_of, why_nothing
from contests.scoring import Award, ScoringFacts, Terms, score

AMOUNTS = (Decimal("9.99"), Decimal("49.99"), Decimal(100), Decimal(1000))
LARGE_AMOUNTS = (Decimal(1000), Decimal(5000), Decimal(10_000))  # of currencies whose unit buys little
# How many times as much orders are, in such currencies; 1 in others without minor digits, such as JPY.
FACTORS = {"HUF": 1, "CLP": 10, "KRW": 10, "COP": 20, "UGX": 20, "IDR": 100, "PYG": 100, "VND": 100}
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
        return show_amount(self.amount, self.currency)


@dataclass(frozen=True, slots=True)
class CurrencyExamples:
    """The examples of one currency."""

    currency: str
    examples: Sequence[Example]

    @property
    def points(self) -> tuple[int, int]:
        """The fewest and the most points of an example."""
        points = [example.points for example in self.examples]
        return min(points), max(points)


def example_of(terms: Terms, facts: ScoringFacts, zone: tzinfo) -> Example:
    """Score one example purchase."""
    result = score(terms, facts)
    return Example(facts.amount, facts.currency, result.points, _steps(result, terms, zone))


def facts_of(amount: Decimal, currency: str, at: datetime, *, is_first: bool) -> ScoringFacts:
    """The scoring facts of an example; its amount is rounded to the minor unit, as in recording."""
    paid = in_minor_units(amount, currency)
    return ScoringFacts(amount=paid, currency=currency, purchased_at=at, is_first_purchase=is_first)


def usual_examples(terms: Terms, used: Iterable[str], at: datetime, zone: tzinfo) -> Iterator[CurrencyExamples]:
    """Examples of usual amounts, in the currencies of the orders (``used``), then in those of the rules."""
    rule_currencies = [rule.currency for rule in terms.rules if rule.currency]
    for currency in list(dict.fromkeys([*used, *rule_currencies]))[:MAX_CURRENCIES]:
        purchases = (facts_of(amount, currency, at, is_first=False) for amount in usual_amounts(currency))
        yield CurrencyExamples(currency, [example_of(terms, facts, zone) for facts in purchases])


def usual_amounts(currency: str) -> list[Decimal]:
    """Amounts that orders in a currency may have: 49.99 EUR, 5,000 JPY, 50,000 KRW."""
    if MINOR_DIGITS.get(currency) and currency not in FACTORS:
        return list(AMOUNTS)
    return [amount * FACTORS.get(currency, 1) for amount in LARGE_AMOUNTS]


def _steps(result: Award, terms: Terms, zone: tzinfo) -> list[str]:
    return list(steps_of(result, terms.rounding, zone)) if result.points else [why_nothing(result, terms.rounding)]
