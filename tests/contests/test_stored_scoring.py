"""What is stored of a scoring gives the same figures for ever."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given

from blitzrocket import strict_json
from contests.explanation import explain
from contests.scoring import ScoringFacts, Terms, score
from contests.stored_scoring import facts_from, read_scoring, scoring_json, stored_scoring
from tests.contests.test_scoring_properties import any_rules, facts, terms_of
from tests.releases.versions import FOLDER, releases_with

ADD_A_FILE = "stored in another way than by the last release; add a file of scorings, as CONTRIBUTING.md says"

# Rows as each released version wrote them, with the figures that they explain to. A version that stores scorings in
# another way has a file of its own: see CONTRIBUTING.md.
ROWS: dict[str, dict[str, dict[str, Any]]] = {
    version: strict_json.read((FOLDER / f"{version}.scorings.json").read_bytes())
    for version in releases_with("scorings.json")
}


def read_row(row: dict[str, Any]) -> tuple[Terms, ScoringFacts]:
    at = msgspec.convert(row["purchasedAt"], type=ScoringFacts.__annotations__["purchased_at"])
    facts = facts_from(read_scoring(row["scoring"]), Decimal(row["amount"]), row["currency"], at)
    return msgspec.convert(row["terms"], Terms), facts


def figures_of(row: dict[str, Any]) -> dict[str, Any]:
    """The explanation of a stored row, without its sentences, which may be reworded."""
    terms, facts = read_row(row)
    explanation = explain("#1", 1, terms, facts, score(terms, facts))
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


@pytest.mark.parametrize(("version", "name"), [(version, name) for version, rows in ROWS.items() for name in rows])
def test_rows_of_every_version_give_their_figures(version: str, name: str) -> None:
    assert figures_of(ROWS[version][name]) == ROWS[version][name]["figures"]


def test_the_newest_rows_are_as_they_are_stored_today() -> None:
    *_, newest = ROWS.values()
    for name, row in newest.items():
        terms, facts = read_row(row)
        stored = strict_json.write(stored_scoring(facts, score(terms, facts)))
        assert strict_json.read(stored) == row["scoring"], f"{name}: {ADD_A_FILE}"


@given(terms_of(any_rules), facts)
def test_facts_are_read_as_they_were_stored(terms: Terms, purchase: ScoringFacts) -> None:
    document = strict_json.write(stored_scoring(purchase, score(terms, purchase)))
    assert scoring_json(purchase, score(terms, purchase)) == document.decode()
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
