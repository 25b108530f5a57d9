"""Acts on contests that change several rows together."""

from decimal import Decimal
from typing import Any

import msgspec
from django.db import transaction

from contests.identity import Email
from contests.models import Contest, Entry, PointRule, RuleSet, Team, User
from contests.points import Rounding, Terms


def create_contest(team: Team, *, by: User | None = None, **fields: Any) -> Contest:
    """A new contest with the default rule, one point per 1.00 of any currency, published."""
    with transaction.atomic():
        contest = Contest.objects.create(team=team, **fields)
        PointRule.objects.create(contest=contest)
        contest.rule_set = publish_rules(contest, by=by)
    return contest


def publish_rules(contest: Contest, *, by: User | None = None) -> RuleSet:
    """Make the contest's rules, rounding and caps, as they are edited now, the ones that judge purchases.

    When nothing changed since the last publication, that one stays in force.
    """
    with transaction.atomic():
        # Race: two owners publish at once. The second waits here, and its number is the next one.
        locked = Contest.objects.select_for_update(no_key=True).get(pk=contest.pk)
        terms = terms_as_edited(locked)
        last = locked.rule_sets.order_by("number").last()
        if last is not None and last.terms == terms:
            return last
        content = msgspec.to_builtins(terms, builtin_types=(Decimal,))
        published = RuleSet.objects.create(
            contest=locked, number=last.number + 1 if last else 1, content=content, published_by=by
        )
        Contest.objects.filter(pk=contest.pk).update(rule_set=published)
    return published


def terms_as_edited(contest: Contest) -> Terms:
    """What the calculation would judge by if the contest's rules were published now."""
    return Terms(
        rules=tuple(rule.as_rule() for rule in contest.rules.all()),
        rounding=Rounding(contest.rounding),
        cap_per_purchase=contest.cap_per_purchase,
        cap_per_entry=contest.cap_per_entry,
    )


def create_entry(contest: Contest, email: str, **fields: Any) -> Entry:
    """A new entry with that address.

    Raises:
        InvalidEmail: it is not an address.
        IntegrityError: the contest has an entry with it (`entry_unique_email_per_contest`).
    """
    entry = Entry(contest=contest, **fields)
    entry.set_email(Email.parse(email))
    entry.save(force_insert=True)
    return entry
