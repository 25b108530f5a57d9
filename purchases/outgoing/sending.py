"""Sending the outbox, by the background process; several may run.

A batch of an endpoint's events is claimed by moving their `due_at` to the end of a lease. A process that is killed has
changed nothing else, so another sends them once the lease is over: each event is sent at least once. What is not
answered with 2xx is tried again after `BACK_OFF`, and has failed when that is used up.
"""

import json
import logging
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.jobs.loops import loop
from blitzrocket.postgres.statements import RowsStatement, send
from purchases.models import OutgoingEvent, WebhookEndpoint
from purchases.models.webhooks import BACK_OFF, TEST, stored_request
from purchases.outgoing.addresses import UnusableURL, target_of
from purchases.outgoing.endpoints import secrets_of
from purchases.outgoing.messages import bodies_of
from purchases.outgoing.posting import NoResponse, post
from purchases.outgoing.signing import signed_headers
from purchases.stores.secrets import SecretUnreadable

logger = logging.getLogger(__name__)

BATCH = 100  # events of one endpoint at a time
PROBES = 5  # of one that fails: as many show whether it works again
AT_ONCE = 10  # requests
BATCH_SECONDS = 30.0  # after which no further request of a batch begins
LEASE = timedelta(seconds=120)  # longer than a batch can take
PAUSED_AFTER = timedelta(days=3)  # of failures alone
MAX_REQUESTS_SHOWN = 25
SUCCESSES = range(200, 300)
JITTER = 0.2  # of each wait, more or less, so that what failed together does not come back together

State = OutgoingEvent.State


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request; without a status, ``text`` says why no response came."""

    event: OutgoingEvent
    at: datetime
    milliseconds: int
    text: str
    status: int | None = None

    @property
    def is_success(self) -> bool:
        return self.status in SUCCESSES


@loop(every=1.0)
def send_events() -> bool:
    """Send what is due, a batch to each endpoint that works; returns whether there was anything."""
    return _send_due(is_failing=False)


@loop(every=1.0)
def send_to_failing() -> bool:
    """The same for the endpoints that fail, apart: the others don't wait for their timeouts."""
    return _send_due(is_failing=True)


def _send_due(*, is_failing: bool) -> bool:
    endpoints = _with_due_events(is_failing=is_failing)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhooks") as pool:
        counts = [_send_batch(endpoint, pool) for endpoint in endpoints]
    return any(counts)


def send_test(endpoint: WebhookEndpoint) -> OutgoingEvent:
    """Send a test now, also where the endpoint is paused; the event says how it went."""
    event = OutgoingEvent.objects.create(
        contest_id=endpoint.contest_id, endpoint_id=endpoint.pk, kind=TEST, due_at=timezone.now() + LEASE
    )
    _store(endpoint.contest_id, _send_each(endpoint, [event], time.monotonic() + BATCH_SECONDS, None), is_final=True)
    event.refresh_from_db()
    return event


# Reads the endpoints of all contests, of which there are few; each one's events are found by their index.
_DUE = """
    SELECT endpoint.contest_id, endpoint.id FROM purchases_webhookendpoint endpoint
    WHERE endpoint.is_active AND (endpoint.failing_since IS NOT NULL) = %(is_failing)s::boolean AND EXISTS (
        SELECT FROM purchases_outgoingevent event
        WHERE event.contest_id = endpoint.contest_id AND event.endpoint_id = endpoint.id AND event.state = 'pending'
        AND event.due_at <= %(now)s::timestamptz
    )
"""
# Race: another process claims from the same endpoint. Each skips what the other has locked, and sees its leases then.
_CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT id FROM purchases_outgoingevent
        WHERE contest_id = %(contest)s::text AND endpoint_id = %(endpoint)s::text AND state = 'pending'
        AND due_at <= %(now)s::timestamptz
        ORDER BY due_at, id LIMIT %(most)s::int FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE purchases_outgoingevent event SET due_at = %(until)s::timestamptz
    FROM due WHERE event.contest_id = %(contest)s::text AND event.id = due.id
    RETURNING event.id
"""


def _with_due_events(*, is_failing: bool) -> Iterator[WebhookEndpoint]:
    for contest_id, endpoint_id in send(_DUE, {"is_failing": is_failing, "now": timezone.now()}).all():
        rows = WebhookEndpoint.objects.filter(contest=contest_id, pk=endpoint_id, is_active=True)
        yield from rows.select_related("contest")


def _send_batch(endpoint: WebhookEndpoint, pool: ThreadPoolExecutor) -> int:
    """Claim events, send them, and write what became of them; returns how many."""
    deadline = time.monotonic() + BATCH_SECONDS
    events = _claim(endpoint, PROBES if endpoint.failing_since else BATCH)
    outcomes = _send_each(endpoint, events, deadline, pool)
    with transaction.atomic():
        _store(endpoint.contest_id, outcomes)
        _release(endpoint, events, outcomes)
        if outcomes:
            _note(endpoint, outcomes)
    return len(events)


def _claim(endpoint: WebhookEndpoint, most: int) -> list[OutgoingEvent]:
    now = timezone.now()
    values = {"contest": endpoint.contest_id, "endpoint": endpoint.pk, "now": now, "until": now + LEASE, "most": most}
    ids = [event_id for (event_id,) in send(_CLAIM, values).all()]
    return list(OutgoingEvent.objects.filter(contest=endpoint.contest_id, pk__in=ids).order_by("pk"))


def _send_each(
    endpoint: WebhookEndpoint, events: Sequence[OutgoingEvent], deadline: float, pool: ThreadPoolExecutor | None
) -> list[Outcome]:
    """Send events, those of one entry one after the other; without those that are not begun before the deadline."""
    if not events:
        return []
    bodies = bodies_of(endpoint.contest, events)
    try:
        secrets = secrets_of(endpoint, timezone.now())
    except SecretUnreadable:
        text = "The key that encrypted the secret is missing from STORE_SECRET_KEYS."
        return [Outcome(event, timezone.now(), 0, text) for event in events]
    by_entry: dict[str, list[OutgoingEvent]] = defaultdict(list)
    for event in events:
        by_entry[event.entry_id or event.pk].append(event)
    work = [(endpoint.url, of_entry, bodies, secrets, deadline) for of_entry in by_entry.values()]
    done = (pool.map if pool else map)(_send_in_order, work)
    return [outcome for outcomes in done for outcome in outcomes]


def _send_in_order(work: tuple[str, list[OutgoingEvent], dict[str, bytes], list[str], float]) -> list[Outcome]:
    """Send one entry's events. Called in threads, which don't use the database."""
    url, events, bodies, secrets, deadline = work
    outcomes = []
    for event in events:
        if time.monotonic() >= deadline:
            break
        outcomes.append(_request(url, event, bodies.get(event.pk), secrets))
    return outcomes


def _request(url: str, event: OutgoingEvent, body: bytes | None, secrets: Sequence[str]) -> Outcome:
    at, started = timezone.now(), time.monotonic()
    status, text = None, ""
    if body is None:
        text = "The record was deleted, so there is nothing to send."
    else:
        try:
            headers = {
                "Content-Type": "application/json",
                "User-Agent": "BlitzRocket",
                **signed_headers(event.pk, at, body, secrets),
            }
            response = post(target_of(url), headers, body)
            status, text = response.status, response.text
        except (NoResponse, UnusableURL) as error:
            text = str(error)
    return Outcome(event, at, round((time.monotonic() - started) * 1000), text, status)


# The requests of an event, and when the next one is.
_STORE = RowsStatement(
    """
    UPDATE purchases_outgoingevent event
    SET state = sent.state, due_at = sent.due_at, tries = sent.tries, attempts = sent.attempts::jsonb,
        finished_at = sent.finished_at
    FROM {sent} WHERE event.contest_id = %(contest)s::text AND event.id = sent.id
    """,
    id="text",
    state="text",
    due_at="timestamptz",
    tries="int",
    attempts="text",
    finished_at="timestamptz",
)


def _store(contest_id: str, outcomes: Sequence[Outcome], *, is_final: bool = False) -> None:
    if outcomes:
        now = timezone.now()
        rows = [_row_of(outcome, now, is_final=is_final) for outcome in outcomes]
        _STORE.send(sorted(rows, key=lambda row: str(row["id"])), contest=contest_id)


def _row_of(outcome: Outcome, now: datetime, *, is_final: bool) -> dict[str, Any]:
    event = outcome.event
    last = stored_request(outcome.at, status=outcome.status, milliseconds=outcome.milliseconds, response=outcome.text)
    row = {
        "id": event.pk,
        "due_at": now,
        "tries": event.tries + 1,
        "attempts": json.dumps([*event.attempts, last][-MAX_REQUESTS_SHOWN:]),
        "finished_at": now,
    }
    if outcome.is_success:
        return row | {"state": str(State.SENT)}
    if is_final or event.tries >= len(BACK_OFF):
        return row | {"state": str(State.FAILED)}
    wait = BACK_OFF[event.tries] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # no secret
    return row | {"state": str(State.PENDING), "due_at": now + wait, "finished_at": None}


def _release(endpoint: WebhookEndpoint, events: Iterable[OutgoingEvent], outcomes: Iterable[Outcome]) -> None:
    """Let those go that were not begun."""
    left = {event.pk for event in events} - {outcome.event.pk for outcome in outcomes}
    if left:
        rows = OutgoingEvent.objects.filter(contest=endpoint.contest_id, pk__in=left)
        rows.update(due_at=timezone.now())


def _note(endpoint: WebhookEndpoint, outcomes: Sequence[Outcome]) -> None:
    """Write how the endpoint is doing, and pause one that has failed for too long."""
    now, rows = timezone.now(), WebhookEndpoint.objects.filter(contest=endpoint.contest_id, pk=endpoint.pk)
    if any(outcome.is_success for outcome in outcomes):
        rows.update(failing_since=None, last_sent_at=now)
    elif endpoint.failing_since is None:
        rows.update(failing_since=now)
    elif endpoint.failing_since < now - PAUSED_AFTER and rows.filter(is_active=True).update(is_active=False):
        audit = AuditContext(reason=f"Every request failed for {PAUSED_AFTER.days} days.")
        audit.record(AuditEvent.Action.PAUSED, endpoint, contest=endpoint.contest)
        logger.warning("webhook endpoint paused after failures", extra={"endpoint": endpoint.pk})
