"""The service that duplicates a contest."""

from itertools import count

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests.models import Contest, PointRule
from contests.services.rules import publish_rules

MAX_SLUG_LENGTH = 100
MAX_TRIES = 1000
COPIED_FIELDS = (
    "description", "mode", "is_evergreen", "time_zone", "tracking_enabled", "attaches_automatically", "rounding",
    "cap_per_purchase", "cap_per_entry", "advocate_points", "friend_points",
)  # fmt: skip
DATE_FIELDS = ("starts_at", "ends_at")


def copy_contest(source: Contest, title: str, *, keeps_dates: bool, audit: AuditContext) -> Contest:
    """Create a draft with the settings and rules of another contest; the same request again returns the same copy.

    Rules keep their dates; those of the contest are copied with ``keeps_dates``.

    Raises:
        RequestIdReused: another action has this request id.
    """
    with transaction.atomic():
        # Race: a double click. The second waits here, and finds the copy that the first made.
        Contest.objects.select_for_update(no_key=True).get(pk=source.pk)
        parameters = {"title": title, "keeps_dates": keeps_dates}
        event = audit.previous_event(AuditEvent.Action.COPIED, source, **parameters)
        if event is not None:
            return Contest.objects.get(pk=event.object_id)
        fields = {name: getattr(source, name) for name in (*COPIED_FIELDS, *(DATE_FIELDS if keeps_dates else ()))}
        contest = _insert(Contest(team=source.team, title=title, status=Contest.Status.DRAFT, **fields))
        PointRule.objects.bulk_create([_rule_for(contest, rule) for rule in source.rules.all()])
        contest.rule_set = publish_rules(contest, by=audit.user)
        after = {"copy of": source.pk}
        audit.record(
            AuditEvent.Action.COPIED, contest, contest=contest, after=after, target=source, parameters=parameters
        )
    return contest


def _insert(contest: Contest) -> Contest:
    """Save the contest with a free slug made from its title."""
    stem = slugify(contest.title) or "contest"
    for number in count(1):
        ending = f"-{number}" if number > 1 else ""
        contest.slug = f"{stem[: MAX_SLUG_LENGTH - len(ending)]}{ending}"
        try:
            with transaction.atomic():
                contest.save(force_insert=True)
        except IntegrityError:
            # Race: another contest takes the slug meanwhile; so slugs are tried out rather than looked up.
            if number == MAX_TRIES:
                raise
        else:
            break
    return contest


def _rule_for(contest: Contest, rule: PointRule) -> PointRule:
    fields = {field.name: getattr(rule, field.name) for field in PointRule._meta.fields}
    return PointRule(**(fields | {"id": PointRule._meta.pk.get_default(), "contest": contest}))
