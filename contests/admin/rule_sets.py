"""A contest's rule sets as text: its live rules, and each version with what changed."""

from typing import Any

from contests.models import Contest, RuleSet
from contests.rule_diff import differences
from contests.rule_text import sentence_of
from contests.scoring import Terms


def rules_text(contest: Contest, terms: Terms) -> str:
    """The rules as sentences, with days in the contest's zone."""
    zone = contest.zone
    return "; ".join(sentence_of(rule, zone) for rule in terms.rules)


def version_rows(contest: Contest, rule_sets: list[RuleSet], uses: dict[str, int]) -> list[dict[str, Any]]:
    """Each rule set with its differences from the one before, and how many orders it gave points."""
    wanted = {rule_set.number - 1 for rule_set in rule_sets} - {rule_set.number for rule_set in rule_sets}
    before = {rule_set.number: rule_set for rule_set in [*rule_sets, *contest.rule_sets.filter(number__in=wanted)]}
    return [
        {
            "rule_set": rule_set,
            "uses": uses.get(rule_set.pk, 0),
            "is_live": rule_set.pk == contest.rule_set_id,
            "differences": list(differences(_terms_of(before.get(rule_set.number - 1)), rule_set.terms, contest.zone)),
        }
        for rule_set in rule_sets
    ]


def _terms_of(rule_set: RuleSet | None) -> Terms | None:
    return rule_set.terms if rule_set else None
