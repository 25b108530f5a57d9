"""What people do to webhook endpoints: each act locks the row, and is recorded in the activity log."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests.models import Contest
from purchases.models import OutgoingEvent, WebhookEndpoint
from purchases.outgoing.signing import new_secret
from purchases.stores.secrets import SecretUnreadable, decrypt, encrypt

OVERLAP = timedelta(days=1)  # for which a replaced secret signs too
WARNED_AFTER = timedelta(hours=1)  # of failures alone
MOST_ENDPOINTS = 10  # of a contest: each is one more row of every event

Action = AuditEvent.Action
State = OutgoingEvent.State


class TooManyEndpoints(Exception):
    """The contest has `MOST_ENDPOINTS`."""

    def __init__(self) -> None:
        super().__init__(f"A contest has at most {MOST_ENDPOINTS} webhooks. Delete one first.")


class NotFailed(Exception):
    """The event waits to be sent, so there is nothing to send again."""


def add_endpoint(
    contest: Contest, *, name: str, url: str, kinds: Sequence[str], audit: AuditContext
) -> tuple[WebhookEndpoint, str]:
    """Tell a URL of these events from now on; returns the endpoint and its secret, which is shown once.

    Raises:
        TooManyEndpoints: the contest can have no more.
        RequestIdReused: the form was sent before; `AuditContext.find_object` finds what it made.
    """
    secret = new_secret()
    with transaction.atomic():
        # Race: two owners add the last one at once. The second waits here.
        locked = Contest.objects.select_for_update(no_key=True).get(pk=contest.pk)
        if WebhookEndpoint.objects.filter(contest=contest).count() >= MOST_ENDPOINTS:
            raise TooManyEndpoints
        endpoint = WebhookEndpoint.objects.create(
            contest=contest,
            name=name,
            url=url,
            kinds=list(kinds),
            secret=encrypt(secret),
            is_end_told=is_over(locked, audit.at),
            created_by=audit.user,
        )
        after = {"name": name, "url": url, "events": list(kinds)}
        audit.record(Action.ADDED, endpoint, contest=contest, after=after)
    return endpoint, secret


def change_endpoint(
    endpoint: WebhookEndpoint, *, name: str, url: str, kinds: Sequence[str], audit: AuditContext
) -> bool:
    """Change name, URL and events; False where they were so before. What waits goes to the new URL."""
    values = {"name": name, "url": url, "kinds": list(kinds)}
    with transaction.atomic():
        row = endpoint.locked()
        changed = [field for field, value in values.items() if getattr(row, field) != value]
        if not changed:
            return False
        before = {_label(field): getattr(row, field) for field in changed}
        for field in changed:
            setattr(row, field, values[field])
        row.save(update_fields=changed)
        after = {_label(field): values[field] for field in changed}
        audit.record(Action.CHANGED, row, contest=row.contest, before=before, after=after)
    return True


def pause(endpoint: WebhookEndpoint, *, audit: AuditContext) -> bool:
    """Send nothing more; False where it was paused before. Events wait until it is resumed."""
    with transaction.atomic():
        row = endpoint.locked()
        if not row.is_active:
            return False
        row.is_active, row.failing_since = False, None
        row.save(update_fields=["is_active", "failing_since"])
        audit.record(Action.PAUSED, row, contest=row.contest)
    return True


def resume(endpoint: WebhookEndpoint, *, audit: AuditContext) -> bool:
    """Send again, also what waited; False where it was active."""
    with transaction.atomic():
        row = endpoint.locked()
        if row.is_active:
            return False
        row.is_active, row.failing_since = True, None
        row.save(update_fields=["is_active", "failing_since"])
        audit.record(Action.RESUMED, row, contest=row.contest)
    return True


def replace_secret(endpoint: WebhookEndpoint, *, audit: AuditContext) -> str:
    """A new secret, shown once; the old one signs too for a day.

    Raises:
        RequestIdReused: the form was sent before.
    """
    secret = new_secret()
    with transaction.atomic():
        row = endpoint.locked()
        row.previous_secret, row.previous_secret_until = row.secret, audit.at + OVERLAP
        row.secret = encrypt(secret)
        row.save(update_fields=["secret", "previous_secret", "previous_secret_until"])
        until = {"old one valid until": row.previous_secret_until.isoformat()}
        audit.record(Action.SECRET_REPLACED, row, contest=row.contest, after=until)
    return secret


def end_overlap(endpoint: WebhookEndpoint, *, audit: AuditContext) -> bool:
    """Sign with the current secret alone; False where it is so already."""
    with transaction.atomic():
        row = endpoint.locked()
        if not row.has_old_secret_at(audit.at):
            return False
        row.previous_secret, row.previous_secret_until = "", None
        row.save(update_fields=["previous_secret", "previous_secret_until"])
        audit.record(Action.REVOKED, row, contest=row.contest)
    return True


def delete_endpoint(endpoint: WebhookEndpoint, *, audit: AuditContext) -> None:
    """Delete an endpoint with its events; what was waiting is not sent."""
    with transaction.atomic():
        row = endpoint.locked()
        audit.record(Action.DELETED, row, contest=row.contest, before={"name": row.name, "url": row.url})
        # An order that is being recorded may leave an event without an endpoint, which nobody ever sends or shows.
        OutgoingEvent.objects.filter(contest=row.contest_id, endpoint_id=row.pk)._raw_delete(DEFAULT_DB_ALIAS)
        WebhookEndpoint.objects.filter(contest=row.contest_id, pk=row.pk)._raw_delete(DEFAULT_DB_ALIAS)


def secrets_of(endpoint: WebhookEndpoint, now: datetime) -> list[str]:
    """The secrets that sign now, the current one first.

    Raises:
        SecretUnreadable: no key in the settings fits it.
    """
    secrets = [decrypt(endpoint.secret)]
    if endpoint.has_old_secret_at(now):
        try:
            secrets.append(decrypt(endpoint.previous_secret))
        except SecretUnreadable:
            return secrets
    return secrets


def send_again(event: OutgoingEvent, *, audit: AuditContext) -> bool:
    """Let the background process send an event again, as if it were new; False where that was asked before.

    Raises:
        NotFailed: it waits to be sent.
        RequestIdReused: the request id belongs to another action.
    """
    with transaction.atomic():
        rows = OutgoingEvent.objects.select_for_update(no_key=True)
        row = rows.get(contest=event.contest_id, pk=event.pk)
        if audit.previous_event(Action.RETRIED, row):
            return False
        if row.state == State.PENDING:
            raise NotFailed
        contest = Contest.objects.get(pk=row.contest_id)
        audit.record(Action.RETRIED, row, contest=contest, before={"state": str(row.state)})
        OutgoingEvent.objects.filter(contest=row.contest_id, pk=row.pk).update(**_reset_values())
    return True


def send_failed_again(endpoint: WebhookEndpoint, *, audit: AuditContext) -> int | None:
    """Let the background process send all failed events again; how many, None where that was asked before.

    Raises:
        RequestIdReused: the request id belongs to another action.
    """
    with transaction.atomic():
        row = endpoint.locked()
        if audit.previous_event(Action.RETRIED, row):
            return None
        failed = OutgoingEvent.objects.filter(contest=row.contest_id, endpoint_id=row.pk, state=State.FAILED)
        count = failed.update(**_reset_values())
        audit.record(Action.RETRIED, row, contest=row.contest, after={"events": count})
    return count


def failing_endpoints(contest_ids: Sequence[str]) -> dict[str, list[WebhookEndpoint]]:
    """The endpoints that fail for longer than `WARNED_AFTER`, or are paused for that, by contest, in one statement."""
    rows = WebhookEndpoint.objects.filter(
        contest__in=contest_ids, failing_since__lt=timezone.now() - WARNED_AFTER
    ).order_by("created_at")
    endpoints: dict[str, list[WebhookEndpoint]] = {}
    for endpoint in rows:
        endpoints.setdefault(endpoint.contest_id, []).append(endpoint)
    return endpoints


def is_over(contest: Contest, now: datetime) -> bool:
    """Whether the contest has ended."""
    return contest.phase_at(now) == Contest.Phase.ENDED


def _reset_values() -> dict[str, Any]:
    return {"state": State.PENDING, "tries": 0, "due_at": timezone.now(), "finished_at": None}


def _label(field: str) -> str:
    return "events" if field == "kinds" else field
