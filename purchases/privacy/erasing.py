"""Erasing a person: what says who they are goes, their points and orders stay and still add up.

All of it is one transaction, so a killed process has erased nothing or everything. The search of whole tables, which
may take long, comes before it and locks nothing.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from blitzrocket.accounts.models import Team
from blitzrocket.accounts.services.logins import check_no_member, erase_login
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests.models import Entry, FileImport, PointTransaction
from purchases.models import (
    DifferingDuplicate,
    OutgoingEvent,
    PendingRefund,
    Purchase,
    PurchaseImportRow,
    Refund,
    RejectedPurchase,
    StoreDelivery,
)
from purchases.privacy.mentions import erase_mentions, find_mentions
from purchases.privacy.person import ERASED, Person, erase_matches
from purchases.privacy.records import Records, learn_addresses, records_with

DELIVERY_ERASED = "Erased with the personal data of its customer."
ROW_ERASED = "Personal data erased."
# What an import row keeps: of an order, undoing its import needs its id, and nothing of it is personal.
KEPT_VALUES = ("order_id", "amount", "refunded", "currency", "purchased_at", "points", "points_now", "status")


class NothingFound(Exception):
    """The team has nothing of this person."""

    def __init__(self) -> None:
        super().__init__("Nothing is stored of this participant.")


class PersonNamed(Exception):
    """The reason names the person, and would be kept."""

    def __init__(self) -> None:
        super().__init__("The reason must not name the participant: it is kept.")


class ImportRunning(Exception):
    """An import of the team is running, which may have the person in its file."""

    def __init__(self) -> None:
        super().__init__("An import is running. Wait for its end, and try again.")


def erase_person(
    person: Person,
    *,
    audit: AuditContext,
    progress: Callable[[str], None] = lambda table: None,
    finish: Callable[[dict[str, int]], None] = lambda counts: None,
) -> dict[str, int]:
    """Erase a person in their team; returns how many rows of each kind it was.

    ``finish`` is called with them at the end of the transaction.

    Raises:
        NothingFound: there is nothing to erase.
        PersonNamed: the reason names the person.
        StillMember: the person is a member of the team.
        ImportRunning: an import of the team is running.
    """
    check_reason(person, audit.reason)
    check_no_member(person.team, sorted(person.identity.email_keys))
    learn_addresses(person)
    mentions = find_mentions(person, progress)
    with transaction.atomic():
        # Race: an order of the person is being recorded. It has the entry's lock, and is erased with the others; or it
        # waits here for the lock, finds no entry with its address then, and is held as that of a stranger.
        _lock(person)
        records = records_with(person, mentions)
        if records.is_empty:
            raise NothingFound
        counts = records.counts() | {"other texts": records.other_texts()}
        _erase(person, records, timezone.now())
        _record(person, records, counts, audit)
        finish(counts)
    return counts


def check_reason(person: Person, reason: str) -> None:
    """
    Raises:
        PersonNamed: the reason names the person.
    """
    if person.mention.search(reason):
        raise PersonNamed


def _lock(person: Person) -> None:
    for contest_id in person.contest_ids:
        ids = [entry.pk for entry in person.entries if entry.contest_id == contest_id]
        if ids:
            current = Entry.objects.locked_together(contest_id, ids)
            person.entries[:] = [current.get(entry.pk, entry) for entry in person.entries]
    for contest_id in person.contest_ids:
        for model in _imports():
            # Race: an import is started now. It waits for this lock, and then finds the person's rows erased.
            rows = model.objects.filter(contest=contest_id).exclude(state__in=_ENDED).select_for_update(of=["self"])
            if any(each.is_busy for each in rows.select_related("job").order_by("pk")):
                raise ImportRunning


_ENDED = (FileImport.State.IMPORTED, FileImport.State.UNDONE)


def _imports() -> list[Any]:
    return [model for model in apps.get_models() if issubclass(model, FileImport)]


def _erase(person: Person, records: Records, now: datetime) -> None:
    with connection.cursor() as cursor:
        # The one way past the triggers of ledger, refunds and activity log, which still let nothing but texts change.
        cursor.execute("SET LOCAL blitzrocket.erasing = 'on'")
    for entry in records.entries:
        if not entry.is_erased:
            entry.erase(now)
    for contest_id in person.contest_ids:
        _erase_in(contest_id, records)
        _erase_files(contest_id, person)
    _erase_rejected(records.rejected_orders)
    for row in records.import_rows:
        _erase_import_row(row)
    for delivery in records.deliveries:
        _erase_delivery(person, delivery, now)
    for event in records.outgoing_events:
        _erase_answers(event)
    activity = AuditEvent.objects.filter(team_id=person.team.pk, pk__in=[event.pk for event in records.activity])
    activity.exclude(reason="").update(reason=ERASED)
    for invitation in records.invitations:
        invitation.delete()
    if records.login:
        erase_login(records.login)
    erase_mentions(person, records.mentions)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL blitzrocket.erasing = 'off'")


def _erase_in(contest_id: str, records: Records) -> None:
    """The columns of one contest's rows that are the same in each."""
    _rows(Purchase, contest_id, records.purchases).update(email="", email_key="", last_differences=None)
    _rows(DifferingDuplicate, contest_id, records.differing_duplicates).delete()
    for model, rows in (
        (PointTransaction, records.ledger),
        (Refund, records.refunds),
        (PendingRefund, records.pending_refunds),
    ):
        _rows(model, contest_id, rows).exclude(reason="").update(reason=ERASED)


def _rows(model: Any, contest_id: str, rows: Iterable[Any]) -> Any:
    return model.objects.filter(contest=contest_id, pk__in=[row.pk for row in rows if row.contest_id == contest_id])


def _erase_rejected(rejected: Iterable[RejectedPurchase]) -> None:
    """The row stays, because the order was received; what is open is dismissed."""
    for row in rejected:
        row.email, row.email_key, row.details = "", "", []
        row.state = RejectedPurchase.State.DISMISSED if row.is_open else row.state
        row.save(update_fields=["email", "email_key", "details", "state"])


def _erase_import_row(row: Any) -> None:
    names = KEPT_VALUES if isinstance(row, PurchaseImportRow) else ()
    row.values = {name: row.values[name] for name in names if name in row.values}
    row.note = ""
    columns = ["values", "note"]
    if isinstance(row, PurchaseImportRow):
        row.email_key = ""
        columns.append("email_key")
    if row.outcome in ("new", "to_hold"):  # it is not imported any more
        row.outcome, row.note = "error", ROW_ERASED
        columns.append("outcome")
    row.save(update_fields=columns)


def _erase_delivery(person: Person, delivery: StoreDelivery, now: datetime) -> None:
    """It stays as received; one that is not processed can't be any more."""
    delivery.body, delivery.headers = b"", {}
    delivery.message = erase_matches(person.mention, delivery.message)
    if delivery.state not in StoreDelivery.FINAL or delivery.state == StoreDelivery.State.UNUSABLE:
        delivery.state, delivery.message = StoreDelivery.State.NOT_USED, DELIVERY_ERASED
        delivery.waits_for, delivery.finished_at = [], now
    delivery.save(update_fields=["body", "headers", "message", "state", "waits_for", "finished_at"])


def _erase_answers(event: OutgoingEvent) -> None:
    """What the receiver answered may repeat the message."""
    event.attempts = [attempt | {"answer": ERASED if attempt.get("answer") else ""} for attempt in event.attempts]
    event.save(update_fields=["attempts"])


def _erase_files(contest_id: str, person: Person) -> None:
    """Files whose check was stopped, so that they are still here."""
    for model in _imports():
        for each in model.objects.filter(contest=contest_id).exclude(content=b"").exclude(state__in=_ENDED):
            text = bytes(each.content).decode("utf-8", "replace")
            if person.address.search(text):
                each.content = b""
                each.save(update_fields=["content"])


def _record(person: Person, records: Records, counts: dict[str, int], audit: AuditContext) -> None:
    """An event for each entry, in its contest; without one, for the team."""
    after = {kind: count for kind, count in counts.items() if count}
    contests = {contest.pk: contest for contest in person.contests}
    targets: list[tuple[Entry | Team, dict[str, Any]]] = [
        (entry, {"contest": contests[entry.contest_id]}) for entry in records.entries
    ]
    for target, owner in targets or [(person.team, {"team": person.team})]:
        audit.record(AuditEvent.Action.ERASED, target, after=after, **owner)
        audit = audit.follow_up()
