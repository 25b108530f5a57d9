"""The explanation of a purchase's points, in the form of the API's response."""

from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from blitzrocket.datetimes import format_rfc3339
from contests.rule_text import (
    BLOCKERS,
    CAPS,
    import_sentence_for_customer,
    plain,
    sentence_for_customer,
    sentence_of,
    why_missed,
)
from contests.scoring import Award, Line, ScoringFacts, Terms


def explain(
    order_id: str, rule_set_number: int, terms: Terms, facts: ScoringFacts, award: Award, *, zone: tzinfo = UTC
) -> dict[str, Any]:
    """The explanation of an award; days in its sentences are those of the zone.

    Amounts and points are Decimal and stay exact in the JSON.
    """
    blocker = award.blocker
    return {
        "amount": facts.amount,
        "currency": facts.currency,
        "purchasedAt": format_rfc3339(facts.purchased_at),
        "firstPurchase": facts.is_first_purchase,
        "ruleSet": rule_set_number,
        "rules": [_line(line, zone) for line in award.lines],
        "exactPoints": plain(award.exact),
        "rounding": terms.rounding.value,
        "roundedPoints": award.rounded,
        "caps": [
            {"cap": applied.cap.value, "limitedTo": applied.left, "reason": CAPS[applied.cap]}
            for applied in award.applied_caps
        ],
        "notEarning": None if blocker is None else {"code": blocker.value, "reason": BLOCKERS[blocker]},
        "history": False,
        "points": award.points,
        "sentence": sentence_for_customer(order_id, facts, award, terms.rounding, zone),
    }


def explain_imported(
    order_id: str, amount: Decimal, currency: str, purchased_at: datetime, points: int, *, is_added: bool
) -> dict[str, Any]:
    """The explanation of an order imported from another service, with its points there.

    No rule of ours gave them, and whether it was a first purchase is unknown. ``is_added``: the points were added to
    the balance, which did not include them.
    """
    return {
        "amount": amount,
        "currency": currency,
        "purchasedAt": format_rfc3339(purchased_at),
        "firstPurchase": None,
        "ruleSet": None,
        "rules": [],
        "exactPoints": Decimal(points),
        "rounding": None,
        "roundedPoints": points,
        "caps": [],
        "notEarning": None,
        "history": True,
        "points": points,
        "sentence": import_sentence_for_customer(order_id, amount, currency, points, is_added=is_added),
    }


def _line(line: Line, zone: tzinfo) -> dict[str, Any]:
    matched = line.mismatch is None
    return {
        "ruleId": line.rule.id,
        "rule": sentence_of(line.rule, zone),
        "matched": matched,
        "points": plain(line.points),
        "reason": None if matched else why_missed(line, zone),
    }
