"""Regular work on the outbox: telling that contests have ended, and deleting old events."""

from datetime import timedelta

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, transaction
from django.utils import timezone

from blitzrocket.ids import end_id
from blitzrocket.jobs.chores import chore
from contests.models import Contest
from purchases.models import EventKind, OutgoingEvent, WebhookEndpoint
from purchases.outgoing.endpoints import is_over
from purchases.services import outbox
from purchases.services.outbox import NewEvent

CHUNK = 1000


@chore(every=timedelta(seconds=30))
def tell_ended_contests() -> int:
    """Tell endpoints, once for each end, that their contest has ended, by its date or by an owner; returns how many."""
    endpoints = WebhookEndpoint.objects.select_related("contest").order_by("pk")
    now = timezone.now()
    changed = [endpoint for endpoint in endpoints if endpoint.is_end_told != is_over(endpoint.contest, now)]
    return sum(_tell_end(endpoint) for endpoint in changed)


def _tell_end(endpoint: WebhookEndpoint) -> bool:
    """Note whether the contest is over; of one that runs again, the next end is told too."""
    with transaction.atomic():
        # Race: an owner moves the end, or another process is at it. Both are seen under the endpoint's lock.
        rows = WebhookEndpoint.objects.filter(contest=endpoint.contest_id, pk=endpoint.pk)
        current = rows.select_for_update(no_key=True).first()
        contest = Contest.objects.get(pk=endpoint.contest_id)
        is_ended = is_over(contest, timezone.now())
        if current is None or current.is_end_told == is_ended:
            return False
        rows.update(is_end_told=is_ended)
        if not is_ended or EventKind.ENDED not in current.kinds:
            return False
        outbox.add_to(current, NewEvent(EventKind.ENDED, contest.pk))
    return True


@chore(every=timedelta(hours=1))
def delete_old_events() -> int:
    """Delete events older than ``WEBHOOK_EVENT_DAYS``, sent or not; returns how many."""
    before = end_id("msg", timezone.now() - timedelta(days=settings.WEBHOOK_EVENT_DAYS))
    deleted = 0
    for contest_id, endpoint_id in WebhookEndpoint.objects.order_by("pk").values_list("contest_id", "pk"):
        deleted += _delete(contest_id, endpoint_id, before)
    return deleted


def _delete(contest_id: str, endpoint_id: str, before: str) -> int:
    rows = OutgoingEvent.objects.filter(contest=contest_id, endpoint_id=endpoint_id, pk__lt=before)
    deleted = 0
    while chunk := list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        OutgoingEvent.objects.filter(contest=contest_id, pk__in=chunk)._raw_delete(DEFAULT_DB_ALIAS)
        deleted += len(chunk)
    return deleted
