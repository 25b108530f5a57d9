"""The outbox: events for a contest's webhook endpoints, written in the transaction of the fact that they tell.

A recording asks for the subscribers in the statement that reads its facts, and writes the events in the one that writes
its orders; see `record_statements`. Where nobody subscribes, neither does more.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache

from django.utils import timezone

from blitzrocket.ids import new_id
from blitzrocket.postgres.statements import RowsStatement, send
from contests.models import Entry, PointTransaction
from purchases.models import EventKind, WebhookEndpoint

Subscribers = Mapping[str, Sequence[str]]  # the ids of endpoints by kind of event
NOBODY: Subscribers = {}
REMEMBERED = 1000

# What `subscribers_in` reads, of a statement's contest; a paused endpoint's events wait for it.
SUBSCRIBERS = """(
    SELECT string_agg(endpoint.id || ' ' || array_to_string(endpoint.kinds, ' '), ',' ORDER BY endpoint.id)
    FROM purchases_webhookendpoint endpoint WHERE endpoint.contest_id = %(contest)s::text
)"""
_READ = f"SELECT {SUBSCRIBERS}"

_COLUMNS = "id, contest_id, endpoint_id, kind, object_id, entry_id, line_id, due_at, created_at"
_ADD = RowsStatement(
    f"""
    INSERT INTO purchases_outgoingevent ({_COLUMNS})
    SELECT id, %(contest)s::text, endpoint_id, kind, object_id, entry_id, line_id, %(at)s::timestamptz,
        %(at)s::timestamptz
    FROM {{sent}}
    """,
    id="text",
    endpoint_id="text",
    kind="text",
    object_id="text",
    entry_id="text",
    line_id="text",
)


def events_of(rows: str, kind: EventKind, entry_id: str) -> str:
    """The insert of an event for each of these rows and each subscriber, for a statement that writes the rows.

    ``rows`` have the ids of the facts, whose digits the events' ids share; the statement's values are ``endpoints``,
    ``received_at`` and ``contest``.
    """
    return f"""
        INSERT INTO purchases_outgoingevent ({_COLUMNS})
        SELECT
            'msg_' || right(fact.id, 26) || CASE subscriber.number WHEN 1 THEN '' ELSE '_' || subscriber.number END,
            %(contest)s::text, subscriber.endpoint_id, '{kind}', fact.id, {entry_id}, '', %(received_at)s::timestamptz,
            %(received_at)s::timestamptz
        FROM {rows} AS fact
        CROSS JOIN unnest(%(endpoints)s::text[]) WITH ORDINALITY AS subscriber (endpoint_id, number)
    """


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A fact to tell: its kind and the ids of its rows."""

    kind: EventKind
    object_id: str
    entry_id: str = ""
    line_id: str = ""


_is_silent: ContextVar[bool] = ContextVar("is_silent", default=False)


@contextmanager
def nobody_told() -> Iterator[None]:
    """What this thread does until the block ends sends no events: an import has too many."""
    token = _is_silent.set(True)
    try:
        yield
    finally:
        _is_silent.reset(token)


def subscribers_in(text: str | None) -> Subscribers:
    """The subscribers by kind of event, as `SUBSCRIBERS` has read them."""
    return NOBODY if _is_silent.get() else _parsed(text)


@lru_cache(maxsize=REMEMBERED)
def _parsed(text: str | None) -> Subscribers:
    endpoint_ids: dict[str, list[str]] = {}
    for endpoint in (text or "").split(",") if text else ():
        endpoint_id, *kinds = endpoint.split(" ")
        for kind in kinds:
            endpoint_ids.setdefault(kind, []).append(endpoint_id)
    return endpoint_ids or NOBODY


def subscribers(contest_id: str) -> Subscribers:
    """The endpoints of a contest by kind of event."""
    ((text,),) = send(_READ, {"contest": contest_id}).all()
    return subscribers_in(text)


def add(contest_id: str, events: Sequence[NewEvent]) -> None:
    """Write events for their subscribers, in the transaction of their facts."""
    if not events:
        return
    endpoints = subscribers(contest_id)
    rows = [_row_of(event, endpoint_id) for event in events for endpoint_id in endpoints.get(event.kind, ())]
    if rows:
        _ADD.send(rows, contest=contest_id, at=timezone.now())


def add_to(endpoint: WebhookEndpoint, event: NewEvent) -> None:
    """Write an event for one endpoint."""
    _ADD.send([_row_of(event, endpoint.pk)], contest=endpoint.contest_id, at=timezone.now())


def _row_of(event: NewEvent, endpoint_id: str) -> dict[str, str]:
    return {
        "id": new_id("msg"),
        "endpoint_id": endpoint_id,
        "kind": str(event.kind),
        "object_id": event.object_id,
        "entry_id": event.entry_id,
        "line_id": event.line_id,
    }


def add_lines(lines: Sequence[PointTransaction]) -> None:
    """Tell of ledger lines that no event of a purchase tells of; they are of one contest."""
    if lines:
        add(
            lines[0].contest_id,
            [NewEvent(EventKind.ADJUSTED, line.pk, entry_id=line.entry_id, line_id=line.pk) for line in lines],
        )


def add_entry(entry: Entry) -> None:
    """Tell of a new entry."""
    add(entry.contest_id, [NewEvent(EventKind.CREATED, entry.pk, entry_id=entry.pk)])
