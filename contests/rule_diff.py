"""What differs between two rule sets, in sentences."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo

from contests.rule_text import ROUNDINGS, sentence_of
from contests.scoring import Terms


@dataclass(frozen=True, slots=True)
class Difference:
    """A sentence before and after; the first is empty where it was added, the second where it was removed."""

    before: str
    after: str


def differences(before: Terms | None, after: Terms, zone: tzinfo) -> Iterator[Difference]:
    """From one rule set to the next, or to the first."""
    old = {rule.id: rule for rule in before.rules} if before else {}
    new = {rule.id: rule for rule in after.rules}
    for rule_id in [*old, *(rule_id for rule_id in new if rule_id not in old)]:
        if old.get(rule_id) != new.get(rule_id):
            pair = [sentence_of(side[rule_id], zone) if rule_id in side else "" for side in (old, new)]
            yield Difference(*pair)
    if before is None or before.rounding != after.rounding:
        yield Difference(ROUNDINGS[before.rounding] if before else "", ROUNDINGS[after.rounding])
    for name, label in (("cap_per_purchase", "points per purchase"), ("cap_per_entry", "purchase points per entry")):
        caps = [_cap(getattr(side, name, None), label) for side in (before, after)]
        if caps[0] != caps[1]:
            yield Difference(*caps)


def _cap(points: int | None, label: str) -> str:
    return "" if points is None else f"maximum {label}: {points:,}"
