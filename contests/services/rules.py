"""Services that create contests and publish their rules."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.db import transaction

from blitzrocket.accounts.models import Team, User
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests.models import Contest, PointRule, RuleSet
from contests.models.rules import MAX_RULES
from contests.rule_coverage import uncovered_currencies
from contests.rule_presets import rule_for_currency
from contests.rule_text import sentence_of
from contests.scoring import Rounding, Terms


class TooManyRules(Exception):
    """The contest has `MAX_RULES` rules."""


def create_contest(team: Team, *, by: User | None = None, **fields: Any) -> Contest:
    """Create a contest with the default rule, one point per 1.00 of any currency, and publish it."""
    with transaction.atomic():
        contest = Contest.objects.create(team=team, **fields)
        PointRule.objects.create(contest=contest)
        contest.rule_set = publish_rules(contest, by=by)
    return contest


def publish_rules(contest: Contest, *, by: User | None = None) -> RuleSet:
    """Publish the contest's rules, rounding and caps as they are edited now: they score purchases from now on.

    Without changes since the live rule set, that one stays and is returned.
    """
    with transaction.atomic():
        # Race: two owners publish at once. The second waits here, and its number is the next one.
        locked = Contest.objects.select_for_update(no_key=True).get(pk=contest.pk)
        terms = terms_as_edited(locked)
        if locked.rule_set is not None and locked.rule_set.terms == terms:
            return locked.rule_set
        last = locked.rule_sets.order_by("number").last()
        content = msgspec.to_builtins(terms, builtin_types=(Decimal,))
        published = RuleSet.objects.create(
            contest=locked, number=last.number + 1 if last else 1, content=content, published_by=by
        )
        Contest.objects.filter(pk=contest.pk).update(rule_set=published)
        AuditContext(user=by).record(
            AuditEvent.Action.PUBLISHED,
            locked,
            contest=locked,
            before=_audit_values(locked.rule_set),
            after=_audit_values(published),
        )
    return published


def add_rule_for_currency(contest: Contest, currency: str, now: datetime, *, by: User | None = None) -> RuleSet | None:
    """Add a rule for a currency that no rule is for, and publish; None where a rule is for it meanwhile.

    Raises:
        TooManyRules: the contest can have no more rules.
    """
    with transaction.atomic():
        # Race: two clicks would add two rules, and the points of both. The second waits here, and sees the first's.
        locked = Contest.objects.select_for_update(no_key=True).get(pk=contest.pk)
        terms = terms_as_edited(locked)
        if not uncovered_currencies(terms, [currency], now):
            return None
        if len(terms.rules) >= MAX_RULES:
            raise TooManyRules
        rule = rule_for_currency(terms, currency)
        PointRule.objects.create(contest=locked, currency=currency, points_per_unit=rule.points_per_unit)
        return publish_rules(locked, by=by)


def limit_rules_to_currency(contest: Contest, currency: str, *, by: User | None = None) -> RuleSet:
    """Make the rules that give points per 1.00 of any currency rules for one, and publish."""
    with transaction.atomic():
        # Race: an owner saves rules at the same time. Theirs are limited too, or their save is warned of ours.
        locked = Contest.objects.select_for_update(no_key=True).get(pk=contest.pk)
        PointRule.objects.filter(contest=locked, currency="", points_per_unit__gt=0).update(currency=currency)
        return publish_rules(locked, by=by)


def _audit_values(rule_set: RuleSet | None) -> dict[str, Any]:
    if rule_set is None:
        return {}
    terms = rule_set.terms
    return {
        "rule set": rule_set.number,
        "rules": [sentence_of(rule) for rule in terms.rules],
        "rounding": terms.rounding.value,
        "maximum points per purchase": terms.cap_per_purchase,
        "maximum purchase points per entry": terms.cap_per_entry,
    }


def terms_as_edited(contest: Contest) -> Terms:
    """The terms as edited, by which purchases would be scored after publishing."""
    return Terms(
        rules=tuple(rule.as_rule() for rule in contest.rules.all()),
        rounding=Rounding(contest.rounding),
        cap_per_purchase=contest.cap_per_purchase,
        cap_per_entry=contest.cap_per_entry,
    )
