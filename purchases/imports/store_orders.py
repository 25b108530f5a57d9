"""Orders of a store's own file: what importing each would do, and doing it, exactly once with the store's deliveries.

They are scored by the rules that are current now, at the time of their payment, and recorded like the deliveries of
their connection: with its key, held without an entry, and with the store's other ids for refunds to come.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.jobs.models import Job
from contests.imports.steps import save_outcomes
from contests.models import Entry
from purchases.imports.store_files.order_file import FileOrder, read_saved
from purchases.models import Purchase, PurchaseImport, PurchaseImportRow, RejectedPurchase
from purchases.models.stores import StoreConnection
from purchases.services import (
    EntryMissing,
    NewPurchase,
    Recorded,
    dismiss_imported,
    record_batch,
    reopen_rejected_purchase,
    restore_purchase,
    void_imported,
)
from purchases.services.outbox import nobody_told
from purchases.services.purchase_update import locked_purchases
from purchases.services.record_statements import Call, OrderFacts, read_facts
from purchases.stores.events import RefundTotal, StoreOrder
from purchases.stores.flow import process_waiting
from purchases.stores.order_ids import known_by_payment, save_names, save_other_ids
from purchases.stores.refunds import refund

IMPORTED_AGAIN = "Imported again"
RESTORED = "Its import was undone; it is restored."
FILE = "file"  # the source of the refunded amounts

Action = AuditEvent.Action
Outcome = PurchaseImportRow.Outcome
Decision = tuple[PurchaseImportRow.Outcome, str]


@dataclass(frozen=True, slots=True)
class UndoneOrders:
    """Orders that are not counted at the moment, by order id.

    Those of an undone import can be imported again; what a person or the store decided since stands.
    """

    purchases: Mapping[str, Purchase]
    held: Mapping[str, RejectedPurchase]
    dismissed: set[str]  # on hold before, dismissed for another reason

    @classmethod
    def among(cls, contest_id: str, order_ids: Sequence[str]) -> "UndoneOrders":
        voided = Purchase.objects.filter(contest=contest_id, order_id__in=order_ids, status=Purchase.Status.VOIDED)
        dismissed = RejectedPurchase.objects.filter(
            contest_sent=contest_id,
            contest=contest_id,
            order_id__in=order_ids,
            code=RejectedPurchase.Code.ENTRY,
            state=RejectedPurchase.State.DISMISSED,
        )
        purchases, rejections = list(voided.select_related("contest")), list(dismissed)
        undone = _undone_last(contest_id, [row.pk for row in [*purchases, *rejections]])
        held = {row.order_id: row for row in rejections if row.pk in undone}
        return cls(
            {row.order_id: row for row in purchases if row.pk in undone},
            held,
            {row.order_id for row in rejections} - held.keys(),
        )

    def outcome_of(self, order_id: str, facts: OrderFacts) -> Decision:
        """The outcome of importing an order now, and a note about it."""
        if facts.recorded:
            return (Outcome.NEW, RESTORED) if order_id in self.purchases else (Outcome.KNOWN, "")
        if facts.first_receipt:
            return Outcome.KNOWN, "On hold already."
        if order_id in self.dismissed:
            return Outcome.KNOWN, "It was dismissed while it was on hold."
        note = RESTORED if order_id in self.held else ""
        return (Outcome.NEW if facts.entry else Outcome.TO_HOLD), note


def _undone_last(contest_id: str, ids: Sequence[str]) -> set[str]:
    """Those whose last change of state was the undo of their import."""
    states = (Action.VOIDED, Action.RESTORED, Action.DISMISSED, Action.REOPENED, Action.DETACHED, Action.UNIMPORTED)
    events = AuditEvent.objects.filter(
        contest_id=contest_id,
        object_type__in=["purchase", "rejectedpurchase"],
        object_id__in=ids,
        action__in=states,
    )
    last = dict(events.order_by("created_at", "id").values_list("object_id", "action"))
    return {pk for pk, action in last.items() if action == Action.UNIMPORTED}


def new_purchases(connection: StoreConnection, orders: Sequence[FileOrder]) -> list[NewPurchase]:
    """The orders by our ids: those of their payments, where a delivery recorded these by another id."""
    order_ids = known_by_payment(connection, [order.store_order for order in orders])
    return [order.as_purchase(order_ids.get(order.store_order, order.store_order.order_id)) for order in orders]


def call_for(connection: StoreConnection, now: datetime) -> Call:
    return Call(connection.contest_id, connection.contest.team_id, connection.api_key, now)


@dataclass(slots=True)
class Step:
    """Rows of one outcome that are imported in one transaction; those of the other outcome go to a later step."""

    connection: StoreConnection
    job: Job
    now: datetime
    rows: Sequence[PurchaseImportRow]
    orders: Sequence[FileOrder]
    purchases: Sequence[NewPurchase]
    undone: UndoneOrders

    def run(self) -> list[str]:
        """Import the rows, and return the store's ids of what is recorded or held now."""
        contest_id, outcome = self.connection.contest_id, self.rows[0].outcome
        # Race: an entry is removed, or gets another email. Locked, its orders are recorded here and not put on hold.
        owners = [purchase.entry_id for purchase in self.undone.purchases.values()]
        Entry.objects.locked_by_emails(
            contest_id, {purchase.email.key for purchase in self.purchases if purchase.email.key}, or_ids=owners
        )
        facts = read_facts(call_for(self.connection, self.now), self.purchases, {})
        chosen = []
        for place, row in enumerate(self.rows):  # again: since the check, orders and entries may have come
            row.outcome, row.note = self.undone.outcome_of(self.purchases[place].order_id, facts[place])
            if row.outcome == outcome:
                chosen.append(place)
        chosen = [place for place in chosen if self._has_its_payment(place)]
        restored = [place for place in chosen if self.rows[place].note == RESTORED]
        self._restore(restored)
        self._record([place for place in chosen if place not in set(restored)])
        done = [place for place in chosen if self.rows[place].outcome in PurchaseImport.made_outcomes]
        save_names(
            self.connection,
            [
                (self.purchases[place].order_id, self.orders[place].store_order)
                for place in done
                if not self.orders[place].store_order.payment_ids
            ],
        )
        for place in done:
            self._refund(place)
        save_outcomes(list(self.rows), "purchase_id")
        return [store_id for place in done for store_id in _ids_of(self.orders[place], self.purchases[place])]

    def _has_its_payment(self, place: int) -> bool:
        """Save the ids of its payment. Race: a delivery of it is being recorded by another id of ours."""
        row, store_order = self.rows[place], self.orders[place].store_order
        if not store_order.payment_ids:
            return True
        other_order = save_other_ids(self.connection, self.purchases[place].order_id, store_order)
        if other_order:
            row.outcome, row.note = Outcome.KNOWN, f"Its payment is that of the order {other_order}."
        return not other_order

    def _restore(self, places: Sequence[int]) -> None:
        """Restore orders whose import was undone."""
        audit = AuditContext(user=self.job.actor, reason=IMPORTED_AGAIN)
        for place in places:
            row, order_id = self.rows[place], self.purchases[place].order_id
            if order_id in self.undone.purchases:
                purchase = self.undone.purchases[order_id]
                restore_purchase(purchase, audit=audit.follow_up())
                row.outcome, row.purchase_id = Outcome.IMPORTED, purchase.pk
            elif row.outcome == Outcome.TO_HOLD:
                reopen_rejected_purchase(self.undone.held[order_id], audit=audit.follow_up())
                row.outcome = Outcome.HELD
            else:
                self._record([place])

    def _record(self, places: Sequence[int]) -> None:
        results = record_batch(
            self.connection.contest_id,
            [self.purchases[place] for place in places],
            api_key=self.connection.api_key,
            received_at=self.now,
        )
        for place, result in zip(places, results, strict=True):
            row = self.rows[place]
            if isinstance(result, EntryMissing):
                row.outcome = Outcome.HELD
            elif result.already_exists:
                row.outcome = Outcome.KNOWN
            else:
                row.outcome, row.purchase_id, row.note = Outcome.IMPORTED, result.purchase_id, note_of(result)

    def _refund(self, place: int) -> None:
        order, order_id = self.orders[place], self.purchases[place].order_id
        if order.refunded:
            total = RefundTotal(
                order=StoreOrder(order_id=order_id), source=FILE, amount=order.refunded, currency=order.currency
            )
            refund(total, self.connection, self.now, order_id)


def note_of(recorded: Recorded) -> str:
    """Why a new order earns nothing; empty where it earns points."""
    return "" if recorded.points_awarded else recorded.message


def import_step(purchase_import: PurchaseImport, rows: Sequence[PurchaseImportRow], job: Job) -> list[str]:
    """Import rows of one outcome in the current transaction; returns the store's ids of their orders."""
    connection, now = connection_of(purchase_import), timezone.now()
    orders = [read_saved(row.values, day_first=purchase_import.day_first, now=now) for row in rows]
    purchases = new_purchases(connection, orders)
    undone = UndoneOrders.among(connection.contest_id, [purchase.order_id for purchase in purchases])
    with nobody_told():
        return Step(connection, job, now, rows, orders, purchases, undone).run()


def apply_waiting(purchase_import: PurchaseImport, store_ids: Sequence[str]) -> None:
    """Apply deliveries that came before their orders, after these are committed."""
    if store_ids:
        process_waiting(connection_of(purchase_import), store_ids)


def ids_of_last_step(purchase_import: PurchaseImport, row_count: int) -> list[str]:
    """The store's ids of the orders imported last: a killed process has perhaps not applied what waits for them."""
    rows = purchase_import.rows.filter(contest=purchase_import.contest_id, outcome__in=PurchaseImport.made_outcomes)
    values = rows.order_by("-pk").values_list("values", flat=True)[:row_count]
    names = ("order_id", "payment_ids", "other_ids")
    return [part for each in values for name in names for part in each.get(name, "").split()]


def connection_of(purchase_import: PurchaseImport) -> StoreConnection:
    connection = purchase_import.find_connection()
    if connection is None:
        raise ValueError(f"{purchase_import.pk} is no store's own file.")
    return connection


def _ids_of(order: FileOrder, purchase: NewPurchase) -> list[str]:
    return [purchase.order_id, *order.store_order.ids]


def undo_step(purchase_import: PurchaseImport, rows: Sequence[PurchaseImportRow], job: Job) -> None:
    """Undo rows of one outcome: void or dismiss their orders, unless they were changed since, but for the store."""
    connection = connection_of(purchase_import)
    contest_id = connection.contest_id
    audit = AuditContext(user=job.actor, reason=job.params["reason"])
    order_ids = {row.pk: row.values["order_id"] for row in rows}
    orders = read_orders(connection, rows, purchase_import)
    purchases = {
        purchase.order_id: purchase
        for purchase in Purchase.objects.filter(contest=contest_id, order_id__in=list(orders.values()))
    }
    rejections = {
        rejected.order_id: rejected
        for rejected in RejectedPurchase.objects.filter(
            contest_sent=contest_id,
            contest=contest_id,
            order_id__in=list(orders.values()),
            code=RejectedPurchase.Code.ENTRY,
        )
    }
    with locked_purchases(contest_id, [purchase.pk for purchase in purchases.values()]):
        changes = _changes_since(connection, [row.pk for row in [*purchases.values(), *rejections.values()]])
        for row in rows:
            order_id = orders.get(row.pk, order_ids[row.pk])
            purchase, rejected = purchases.get(order_id), rejections.get(order_id)
            actions = [label for each in (purchase, rejected) if each for label in changes.get(each.pk, ())]
            row.outcome, row.note = Outcome.UNDONE, ""
            if actions or (purchase and (purchase.is_voided or purchase.api_key_id != connection.api_key_id)):
                row.outcome, row.note = Outcome.STAYED, ", ".join(dict.fromkeys(actions))
            elif purchase:
                void_imported(purchase, audit=audit.follow_up())
            elif rejected and rejected.is_open:
                dismiss_imported(rejected, audit=audit.follow_up())
            else:
                row.outcome = Outcome.STAYED
        save_outcomes(list(rows), "purchase_id")


def read_orders(
    connection: StoreConnection, rows: Sequence[PurchaseImportRow], purchase_import: PurchaseImport
) -> dict[int, str]:
    """Our ids of the rows' orders."""
    orders = [read_saved(row.values, day_first=purchase_import.day_first, now=timezone.now()) for row in rows]
    purchases = new_purchases(connection, orders)
    return {row.pk: purchase.order_id for row, purchase in zip(rows, purchases, strict=True)}


def _changes_since(connection: StoreConnection, ids: Sequence[str]) -> dict[str, list[str]]:
    """The labels of the actions on each order since its import, but those of its store: refunds, voids, moves."""
    events = AuditEvent.objects.filter(
        contest_id=connection.contest_id, object_type__in=["purchase", "rejectedpurchase"], object_id__in=ids
    )
    labels: dict[str, list[str]] = {}
    for event in events.order_by("created_at", "id"):
        if event.action in (Action.RESTORED, Action.REOPENED) and event.reason == IMPORTED_AGAIN:
            labels.pop(event.object_id, None)
        elif event.api_key_id != connection.api_key_id:
            labels.setdefault(event.object_id, []).append(str(event.get_action_display()))
    return labels
