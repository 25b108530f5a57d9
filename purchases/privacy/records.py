"""The rows that are a person's own: their entries, and all that belongs to these or was sent with their address."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from django.db.models import Model, QuerySet

from blitzrocket.accounts.models import Invitation
from blitzrocket.accounts.services.logins import Login, former_login
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import search_key
from contests.models import Entry, EntryImportRow, PointTransaction
from purchases.models import (
    DifferingDuplicate,
    OutgoingEvent,
    PendingRefund,
    Purchase,
    PurchaseImportRow,
    Refund,
    RejectedPurchase,
    StoreDelivery,
    StoreOrderId,
    StoreRefunds,
)
from purchases.privacy.mentions import Keys, find_mentions
from purchases.privacy.person import Person

IMPORT_ROWS = (EntryImportRow, PurchaseImportRow)


@dataclass(slots=True)
class Records:
    """The person's own rows; ``mentions`` are further rows in which a text names them."""

    entries: list[Entry] = field(default_factory=list)
    ledger: list[PointTransaction] = field(default_factory=list)
    purchases: list[Purchase] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    pending_refunds: list[PendingRefund] = field(default_factory=list)
    rejected_orders: list[RejectedPurchase] = field(default_factory=list)
    differing_duplicates: list[DifferingDuplicate] = field(default_factory=list)
    deliveries: list[StoreDelivery] = field(default_factory=list)
    store_order_ids: list[StoreOrderId] = field(default_factory=list)
    store_refunds: list[StoreRefunds] = field(default_factory=list)
    import_rows: list[EntryImportRow | PurchaseImportRow] = field(default_factory=list)
    outgoing_events: list[OutgoingEvent] = field(default_factory=list)
    activity: list[AuditEvent] = field(default_factory=list)
    invitations: list[Invitation] = field(default_factory=list)
    login: Login | None = None
    mentions: Keys = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of the person."""
        return not (any(self.counts().values()) or self.mentions)

    def own_rows(self) -> list[Model]:
        """The rows of all kinds but mentions and the login."""
        lists = (getattr(self, each.name) for each in fields(self))
        return [row for rows in lists if isinstance(rows, list) for row in rows]

    def other_texts(self) -> int:
        """The number of further rows that name the person."""
        own = {(type(row), row.pk) for row in self.own_rows()}
        return sum((model, key) not in own for model, keys in self.mentions.items() for key in keys)

    def counts(self) -> dict[str, int]:
        """The number of rows of each kind, as sentences name them."""
        return {
            "entries": len(self.entries),
            "orders": len(self.purchases),
            "ledger lines": len(self.ledger),
            "refunds": len(self.refunds) + len(self.pending_refunds),
            "rejected and held orders": len(self.rejected_orders),
            "differing duplicates": len(self.differing_duplicates),
            "store deliveries": len(self.deliveries),
            "import rows": len(self.import_rows),
            "events sent": len(self.outgoing_events),
            "activity log": len(self.activity),
            "logins and invitations": len(self.invitations) + bool(self.login),
        }


def indexed_records(person: Person) -> Records:
    """The rows that indexes find; quick, also where there are millions of others."""
    return _collect(person, {})


def all_records(person: Person, progress: Callable[[str], None] = lambda table: None) -> Records:
    """All rows, also those that only a search of the whole tables finds."""
    learn_addresses(person)
    return _collect(person, find_mentions(person, progress))


def records_with(person: Person, mentions: Keys) -> Records:
    """The rows now, with mentions that were searched before."""
    learn_addresses(person)
    return _collect(person, mentions)


def learn_addresses(person: Person) -> None:
    """Add the addresses of the person's orders, unless they are another entry's.

    An order may have been attached to the entry although its address was misspelt.
    """
    own = Purchase.objects.filter(contest__in=person.contest_ids, entry__in=[entry.pk for entry in person.entries])
    sent = dict(own.exclude(email_key="").values_list("email_key", "email"))
    others = Entry.objects.filter(contest__in=person.contest_ids, email_key__in=list(sent))
    taken = set(others.values_list("email_key", flat=True))
    for key in sent.keys() - taken:
        person.identity.email_keys.add(key)
        person.identity.texts |= {key, sent[key]}
    person.forget_patterns()


def _collect(person: Person, mentions: Keys) -> Records:
    records = Records(entries=person.entries, mentions=mentions)
    emails, entry_ids = list(person.identity.email_keys), [entry.pk for entry in person.entries]
    records.rejected_orders = _rejected(person, emails, mentions)
    for contest_id in person.contest_ids:
        _collect_in(contest_id, person, records, [pk for pk in entry_ids if _is_in(contest_id, pk, person)])
    records.outgoing_events += _events_about(records.rejected_orders)
    if emails:
        invitations = Invitation.objects.filter(team=person.team, email_key__in=emails)
        records.invitations = list(invitations.order_by("pk"))
        records.login = former_login(person.team, emails)
    records.activity = list(_activity(person, records))
    return records


def _is_in(contest_id: str, entry_id: str, person: Person) -> bool:
    return any(entry.pk == entry_id and entry.contest_id == contest_id for entry in person.entries)


def _rejected(person: Person, emails: list[str], mentions: Keys) -> list[RejectedPurchase]:
    """Rejected orders with one of the addresses, or whose texts name the person, as their only person."""
    rows = RejectedPurchase.objects.filter(team=person.team)
    by_key = rows.filter(email_key__in=emails) if emails else rows.none()
    named = rows.filter(pk__in=mentions.get(RejectedPurchase, []))
    rows_by_id = {row.pk: row for row in by_key}
    rows_by_id |= {row.pk: row for row in named if not row.email or person.address.search(row.email)}
    return [rows_by_id[pk] for pk in sorted(rows_by_id)]


def _collect_in(contest_id: str, person: Person, records: Records, entry_ids: list[str]) -> None:
    """Add the rows of one contest."""
    mentions, emails = records.mentions, person.identity.email_keys
    purchases = Purchase.objects.filter(contest=contest_id)
    own = list(purchases.filter(entry__in=entry_ids).order_by("pk")) if entry_ids else []
    named = purchases.filter(pk__in=mentions.get(Purchase, [])).exclude(entry__in=entry_ids)
    own += [row for row in named if row.email_key in emails]  # moved to another's entry
    ids = [purchase.pk for purchase in own]
    rejected = [row for row in records.rejected_orders if row.contest_sent == contest_id]
    attached = RejectedPurchase.objects.filter(contest_sent=contest_id, team=person.team, purchase__in=ids)
    rejected_ids = {row.pk for row in rejected}
    records.rejected_orders += [row for row in attached if row.pk not in rejected_ids] if ids else []
    order_ids = sorted({*(row.order_id for row in own), *(row.order_id for row in rejected)})
    refunds = _of(Refund, contest_id, purchase__in=ids) if ids else []
    events = _of(OutgoingEvent, contest_id, object_id__in=[*ids, *(refund.pk for refund in refunds), *entry_ids])
    by_entry = _of(OutgoingEvent, contest_id, entry_id__in=entry_ids) if entry_ids else []
    records.purchases += own
    records.refunds += refunds
    records.ledger += _of(PointTransaction, contest_id, entry__in=entry_ids) if entry_ids else []
    records.differing_duplicates += _differing(contest_id, person, ids, mentions)
    records.outgoing_events += {event.pk: event for event in [*events, *by_entry]}.values()
    records.import_rows += _import_rows(contest_id, person, entry_ids, ids, mentions)
    if order_ids:
        records.pending_refunds += _of(PendingRefund, contest_id, order_id__in=order_ids)
        records.store_order_ids += _of(StoreOrderId, contest_id, order_id__in=order_ids)
        records.store_refunds += _of(StoreRefunds, contest_id, order_id__in=order_ids)
    records.deliveries += _deliveries(contest_id, person, order_ids, mentions)


def _of(model: Any, contest_id: str, **condition: Any) -> list[Any]:
    return list(model.objects.filter(contest=contest_id, **condition).order_by("pk"))


def _differing(contest_id: str, person: Person, ids: list[str], mentions: Keys) -> list[DifferingDuplicate]:
    """Those of the person's orders, and those that came with the person's address for another's order."""
    rows = _of(DifferingDuplicate, contest_id, purchase__in=ids) if ids else []
    named = _of(DifferingDuplicate, contest_id, pk__in=mentions.get(DifferingDuplicate, []))
    return list({row.pk: row for row in [*rows, *(row for row in named if person.has_email(row.email))]}.values())


def _deliveries(contest_id: str, person: Person, order_ids: list[str], mentions: Keys) -> list[StoreDelivery]:
    by_order = _of(StoreDelivery, contest_id, order_id__in=order_ids) if order_ids else []
    named = _of(StoreDelivery, contest_id, pk__in=mentions.get(StoreDelivery, []))
    return list({row.pk: row for row in [*by_order, *named]}.values())


def _import_rows(
    contest_id: str, person: Person, entry_ids: list[str], purchase_ids: list[str], mentions: Keys
) -> list[Any]:
    """Rows that became the person's entry or order, or that have their address or number."""
    entries = _of(EntryImportRow, contest_id, entry__in=entry_ids) if entry_ids else []
    orders = _of(PurchaseImportRow, contest_id, purchase__in=purchase_ids) if purchase_ids else []
    named: list[Any] = []
    for model in IMPORT_ROWS:
        rows = _of(model, contest_id, pk__in=mentions.get(model, []))
        named += [row for row in rows if _is_own(person, row.values)]
    return list({(type(row), row.pk): row for row in [*entries, *orders, *named]}.values())


def _is_own(person: Person, values: dict[str, Any]) -> bool:
    email, phone = str(values.get("email", "")), str(values.get("phone", ""))
    if email:
        return search_key(email) in person.identity.email_keys
    return person.address.search(phone) is not None


def _events_about(rejected: list[RejectedPurchase]) -> list[OutgoingEvent]:
    """Events that told of orders on hold."""
    own = [row for row in rejected if row.contest_id]
    contest_ids = sorted({row.contest_sent for row in own})
    return [
        event
        for contest_id in contest_ids
        for event in _of(
            OutgoingEvent, contest_id, object_id__in=[row.pk for row in own if row.contest_sent == contest_id]
        )
    ]


def _activity(person: Person, records: Records) -> Iterator[AuditEvent]:
    """The events about the person's rows, and those of their login in the team."""
    rows: list[Model] = [*records.entries, *records.purchases, *records.refunds, *records.pending_refunds]
    rows += [*records.rejected_orders, *records.deliveries, *records.invitations]
    by_type: dict[str, list[str]] = {}
    for row in rows:
        by_type.setdefault(str(row._meta.model_name), []).append(str(row.pk))
    for object_type, ids in by_type.items():
        yield from _activity_of(person, object_type=object_type, object_id__in=ids)


def _activity_of(person: Person, **condition: Any) -> "QuerySet[AuditEvent]":
    return AuditEvent.objects.filter(team_id=person.team.pk, **condition).order_by("pk")
