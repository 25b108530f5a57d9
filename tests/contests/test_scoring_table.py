"""What purchases earn, as a table that an owner could read."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from contests.rule_text import why_nothing
from contests.scoring import (
    Award,
    Blocker,
    Cap,
    Mismatch,
    Rounding,
    Rule,
    ScoringFacts,
    Terms,
    ZeroReason,
    imported_points_that_stay,
    points_that_stay,
    score,
)

NOON = datetime(2026, 12, 10, 12, tzinfo=UTC)
DECEMBER: dict[str, Any] = {
    "valid_from": datetime(2026, 12, 1, tzinfo=UTC),
    "valid_until": datetime(2027, 1, 1, tzinfo=UTC),
}


def rule(rate: str = "1", **conditions: Any) -> Rule:
    return Rule(id="rule", points_per_unit=Decimal(rate), **conditions)


def facts(amount: str, currency: str = "USD", **others: Any) -> ScoringFacts:
    values: dict[str, Any] = {"amount": Decimal(amount), "currency": currency, "purchased_at": NOON}
    return ScoringFacts(**(values | others))


def given(rules: list[Rule], facts_: ScoringFacts, **terms: Any) -> Award:
    return score(Terms(rules=tuple(rules), **terms), facts_)


@pytest.mark.parametrize(
    ("rules", "purchase", "points"),
    [
        # 1 point per 1.00, to the nearest whole point, a half goes up
        ([rule()], facts("49.99"), 50),
        ([rule()], facts("79.99"), 80),
        ([rule()], facts("0.49"), 0),
        ([rule()], facts("0.50"), 1),
        ([rule()], facts("1.50"), 2),
        ([rule()], facts("2.50"), 3),
        ([rule()], facts("999999999999"), 999_999_999_999),
        # the currency's own unit counts, not its minor one
        ([rule()], facts("5000", "JPY"), 5000),
        ([rule("0.01")], facts("5000", "JPY"), 50),
        ([rule()], facts("1.234", "KWD"), 1),
        # a rule for one currency leaves the others alone
        ([rule(currency="USD")], facts("5000", "JPY"), 0),
        ([rule(currency="USD"), rule("0.01", currency="JPY")], facts("5000", "JPY"), 50),
        # fixed points, alone and beside a rate
        ([rule("0", fixed_points=10)], facts("3.00"), 10),
        ([rule("2", fixed_points=5)], facts("3.00"), 11),
        # rules add up, and are rounded once: 0.4 + 0.4 is 1, not 0
        ([rule(), rule("2", **DECEMBER)], facts("10.00"), 30),
        ([rule("0.4"), rule("0.4")], facts("1.00"), 1),
        # amounts: both ends count
        ([rule(amount_from=Decimal(20))], facts("19.99"), 0),
        ([rule(amount_from=Decimal(20))], facts("20.00"), 20),
        ([rule(amount_to=Decimal(50))], facts("50.00"), 50),
        ([rule(amount_to=Decimal(50))], facts("50.01"), 0),
        # dates: the first moment counts, the last does not
        ([rule(**DECEMBER)], facts("10", purchased_at=datetime(2026, 11, 30, 23, 59, 59, 999999, UTC)), 0),
        ([rule(**DECEMBER)], facts("10", purchased_at=datetime(2026, 12, 1, tzinfo=UTC)), 10),
        ([rule(**DECEMBER)], facts("10", purchased_at=datetime(2027, 1, 1, tzinfo=UTC)), 0),
        # the first purchase only; a rule that is off; no rule at all
        ([rule(first_purchase_only=True)], facts("10", is_first_purchase=True), 10),
        ([rule(first_purchase_only=True)], facts("10"), 0),
        ([rule(is_active=False)], facts("10"), 0),
        ([], facts("10"), 0),
    ],
)
def test_rules_add_up(rules: list[Rule], purchase: ScoringFacts, points: int) -> None:
    assert given(rules, purchase).points == points


@pytest.mark.parametrize(
    ("rounding", "amount", "points"),
    [
        (Rounding.NEAREST, "1.49", 1),
        (Rounding.NEAREST, "1.50", 2),
        (Rounding.DOWN, "1.99", 1),
        (Rounding.UP, "1.01", 2),
        (Rounding.UP, "1.00", 1),
    ],
)
def test_the_sum_is_rounded_once(rounding: Rounding, amount: str, points: int) -> None:
    assert given([rule()], facts(amount), rounding=rounding).points == points


@pytest.mark.parametrize(
    ("caps", "before", "points", "applied_caps"),
    [
        ({}, 0, 100, []),
        ({"cap_per_purchase": 100}, 0, 100, []),
        ({"cap_per_purchase": 40}, 0, 40, [Cap.PER_PURCHASE]),
        ({"cap_per_entry": 120}, 50, 70, [Cap.PER_ENTRY]),
        ({"cap_per_entry": 120}, 120, 0, [Cap.PER_ENTRY]),
        ({"cap_per_entry": 120}, 500, 0, [Cap.PER_ENTRY]),
        ({"cap_per_entry": 120}, -30, 100, []),
        ({"cap_per_purchase": 80, "cap_per_entry": 120}, 50, 70, [Cap.PER_PURCHASE, Cap.PER_ENTRY]),
        ({"cap_per_purchase": 0}, 0, 0, [Cap.PER_PURCHASE]),
    ],
)
def test_caps_limit_the_points(caps: dict[str, int], before: int, points: int, applied_caps: list[Cap]) -> None:
    result = given([rule()], facts("100", points_before=before), **caps)
    assert (result.points, [applied.cap for applied in result.applied_caps]) == (points, applied_caps)


@pytest.mark.parametrize(
    ("others", "blocker"),
    [
        ({}, None),
        ({"tracking_enabled": False}, Blocker.TRACKING_OFF),
        ({"contest_status": "draft"}, Blocker.CONTEST_DRAFT),
        ({"contest_status": "paused"}, Blocker.CONTEST_PAUSED),
        ({"contest_status": "ended"}, Blocker.CONTEST_ENDED),
        ({"starts_at": datetime(2026, 12, 10, 12, 0, 0, 1, UTC)}, Blocker.CONTEST_NOT_STARTED),
        ({"starts_at": NOON}, None),
        ({"ends_at": NOON}, Blocker.CONTEST_ENDED),
        ({"ends_at": datetime(2026, 12, 10, 12, 0, 0, 1, UTC)}, None),
        ({"is_disqualified": True}, Blocker.ENTRY_DISQUALIFIED),
    ],
)
def test_a_blocker_gives_0_points(others: dict[str, Any], blocker: Blocker | None) -> None:
    result = given([rule()], facts("10", **others))
    assert (result.blocker, result.points) == (blocker, 0 if blocker else 10)


EARLIER, LATER = datetime(2026, 12, 9, tzinfo=UTC), datetime(2026, 12, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rules", "others", "terms", "reason", "sentence"),
    [
        ([rule()], {}, {}, None, None),
        # the first that applies, in the order of the contract
        ([], {"tracking_enabled": False, "contest_status": "paused"}, {}, "tracking_off", "purchases earn no points"),
        ([], {"contest_status": "paused", "ends_at": EARLIER}, {}, "contest_not_active", "the contest is paused"),
        ([rule()], {"contest_status": "draft"}, {}, "contest_not_active", "the contest is not open yet"),
        ([rule()], {"contest_status": "ended"}, {}, "contest_not_active", "the contest had ended"),
        ([rule()], {"starts_at": LATER, "ends_at": NOON}, {}, "contest_not_started", "the contest had not started"),
        ([rule()], {"ends_at": NOON, "is_disqualified": True}, {}, "contest_ended", "the contest had ended"),
        ([], {"is_disqualified": True}, {}, "entry_disqualified", "the entry is disqualified"),
        # rules: none there, each missed
        ([], {}, {}, "no_rule_matched", "the contest has no point rules"),
        ([rule(currency="EUR"), rule(**DECEMBER | {"valid_until": NOON})], {}, {}, "no_rule_matched", "no rule app"),
        ([rule(amount_from=Decimal("10.01"))], {}, {"cap_per_purchase": 0}, "no_rule_matched", "no rule applies"),
        # caps that leave nothing
        ([rule()], {}, {"cap_per_purchase": 0}, "cap_reached", "the maximum points per purchase"),
        ([rule()], {"points_before": 7}, {"cap_per_entry": 7}, "cap_reached", "the maximum purchase points per"),
        ([rule()], {"points_before": 9}, {"cap_per_entry": 7}, "cap_reached", "the maximum purchase points per"),
        # rounding
        ([rule("0.0499")], {}, {}, "rounded_to_zero", "0.499 points were rounded to the nearest"),
        ([rule("0.099999")], {}, {"rounding": Rounding.DOWN}, "rounded_to_zero", "0.99999 points were rounded down"),
        ([rule("0.01")], {}, {"cap_per_purchase": 5}, "rounded_to_zero", "0.1 points"),
    ],
)
def test_an_award_of_0_has_a_reason(
    rules: list[Rule], others: dict[str, Any], terms: dict[str, Any], reason: str | None, sentence: str | None
) -> None:
    result = given(rules, facts("10", **others), **terms)
    assert result.reason == reason
    assert (result.points == 0) == (reason is not None)
    if sentence is not None:
        assert why_nothing(result, terms.get("rounding", Rounding.NEAREST)).startswith(sentence)


def test_reasons_have_a_precedence() -> None:
    assert [reason.value for reason in ZeroReason] == [
        "tracking_off", "contest_not_active", "contest_not_started", "contest_ended", "entry_disqualified",
        "no_rule_matched", "cap_reached", "rounded_to_zero",
    ]  # fmt: skip


def test_every_rule_is_explained() -> None:
    result = given([rule(), rule(currency="EUR"), rule("0.333333", fixed_points=1)], facts("10.01"))
    assert [(line.mismatch, line.points) for line in result.lines] == [
        (None, Decimal("10.01")),
        (Mismatch.OTHER_CURRENCY, Decimal(0)),
        (None, Decimal("4.33666333")),
    ]
    assert result.exact == Decimal("14.34666333")


@pytest.mark.parametrize(
    ("rules", "left", "stays"),
    [
        ([rule()], "10.00", 10),
        ([rule()], "0.00", 0),
        ([rule()], "-1", 0),
        ([rule("0", fixed_points=10)], "0.01", 10),  # a fixed award stays until nothing is left
        ([rule("0", fixed_points=10)], "0", 0),
        ([rule(amount_from=Decimal(50))], "49.99", 0),  # or a condition is lost
        ([rule(amount_to=Decimal(50))], "50.00", 0),  # and a refund never gives points
    ],
)
def test_a_refund_leaves_the_points_of_the_rest(rules: list[Rule], left: str, stays: int) -> None:
    terms = Terms(rules=tuple(rules))
    purchase = facts("100.00", is_first_purchase=True)
    assert points_that_stay(score(terms, purchase).points, terms, purchase, Decimal(left)) == stays


@pytest.mark.parametrize(
    ("points_now", "points_awarded", "amount", "left", "stays"),
    [
        (50, 50, "49.99", "29.99", 29),
        (50, 50, "49.99", "49.98", 49),
        (20, 50, "49.99", "29.99", 20),
        (50, 50, "49.99", "0", 0),
        (1, 1, "10.00", "9.99", 0),
        (0, 50, "10.00", "5.00", 0),
        (100, 100, "0.03", "0.01", 33),
        (10**12, 10**12, "999999999999", "999999999998", 999_999_999_998),
        (10**12, 10**12, "999999999999.9999", "0.0001", 0),
    ],
)
def test_a_refund_of_an_imported_purchase_is_proportional(
    points_now: int, points_awarded: int, amount: str, left: str, stays: int
) -> None:
    assert imported_points_that_stay(points_now, points_awarded, Decimal(amount), Decimal(left)) == stays
