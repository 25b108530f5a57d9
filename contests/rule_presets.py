"""Rules that an owner adds with one click, filled with what suits the contest.

Rules add up, so a preset either adds a rule (“double points” is one more point per 1.00 for some days) or narrows the
rules that are there (“only EUR”).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from blitzrocket.local_days import end_of_day, start_of_day
from blitzrocket.numbers import counted, show_number
from contests.money import MINOR_DIGITS
from contests.rule_text import plain, sentence_of
from contests.scoring import Rule, Terms

USUAL_CURRENCY = "EUR"  # where no order and no rule names another
USUAL_DIGITS = 2
MINIMUM_ORDER = Decimal(20)
BONUS_POINTS = 100
MAXIMUM_PER_ENTRY = 500
SATURDAY = 5
WEEKEND = "Double points this weekend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A rule to add, a condition for every rule that has none of its kind, or a maximum.

    The sentence says what comes out; or why nothing is to be changed, where none is given.
    """

    key: str
    label: str
    sentence: str
    rule: Rule | None = None
    currency: str = ""
    amount_from: Decimal | None = None
    cap_per_entry: int | None = None

    @property
    def changes_something(self) -> bool:
        return bool(self.rule or self.currency or self.amount_from or self.cap_per_entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetFacts:
    """What presets are made from. The currencies are those of orders, the most frequent first."""

    terms: Terms
    currencies: Sequence[str]
    now: datetime
    zone: tzinfo
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def presets_for(facts: PresetFacts) -> list[Preset]:
    """The presets for these rules."""
    return [
        _weekend(facts),
        _only_currency(facts),
        _minimum_order(facts),
        _maximum_per_entry(facts),
        _welcome_bonus(facts),
        _first_order_bonus(facts),
    ]


def rule_for_currency(terms: Terms, currency: str) -> Rule:
    """A rule for a currency that no rule is for; it gives as many points as in the other currencies."""
    return Rule(id="", currency=currency, points_per_unit=_rate(terms, currency))


def weekend_of(day: date) -> tuple[date, date]:
    """Saturday and Sunday of the weekend that this day is in, or of the next one."""
    saturday = day + timedelta(days=SATURDAY - day.weekday())
    return saturday, saturday + timedelta(days=1)


def _weekend(facts: PresetFacts) -> Preset:
    """As many points again as the base rule gives; where there is none, the double of 1 per 1.00."""
    first, last = weekend_of(facts.now.astimezone(facts.zone).date())
    starts, ends = start_of_day(first, facts.zone), end_of_day(last, facts.zone)
    if (facts.starts_at and ends <= facts.starts_at) or (facts.ends_at and starts >= facts.ends_at):
        return Preset(key="weekend", label=WEEKEND, sentence="The contest doesn't run this weekend")
    currency = _added_currency(facts)
    rate = _rate(facts.terms, currency) * (1 if _base_rule(facts.terms) else 2)
    rule = Rule(id="", points_per_unit=rate, currency=currency, valid_from=starts, valid_until=ends)
    return _adding(facts, "weekend", WEEKEND, rule)


def _only_currency(facts: PresetFacts) -> Preset:
    currency, rules = _main_currency(facts), _active_rules(facts.terms)
    label = f"Only {currency}"
    if not rules:
        return _adding(facts, "currency", label, rule_for_currency(facts.terms, currency))
    if all(rule.currency for rule in rules):
        return Preset(key="currency", label=label, sentence="Each rule is for one currency")
    return Preset(key="currency", label=label, sentence=_narrowed(facts, currency=currency), currency=currency)


def _minimum_order(facts: PresetFacts) -> Preset:
    rules, currency = _active_rules(facts.terms), _added_currency(facts)
    minimum = MINIMUM_ORDER * _hundredths(currency)
    if not rules:
        rule = Rule(id="", points_per_unit=_rate(facts.terms, currency), currency=currency, amount_from=minimum)
        return _adding(facts, "minimum", "Minimum order", rule)
    if all(rule.amount_from is not None for rule in rules):
        return Preset(key="minimum", label="Minimum order", sentence="Each rule has a minimum amount")
    sentence = _narrowed(facts, amount_from=minimum)
    return Preset(key="minimum", label="Minimum order", sentence=sentence, amount_from=minimum)


def _welcome_bonus(facts: PresetFacts) -> Preset:
    rule = Rule(id="", fixed_points=BONUS_POINTS, currency=_added_currency(facts), first_purchase_only=True)
    return _adding(facts, "welcome", "Welcome bonus", rule)


def _first_order_bonus(facts: PresetFacts) -> Preset:
    currency = _added_currency(facts)
    rate = _rate(facts.terms, currency)
    rule = Rule(id="", points_per_unit=rate, currency=currency, first_purchase_only=True)
    return _adding(facts, "first", "Bonus for the first order", rule)


def _maximum_per_entry(facts: PresetFacts) -> Preset:
    current = facts.terms.cap_per_entry
    limit = MAXIMUM_PER_ENTRY if current is None else current
    return Preset(
        key="maximum",
        label="Maximum per entry",
        sentence=f"At most {show_number(limit)} purchase points per entry",
        cap_per_entry=limit if current is None else None,
    )


def _adding(facts: PresetFacts, key: str, label: str, rule: Rule) -> Preset:
    if any(replace(other, id="") == rule for other in _active_rules(facts.terms)):
        return Preset(key=key, label=label, sentence="Already among the rules")
    return Preset(key=key, label=label, sentence=sentence_of(rule, facts.zone), rule=rule)


def _narrowed(facts: PresetFacts, **condition: Any) -> str:
    """The first rule that gets the condition, and how many others do."""
    ((name, value),) = condition.items()
    rules = [rule for rule in _active_rules(facts.terms) if not getattr(rule, name)]
    sentence = sentence_of(replace(rules[0], **{name: value}), facts.zone)
    others = len(rules) - 1
    return sentence if not others else f"{sentence}; also {counted(others, 'other rule', 'other rules')}"


def _active_rules(terms: Terms) -> list[Rule]:
    return [rule for rule in terms.rules if rule.is_active]


def _base_rule(terms: Terms) -> Rule | None:
    """The rule for the most purchases: of those with points per 1.00, the one with the fewest conditions."""
    return min([rule for rule in _active_rules(terms) if rule.points_per_unit], key=_conditions, default=None)


def _conditions(rule: Rule) -> int:
    values = (rule.currency, rule.amount_from, rule.amount_to, rule.valid_from, rule.valid_until)
    return sum(bool(value) for value in values) + rule.first_purchase_only


def _rate(terms: Terms, currency: str) -> Decimal:
    """The points per 1.00 of the base rule, taken over to this currency: 1 per 1.00 USD is 0.01 per 1.00 JPY."""
    base = _base_rule(terms)
    if base is None:
        return plain(1 / _hundredths(currency))
    same_currency = currency == base.currency or not base.currency
    return (
        base.points_per_unit
        if same_currency
        else plain(base.points_per_unit * _hundredths(base.currency) / _hundredths(currency))
    )


def _hundredths(currency: str) -> Decimal:
    """What 1.00 is in a currency by its minor digits: 100 JPY, as the yen has none; otherwise 1."""
    return Decimal(1).scaleb(max(0, USUAL_DIGITS - MINOR_DIGITS.get(currency, USUAL_DIGITS)))


def _added_currency(facts: PresetFacts) -> str:
    """The currency of an added rule: the one of all rules, or the only one of the orders; otherwise any."""
    rule_currencies = {rule.currency for rule in _active_rules(facts.terms) if rule.points_per_unit}
    if len(rule_currencies) == 1 and "" not in rule_currencies:
        return rule_currencies.pop()
    return facts.currencies[0] if len(facts.currencies) == 1 else ""


def _main_currency(facts: PresetFacts) -> str:
    rule_currencies = [rule.currency for rule in _active_rules(facts.terms) if rule.currency]
    return [*facts.currencies, *rule_currencies, USUAL_CURRENCY][0]
