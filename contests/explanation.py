"""The explanation that is stored with a purchase, in the form in which the API gives it."""

from typing import Any

from blitzrocket.api.moments import write_moment
from contests.points import Award, Facts, Line, Terms
from contests.wording import BLOCKERS, CAPS, plain, sentence_for_customer, sentence_of, why_missed

MEMBERS = (
    "amount",
    "currency",
    "purchasedAt",
    "firstPurchase",
    "ruleSet",
    "rules",
    "exactPoints",
    "rounding",
    "roundedPoints",
    "caps",
    "notEarning",
    "points",
    "sentence",
)
LINE = ("ruleId", "rule", "matched", "points", "reason")


def explain(order_id: str, rule_set_number: int, terms: Terms, facts: Facts, award: Award) -> dict[str, Any]:
    """How the points came about. Amounts and points are Decimal and stay exact in the JSON."""
    blocker = award.blocker
    return {
        "amount": facts.amount,
        "currency": facts.currency,
        "purchasedAt": write_moment(facts.purchased_at),
        "firstPurchase": facts.is_first_purchase,
        "ruleSet": rule_set_number,
        "rules": [_line(line) for line in award.lines],
        "exactPoints": plain(award.exact),
        "rounding": terms.rounding.value,
        "roundedPoints": award.rounded,
        "caps": [{"cap": cut.cap.value, "limitedTo": cut.left, "reason": CAPS[cut.cap]} for cut in award.cuts],
        "notEarning": None if blocker is None else {"code": blocker.value, "reason": BLOCKERS[blocker]},
        "points": award.points,
        "sentence": sentence_for_customer(order_id, facts, award, terms.rounding),
    }


def in_order(explanation: dict[str, Any]) -> dict[str, Any]:
    """A stored explanation with its members as `explain` gave them; PostgreSQL keeps them in an order of its own."""
    lines = [{name: line[name] for name in LINE} for line in explanation["rules"]]
    return {name: explanation[name] for name in MEMBERS} | {"rules": lines}


def _line(line: Line) -> dict[str, Any]:
    matched = line.miss is None
    return {
        "ruleId": line.rule.id,
        "rule": sentence_of(line.rule),
        "matched": matched,
        "points": plain(line.points),
        "reason": None if matched else why_missed(line),
    }
