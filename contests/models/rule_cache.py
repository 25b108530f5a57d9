"""Published rules, kept by each process: a rule set never changes, so its id says all."""

from functools import lru_cache
from typing import NamedTuple

from contests.models.rules import RuleSet
from contests.scoring import Terms

MAX_RULE_SETS = 1000


class PublishedRules(NamedTuple):
    """A rule set: its id, its number, and the terms by which purchases are scored."""

    id: str
    number: int
    terms: Terms


@lru_cache(maxsize=MAX_RULE_SETS)
def published_rules(contest_id: str, rule_set_id: str) -> PublishedRules:
    """A contest's rule set by its id; read once by each process."""
    rule_set = RuleSet.objects.get(contest=contest_id, pk=rule_set_id)
    return PublishedRules(rule_set.pk, rule_set.number, rule_set.terms)
