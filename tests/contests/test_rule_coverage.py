"""Orders that no rule matches, counted with the reason."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contests.rule_coverage import coverage_of, uncovered_currencies
from contests.scoring import Rule, ScoringFacts, Terms

NOW = datetime(2026, 12, 5, 12, tzinfo=UTC)


def terms(*rules: dict[str, Any]) -> Terms:
    return Terms(rules=tuple(Rule(id=str(n), points_per_unit=Decimal(1), **rule) for n, rule in enumerate(rules)))


def order(amount: str = "50", currency: str = "USD", days_ago: int = 0, **facts: Any) -> ScoringFacts:
    moment = NOW - timedelta(days=days_ago)
    return ScoringFacts(amount=Decimal(amount), currency=currency, purchased_at=moment, **facts)


@pytest.mark.parametrize(
    ("rules", "orders", "sentence"),
    [
        ([{}], [order(), order(currency="EUR")], ""),
        ([], [], ""),
        ([], [order()], "The last order would match no rule: no rule is on."),
        ([{"is_active": False}], [order()] * 2, "All of the last 2 orders would match no rule: no rule is on."),
        (
            [{"currency": "EUR"}],
            [order(), order(currency="EUR"), order()],
            "2 of the last 3 orders would match no rule: in USD.",
        ),
        (
            [{"currency": "EUR", "amount_from": Decimal(20)}],
            [order(), order("19.99", "EUR"), order("20", "EUR"), order()],
            "3 of the last 4 orders would match no rule: 2 in USD, 1 below the minimum amount.",
        ),
        (
            [{"amount_to": Decimal(20)}],
            [order(), order("20")],
            "1 of the last 2 orders would match no rule: above the maximum amount.",
        ),
        (
            [{"valid_from": NOW - timedelta(days=2)}, {"valid_until": NOW - timedelta(days=5)}],
            [order(), order(days_ago=3), order(days_ago=6)],
            "1 of the last 3 orders would match no rule: made after the rule ended.",
        ),
        (
            [{"valid_from": NOW + timedelta(days=2)}],
            [order()] * 3,
            "All of the last 3 orders would match no rule: made before the rule starts.",
        ),
        (
            [{"first_purchase_only": True}],
            [order(), order(is_first_purchase=True)],
            "1 of the last 2 orders would match no rule: not a first purchase.",
        ),
    ],
)
def test_orders_that_match_no_rule(rules: list[dict[str, Any]], orders: list[ScoringFacts], sentence: str) -> None:
    assert coverage_of(terms(*rules), orders).sentence == sentence


def test_currencies_that_no_rule_is_for() -> None:
    usd = ["USD", "EUR"]
    assert uncovered_currencies(terms({}), usd, NOW) == []
    assert uncovered_currencies(terms({"currency": "EUR"}), usd, NOW) == ["USD"]
    assert uncovered_currencies(terms({"currency": "EUR"}, {"is_active": False}), usd, NOW) == ["USD"]
    assert uncovered_currencies(terms({"valid_until": NOW}), usd, NOW) == usd
    assert uncovered_currencies(terms({"valid_from": NOW + timedelta(days=9)}), usd, NOW) == []
