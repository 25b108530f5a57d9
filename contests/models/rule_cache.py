"""Published rules, kept by each process: a rule set never changes, so its id says all."""

from functools import lru_cache
from typing import NamedTuple

import msgspec

from blitzrocket.postgres.statements import send
from contests.models.rules import RuleSet
from contests.scoring import Terms

MAX_RULE_SETS = 1000
_READ = """
    SELECT number, content FROM contests_ruleset WHERE contest_id = %(contest)s::text AND id = %(rule_set)s::text
"""


class PublishedRules(NamedTuple):
    """A rule set: its id, its number, and the terms by which purchases are scored."""

    id: str
    number: int
    terms: Terms


@lru_cache(maxsize=MAX_RULE_SETS)
def published_rules(contest_id: str, rule_set_id: str) -> PublishedRules:
    """A contest's rule set by its id; read once by each process.

    Raises:
        RuleSet.DoesNotExist: the contest has no such rule set.
    """
    # A statement of this kind, because a recording reads it in the middle of its own.
    rows = send(_READ, {"contest": contest_id, "rule_set": rule_set_id}).all()
    if not rows:
        raise RuleSet.DoesNotExist
    ((number, content),) = rows
    return PublishedRules(rule_set_id, number, msgspec.json.decode(content, type=Terms))
