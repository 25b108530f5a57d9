"""Presets as the page with the rules needs them: the values of the fields that each fills in."""

import json
from datetime import datetime, tzinfo
from typing import Any

from blitzrocket.adminsite.datetime_fields import FirstDayField, LastDayField
from contests.models import Contest
from contests.rule_presets import Preset, PresetFacts, presets_for, rule_for_currency
from contests.rule_text import plain, sentence_of
from contests.scoring import Rule, Terms


def presets_of(
    contest: Contest, terms: Terms, currencies: list[str], now: datetime, zone: tzinfo
) -> list[dict[str, Any]]:
    """The presets for draft rules, with the fields to fill: of an added rule, of rules without a value, of the form."""
    facts = PresetFacts(
        terms=terms,
        currencies=currencies,
        now=now,
        zone=zone,
        starts_at=contest.starts_at,
        ends_at=None if contest.is_evergreen else contest.ends_at,
    )
    return [_as_json(preset, zone) for preset in presets_for(facts)]


def currency_preset(terms: Terms, currency: str, zone: tzinfo) -> str:
    """A rule for a currency that no rule is for, as JSON."""
    rule = rule_for_currency(terms, currency)
    sentence = sentence_of(rule, zone)
    return json.dumps({"label": sentence, "sentence": sentence, "add": field_values(rule, zone)})


def field_values(rule: Rule, zone: tzinfo) -> dict[str, Any]:
    """The values of a rule's fields as typed."""
    return {
        "points_per_unit": str(plain(rule.points_per_unit)),
        "fixed_points": str(rule.fixed_points),
        "currency": rule.currency,
        "amount_from": "" if rule.amount_from is None else str(plain(rule.amount_from)),
        "first_purchase_only": rule.first_purchase_only,
        **_day_values("valid_from", FirstDayField(), rule.valid_from, zone),
        **_day_values("valid_until", LastDayField(), rule.valid_until, zone),
    }


def _day_values(name: str, field: FirstDayField, moment: datetime | None, zone: tzinfo) -> dict[str, str]:
    field.shown_zone = zone
    parts = field.parts_of(moment) if moment else ["", ""]
    return {f"{name}_{number}": str(part) for number, part in enumerate(parts)}


def _as_json(preset: Preset, zone: tzinfo) -> dict[str, Any]:
    conditions = {"currency": preset.currency, "amount_from": preset.amount_from}
    return {
        "key": preset.key,
        "does_nothing": not preset.changes_something,
        "label": preset.label,
        "sentence": preset.sentence,
        "add": field_values(preset.rule, zone) if preset.rule else {},
        "narrow": {name: str(value) for name, value in conditions.items() if value},
        "fill": {} if preset.cap_per_entry is None else {"cap_per_entry": str(preset.cap_per_entry)},
    }
