"""What is stored of a scoring gives the same figures for ever."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given

from blitzrocket import strict_json
from contests.explanation import explain
from contests.scoring import ScoringFacts, Terms, score
from contests.stored_scoring import facts_from, read_scoring, stored_scoring
from tests.contests.test_scoring_properties import any_rules, facts, terms_of

# Rows as each released version wrote them, with the figures that they explain to. They are only ever added to.
ROWS: dict[str, dict[str, Any]] = strict_json.read(Path(__file__).with_name("stored_scorings.json").read_bytes())


def figures_of(row: dict[str, Any]) -> dict[str, Any]:
    """The explanation of a stored row, without its sentences, which may be reworded."""
    terms = msgspec.convert(row["terms"], Terms)
    at = msgspec.convert(row["purchasedAt"], type=ScoringFacts.__annotations__["purchased_at"])
    known = facts_from(read_scoring(row["scoring"]), Decimal(row["amount"]), row["currency"], at)
    explanation = explain("#1", 1, terms, known, score(terms, known))
    not_earning = explanation["notEarning"]
    return {
        "points": explanation["points"],
        "exactPoints": explanation["exactPoints"],
        "roundedPoints": explanation["roundedPoints"],
        "rules": [[line["ruleId"], line["matched"], line["points"]] for line in explanation["rules"]],
        "caps": [[cap["cap"], cap["limitedTo"]] for cap in explanation["caps"]],
        "notEarning": not_earning and not_earning["code"],
        "firstPurchase": explanation["firstPurchase"],
    }


@pytest.mark.parametrize("name", ROWS)
def test_rows_of_every_version_give_their_figures(name: str) -> None:
    assert figures_of(ROWS[name]) == ROWS[name]["figures"]


@given(terms_of(any_rules), facts)
def test_facts_are_read_as_they_were_stored(terms: Terms, purchase: ScoringFacts) -> None:
    document = strict_json.write(stored_scoring(purchase, score(terms, purchase)))
    stored = read_scoring(strict_json.read(document))
    assert facts_from(stored, purchase.amount, purchase.currency, purchase.purchased_at) == purchase


@given(terms_of(any_rules), facts)
def test_parts_add_up_to_the_exact_points(terms: Terms, purchase: ScoringFacts) -> None:
    result = score(terms, purchase)
    parts = stored_scoring(purchase, result).get("parts", {})
    if result.blocker is None and len({rule.id for rule in terms.rules}) == len(terms.rules):
        assert sum(map(Decimal, parts.values())) == result.exact
    if result.blocker:
        assert not parts
