"""The differences between two rule sets, as sentences."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo

from blitzrocket.numbers import show_number
from contests.rule_text import ROUNDINGS, sentence_of
from contests.scoring import Terms


@dataclass(frozen=True, slots=True)
class Difference:
    """A sentence before and after; ``before`` is empty for an addition, ``after`` for a removal."""

    before: str
    after: str


def differences(before: Terms | None, after: Terms, zone: tzinfo) -> Iterator[Difference]:
    """The changes from one rule set to the next; ``before`` is None for the first."""
    old_rules = {rule.id: rule for rule in before.rules} if before else {}
    new_rules = {rule.id: rule for rule in after.rules}
    for rule_id in [*old_rules, *(rule_id for rule_id in new_rules if rule_id not in old_rules)]:
        if old_rules.get(rule_id) != new_rules.get(rule_id):
            pair = [sentence_of(side[rule_id], zone) if rule_id in side else "" for side in (old_rules, new_rules)]
            yield Difference(*pair)
    if before is None or before.rounding != after.rounding:
        yield Difference(ROUNDINGS[before.rounding] if before else "", ROUNDINGS[after.rounding])
    for name, label in (("cap_per_purchase", "points per purchase"), ("cap_per_entry", "purchase points per entry")):
        caps = [_cap(getattr(side, name, None), label) for side in (before, after)]
        if caps[0] != caps[1]:
            yield Difference(*caps)


def _cap(points: int | None, label: str) -> str:
    return "" if points is None else f"maximum {label}: {show_number(points)}"
