"""Rules as people read them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contests.rule_text import sentence_for_customer, sentence_of
from contests.scoring import Rounding, Rule, ScoringFacts, Terms, score

BERLIN = ZoneInfo("Europe/Berlin")


def day(day: int, month: int = 12, year: int = 2026, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("conditions", "sentence"),
    [
        ({}, "2 points per 1.00"),
        ({"points_per_unit": Decimal(1)}, "1 point per 1.00"),
        ({"points_per_unit": Decimal("0.5"), "fixed_points": 1000}, "0.5 points per 1.00 and 1,000 points"),
        ({"points_per_unit": Decimal(0), "fixed_points": 1}, "1 point"),
        ({"points_per_unit": Decimal(0), "fixed_points": 5, "currency": "EUR"}, "5 points on purchases in EUR"),
        ({"amount_from": Decimal(20)}, "2 points per 1.00 on purchases of 20.00 or more"),
        ({"amount_to": Decimal("0.125")}, "2 points per 1.00 on purchases of up to 0.125"),
        (
            {"amount_from": Decimal(20), "amount_to": Decimal(1000)},
            "2 points per 1.00 on purchases of 20.00 to 1,000.00",
        ),
        (
            {"first_purchase_only": True, "amount_from": Decimal(5)},
            "2 points per 1.00 on an entry's first purchase of 5.00 or more",
        ),
        ({"valid_from": day(1), "valid_until": day(25)}, "2 points per 1.00, 1–24 Dec 2026"),
        ({"valid_from": day(1), "valid_until": day(2)}, "2 points per 1.00, on 1 Dec 2026"),
        ({"valid_from": day(30, 11), "valid_until": day(2)}, "2 points per 1.00, 30 Nov – 1 Dec 2026"),
        (
            {"valid_from": day(24), "valid_until": day(7, 1, 2027)},
            "2 points per 1.00, 24 Dec 2026 – 6 Jan 2027",
        ),
        ({"valid_from": day(1)}, "2 points per 1.00, from 1 Dec 2026"),
        ({"valid_until": day(1, 1, 2027)}, "2 points per 1.00, until the end of 31 Dec 2026"),
        (
            {"valid_from": day(1), "valid_until": day(1, hour=18)},
            "2 points per 1.00, from 1 Dec 2026 until 1 Dec 2026, 18:00 UTC",
        ),
        ({"is_active": False, "valid_from": day(1)}, "2 points per 1.00, from 1 Dec 2026 (off)"),
        (
            {"currency": "EUR", "amount_from": Decimal(20), "valid_from": day(1), "valid_until": day(25)},
            "2 points per 1.00 EUR on purchases of 20.00 or more, 1–24 Dec 2026",
        ),
    ],
)
def test_a_rule_is_a_sentence(conditions: dict[str, Any], sentence: str) -> None:
    values: dict[str, Any] = {"id": "rule", "points_per_unit": Decimal(2)} | conditions
    assert sentence_of(Rule(**values)) == sentence


def test_days_are_in_the_readers_zone() -> None:
    rule = Rule(
        id="rule",
        points_per_unit=Decimal(2),
        valid_from=datetime(2026, 12, 1, tzinfo=BERLIN),
        valid_until=datetime(2026, 12, 25, tzinfo=BERLIN),
    )
    assert sentence_of(rule, BERLIN) == "2 points per 1.00, 1–24 Dec 2026"
    sentence_in_utc = "2 points per 1.00, from 30 Nov 2026, 23:00 UTC until 24 Dec 2026, 23:00 UTC"
    assert sentence_of(rule) == sentence_in_utc


def test_a_sentence_for_the_customer_has_the_period_of_a_rule() -> None:
    december = Rule(id="rule", points_per_unit=Decimal(2), valid_from=day(1), valid_until=day(25))
    facts = ScoringFacts(amount=Decimal("10.00"), currency="EUR", purchased_at=day(5))
    result = score(Terms(rules=(december,)), facts)
    assert sentence_for_customer("#7", facts, result, Rounding.NEAREST) == (
        "Order #7 of 10.00 EUR earned 20 points: 2 points per 1.00, 1–24 Dec 2026 = 20."
    )
