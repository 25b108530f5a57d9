"""All that a team stores of a person, as JSON. docs/privacy.md describes it."""

import base64
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import BinaryField, Model
from django.utils import timezone

from blitzrocket.accounts.services.logins import Login
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.datetimes import format_rfc3339
from blitzrocket.strict_json import write
from purchases.outgoing.messages import bodies_of
from purchases.privacy.mentions import searched_tables
from purchases.privacy.person import Person
from purchases.privacy.records import Records, all_records

FORMAT = "blitzrocket-person-1"
# Secrets and what only the database uses.
NOT_EXPORTED = frozenset(("password", "secret", "digest", "request_digest", "session_key", "session_data"))


def export_person(person: Person, progress: Callable[[str], None] = lambda table: None) -> dict[str, Any]:
    """The values of all rows about a person, by kind, as JSON has them."""
    records = all_records(person, progress)
    return {
        "format": FORMAT,
        "exportedAt": format_rfc3339(timezone.now()),
        "team": {"id": person.team.pk, "name": person.team.name},
        "knownBy": sorted(person.identity.texts),
        "contests": [{"id": contest.pk, "title": contest.title} for contest in person.contests],
        "entries": _rows(records.entries),
        "ledger": _rows(records.ledger),
        "purchases": [_row(purchase) | {"explanation": purchase.explain()} for purchase in records.purchases],
        "refunds": _rows(records.refunds),
        "pendingRefunds": _rows(records.pending_refunds),
        "rejectedOrders": _rows(records.rejected_orders),
        "differingDuplicates": _rows(records.differing_duplicates),
        "deliveries": _rows(records.deliveries),
        "storeOrderIds": _rows(records.store_order_ids),
        "storeRefunds": _rows(records.store_refunds),
        "importRows": _rows(records.import_rows),
        "events": _events(person, records),
        "activity": _rows(records.activity),
        "invitations": _rows(records.invitations),
        "login": _login(records.login) if records.login else None,
        "mentions": _mentions(person, records),
    }


def record_export(person: Person, values: dict[str, Any], audit: AuditContext) -> None:
    """Note in the activity log that the person's data was exported; an event for each entry, or one for the team."""
    contests = {contest.pk: contest for contest in person.contests}
    rows = sum(len(value) for value in values.values() if isinstance(value, list))
    after = {"exported": "personal data", "rows": rows}
    for entry in person.entries:
        audit.record(AuditEvent.Action.EXPORTED, entry, contest=contests[entry.contest_id], after=after)
        audit = audit.follow_up()
    if not person.entries:
        audit.record(AuditEvent.Action.EXPORTED, person.team, team=person.team, after=after)


def _rows(rows: list[Any]) -> list[dict[str, Any]]:
    return [_row(row) for row in rows]


def _row(row: Model) -> dict[str, Any]:
    """The columns of a row by their names, as the API writes names."""
    return {
        _camel(field.attname): _value(field, getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if not any(field.name.endswith(name) for name in NOT_EXPORTED)
    }


def _value(field: Any, value: Any) -> Any:
    if isinstance(field, BinaryField):
        return _body(bytes(value))
    return _plain(value)


def _body(body: bytes) -> dict[str, str]:
    """A body as text; as base64 where it is none."""
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return format_rfc3339(value)
    if isinstance(value, date | timedelta):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.title() for part in others)


def _events(person: Person, records: Records) -> list[dict[str, Any]]:
    """What other systems were told, each with the message as it would be sent now."""
    messages: dict[str, bytes] = {}
    for contest in person.contests:
        messages |= bodies_of(contest, [event for event in records.outgoing_events if event.contest_id == contest.pk])
    return [
        _row(event) | {"message": _body(messages[event.pk]) if event.pk in messages else None}
        for event in records.outgoing_events
    ]


def _login(login: Login) -> dict[str, Any]:
    return _row(login.user) | {"sessions": _rows(login.sessions), "signIns": _rows(login.sign_ins)}


def _mentions(person: Person, records: Records) -> list[dict[str, Any]]:
    """Texts in further rows that name the person, without what else stands in these."""
    own = {(type(row), row.pk) for row in records.own_rows()}
    named_rows = []
    for table in searched_tables():
        pattern = table.pattern_for(person)
        keys = [key for key in records.mentions.get(table.model, []) if (table.model, key) not in own]
        for rows in table.rows_of(person) if keys else ():
            for row in rows.filter(pk__in=keys).order_by("pk"):
                texts = {name: _plain(getattr(row, name)) for name in table.columns}
                named = {_camel(name): text for name, text in texts.items() if pattern.search(_text(text))}
                named_rows.append({"kind": str(table.model._meta.verbose_name), "id": row.pk, "texts": named})
    return named_rows


def _text(value: Any) -> str:
    return value if isinstance(value, str) else write(value).decode()
