"""Presets: rules of one click, made for the contest's currencies, dates and time zone."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contests.rule_presets import Preset, PresetFacts, presets_for, rule_for_currency, weekend_of
from contests.rule_text import sentence_of
from contests.scoring import Rule, Terms

BERLIN = ZoneInfo("Europe/Berlin")
THURSDAY = datetime(2026, 11, 26, 12, tzinfo=UTC)


def terms(*rules: dict[str, Any]) -> Terms:
    usual: dict[str, Any] = {"points_per_unit": Decimal(1)}
    return Terms(rules=tuple(Rule(id=str(n), **(usual | rule)) for n, rule in enumerate(rules)))


def presets(*rules: dict[str, Any], currencies: list[str] | None = None, **facts: Any) -> dict[str, Preset]:
    values: dict[str, Any] = {"now": THURSDAY, "zone": BERLIN} | facts
    return {
        each.key: each for each in presets_for(PresetFacts(terms=terms(*rules), currencies=currencies or [], **values))
    }


def sentences(*rules: dict[str, Any], **facts: Any) -> dict[str, str]:
    return {key: f"{preset.label}: {preset.sentence}" for key, preset in presets(*rules, **facts).items()}


def test_presets_of_a_new_contest_whose_orders_are_in_one_currency() -> None:
    assert sentences({}, currencies=["EUR"]) == {
        "weekend": "Double points this weekend: 1 point per 1.00 EUR, 28–29 Nov 2026",
        "currency": "Only EUR: 1 point per 1.00 EUR",
        "minimum": "Minimum order: 1 point per 1.00 on purchases of 20.00 or more",
        "welcome": "Welcome bonus: 100 points on an entry's first purchase in EUR",
        "first": "Bonus for the first order: 1 point per 1.00 EUR on an entry's first purchase",
        "maximum": "Maximum per entry: At most 500 purchase points per entry",
    }


def test_presets_without_rules_or_orders() -> None:
    assert sentences() == {
        "weekend": "Double points this weekend: 2 points per 1.00, 28–29 Nov 2026",
        "currency": "Only EUR: 1 point per 1.00 EUR",
        "minimum": "Minimum order: 1 point per 1.00 on purchases of 20.00 or more",
        "welcome": "Welcome bonus: 100 points on an entry's first purchase",
        "first": "Bonus for the first order: 1 point per 1.00 on an entry's first purchase",
        "maximum": "Maximum per entry: At most 500 purchase points per entry",
    }
    assert all(preset.changes_something for preset in presets().values())


def test_presets_follow_the_rules_currency_and_rate() -> None:
    rule = {"currency": "JPY", "points_per_unit": Decimal("0.02")}
    assert sentences(rule, {"fixed_points": 5, "points_per_unit": Decimal(0), "currency": "JPY"}) == {
        "weekend": "Double points this weekend: 0.02 points per 1.00 JPY, 28–29 Nov 2026",
        "currency": "Only JPY: Each rule is for one currency",
        "minimum": "Minimum order: 0.02 points per 1.00 JPY on purchases of 2,000 or more; also 1 other rule",
        "welcome": "Welcome bonus: 100 points on an entry's first purchase in JPY",
        "first": "Bonus for the first order: 0.02 points per 1.00 JPY on an entry's first purchase",
        "maximum": "Maximum per entry: At most 500 purchase points per entry",
    }


def test_several_currencies_get_rules_for_any() -> None:
    by_key = presets({}, currencies=["USD", "EUR"])
    assert by_key["weekend"].sentence == "1 point per 1.00, 28–29 Nov 2026"
    assert by_key["currency"].label == "Only USD"


def test_narrowing_changes_something_and_adds_none() -> None:
    by_key = presets({}, {"currency": "USD"})
    assert (by_key["currency"].rule, by_key["currency"].currency) == (None, "USD")
    assert (by_key["minimum"].rule, by_key["minimum"].amount_from) == (None, Decimal(20))
    assert not presets({"amount_from": Decimal(5)})["minimum"].changes_something


@pytest.mark.parametrize(
    ("day", "saturday"),
    [
        (date(2026, 11, 23), date(2026, 11, 28)),
        (date(2026, 11, 27), date(2026, 11, 28)),
        (date(2026, 11, 28), date(2026, 11, 28)),
        (date(2026, 11, 29), date(2026, 11, 28)),
    ],
)
def test_the_coming_or_the_current_weekend(day: date, saturday: date) -> None:
    assert weekend_of(day)[0] == saturday


def test_a_rule_is_not_added_twice() -> None:
    rules: list[dict[str, Any]] = [{}]
    for key in ("weekend", "welcome", "first"):
        rule = presets(*rules)[key].rule
        assert rule
        rules.append({name: getattr(rule, name) for name in rule.__slots__ if name != "id"})
        preset = presets(*rules)[key]
        assert (preset.changes_something, preset.sentence) == (False, "Already among the rules")


def test_the_weekend_is_that_of_the_zone() -> None:
    late_on_sunday = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)  # Monday in Berlin
    assert presets({}, now=late_on_sunday)["weekend"].sentence == "1 point per 1.00, 5–6 Dec 2026"
    rule = presets({}, now=late_on_sunday, zone=UTC)["weekend"].rule
    assert rule
    assert (rule.valid_from, rule.valid_until) == (
        datetime(2026, 11, 28, tzinfo=UTC),
        datetime(2026, 11, 30, tzinfo=UTC),
    )


def test_no_weekend_outside_the_contest() -> None:
    saturday, monday = datetime(2026, 11, 28, tzinfo=BERLIN), datetime(2026, 11, 30, tzinfo=BERLIN)
    assert sentences({}, ends_at=saturday)["weekend"].endswith("The contest doesn't run this weekend")
    assert not presets({}, starts_at=monday)["weekend"].changes_something
    assert presets({}, starts_at=saturday, ends_at=monday)["weekend"].changes_something


@pytest.mark.parametrize(
    ("rules", "currency", "sentence"),
    [
        ([], "EUR", "1 point per 1.00 EUR"),
        ([{"currency": "USD", "points_per_unit": Decimal("2.5")}], "EUR", "2.5 points per 1.00 EUR"),
        ([{"currency": "USD"}], "JPY", "0.01 points per 1.00 JPY"),
        ([{"currency": "JPY", "points_per_unit": Decimal("0.01")}], "USD", "1 point per 1.00 USD"),
        ([{"currency": "USD"}], "KWD", "1 point per 1.00 KWD"),
        ([], "JPY", "0.01 points per 1.00 JPY"),
        (
            [{"currency": "USD", "points_per_unit": Decimal(9), "first_purchase_only": True}, {"currency": "USD"}],
            "EUR",
            "1 point per 1.00 EUR",
        ),
    ],
)
def test_a_rule_for_another_currency_gives_as_much(rules: list[dict[str, Any]], currency: str, sentence: str) -> None:
    assert sentence_of(rule_for_currency(terms(*rules), currency)) == sentence
