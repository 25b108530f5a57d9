"""Importing past orders: each is recorded with the points that it had in the other service."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from blitzrocket.jobs.models import Job
from blitzrocket.jobs.registry import handler
from blitzrocket.strict_json import write
from contests import ledger
from contests.imports.steps import check_in_background, save_outcomes, work_through
from contests.ledger import NewLine
from contests.models import Entry, PointTransaction
from contests.scoring import imported_points_that_stay
from contests.stored_scoring import stored_import
from purchases.imports.csv_columns import PastOrder
from purchases.imports.rows import Existing, check_rows
from purchases.imports.store_orders import apply_waiting, ids_of_last_step, import_step
from purchases.imports.store_rows import check_store_rows
from purchases.models import Purchase, PurchaseImport, PurchaseImportRow, order_key
from purchases.services.locking import lock_orders
from purchases.services.opening_balance import INCLUDED
from purchases.services.reconcile import count_pending_refunds
from purchases.services.record_statements import close_rejections
from purchases.services.refund import apply_pending_refunds

ORDERS_AT_ONCE = 250  # their entries are locked meanwhile: record calls for them wait
STORE_ORDERS_AT_ONCE = 50  # fewer, because each may have a refund
IMPORTED = "Imported from another service"
IMPORTED_AGAIN = "Imported again"

Kind = PointTransaction.Kind
Outcome, State = PurchaseImportRow.Outcome, PurchaseImport.State


@handler(PurchaseImport.check_kind, "Past order check", is_exclusive=False)
def check_purchases(job: Job) -> None:
    """Check a file."""
    purchase_import = import_of(job)
    check_in_background(job, purchase_import, check_store_rows if purchase_import.connection_id else check_rows)


@handler(PurchaseImport.import_kind, "Past order import")
def import_purchases(job: Job) -> None:
    """Import the orders of a file."""
    purchase_import = import_of(job)
    if purchase_import.connection_id:
        _import_from_store(purchase_import, job)
        return

    def step(rows: list[PurchaseImportRow]) -> None:
        _import(purchase_import, rows, job)

    for _step in work_through(
        job, purchase_import, [Outcome.NEW], step, rows_at_once=ORDERS_AT_ONCE, ends_as=State.IMPORTED
    ):
        pass


def _import_from_store(purchase_import: PurchaseImport, job: Job) -> None:
    def step(rows: list[PurchaseImportRow]) -> list[str]:
        return import_step(purchase_import, rows, job)

    if job.done:
        apply_waiting(purchase_import, ids_of_last_step(purchase_import, STORE_ORDERS_AT_ONCE))
    for store_ids in work_through(
        job,
        purchase_import,
        purchase_import.new_outcomes,
        step,
        rows_at_once=STORE_ORDERS_AT_ONCE,
        ends_as=State.IMPORTED,
        in_order="pk",
    ):
        apply_waiting(purchase_import, store_ids)


def import_of(job: Job) -> PurchaseImport:
    """The import that a job is for."""
    return PurchaseImport.objects.select_related("contest").get(pk=job.params["import"], contest=job.contest_id)


@dataclass(slots=True)
class Chunk:
    """Past orders that are imported in one transaction, with their entries locked."""

    purchase_import: PurchaseImport
    now: datetime
    orders: dict[int, PastOrder]  # by row
    entries: dict[str, Entry]  # by email key
    owners: dict[str, Entry]  # by id, also the current entries of orders that are restored
    purchases: dict[str, Purchase]  # recorded ones, by order id
    lines: list[tuple[PointTransaction.Kind, NewLine]] = field(default_factory=list)

    def included(self, entry: Entry, purchase_id: str, points: int) -> Iterator[tuple[PointTransaction.Kind, NewLine]]:
        """The line that takes the points off, unless they are added: the entry's balance includes them already."""
        if points and not self.purchase_import.adds_points:
            line_id = self.purchase_import.opening_line_id(purchase_id)
            yield Kind.ADJUSTED, NewLine(entry, -points, None, self.now, adjustment_id=line_id, reason=INCLUDED)


def _import(purchase_import: PurchaseImport, rows: list[PurchaseImportRow], job: Job) -> None:
    now = timezone.now()
    orders = {row.pk: PastOrder.parse(row.values, day_first=purchase_import.day_first, now=now) for row in rows}
    chunk = _locked(purchase_import, orders, now)
    refunds = count_pending_refunds(purchase_import.contest_id, [order.order_id for order in orders.values()])
    existing = Existing(chunk.purchases, set(chunk.entries), refunds)
    for row in rows:  # again: since the check, orders may have been recorded and entries removed
        row.outcome, row.note = existing.outcome_of(orders[row.pk])
    new = [row for row in rows if row.outcome == Outcome.NEW]
    _record(chunk, [row for row in new if orders[row.pk].order_id not in chunk.purchases])
    _restore(chunk, [row for row in new if orders[row.pk].order_id in chunk.purchases])
    ledger.post_mixed(chunk.lines, actor=job.actor, is_announced=False)
    imported = [row for row in rows if row.outcome == Outcome.IMPORTED]
    close_rejections(purchase_import.contest_id, [orders[row.pk].order_id for row in imported])
    save_outcomes(rows, "purchase_id")
    refunded = [row.purchase_id for row in imported if orders[row.pk].order_id in refunds]
    for purchase in Purchase.objects.filter(contest=purchase_import.contest_id, pk__in=refunded).order_by("pk"):
        apply_pending_refunds(purchase)


def _locked(purchase_import: PurchaseImport, orders: dict[int, PastOrder], now: datetime) -> Chunk:
    """Lock the orders' entries, then the orders, in the order of all callers; and read recorded purchases."""
    contest = purchase_import.contest_id
    ids = [order.order_id for order in orders.values()]
    keys = {order.email.key for order in orders.values()}
    undone = Purchase.objects.filter(contest=contest, order_id__in=ids, import_undone_at__isnull=False)
    owners = list(undone.values_list("entry_id", flat=True))
    entries = Entry.objects.locked_by_emails(contest, keys, or_ids=owners)
    # Races: the shop sends one of these orders, or a refund for it. As for a batch; see `record_batch`.
    lock_orders(contest, ids, shared=True)
    recorded = {purchase.order_id: purchase for purchase in Purchase.objects.filter(contest=contest, order_id__in=ids)}
    return Chunk(
        purchase_import,
        now,
        orders,
        {entry.email_key: entry for entry in entries if entry.email_key in keys},
        {entry.pk: entry for entry in entries},
        recorded,
    )


def _record(chunk: Chunk, rows: Sequence[PurchaseImportRow]) -> None:
    """Insert the new purchases, and add their ledger lines to the chunk."""
    new = {row.pk: _new_purchase(chunk, chunk.orders[row.pk]) for row in rows}
    # Race: the order is being recorded for another entry. The insert waits for it, and then skips the row. Rows are in
    # the order of the order ids, as in a batch, so that the two do not wait for each other.
    in_order = sorted(new.values(), key=lambda purchase: purchase.order_id)
    Purchase.objects.bulk_create(in_order, ignore_conflicts=True)
    ids = [purchase.pk for purchase in in_order]
    inserted = set(
        Purchase.objects.filter(contest=chunk.purchase_import.contest_id, pk__in=ids).values_list("pk", flat=True)
    )
    for row in rows:
        purchase = new[row.pk]
        if purchase.pk not in inserted:
            row.outcome, row.note = Outcome.KNOWN, ""
            continue
        row.outcome, row.purchase_id = Outcome.IMPORTED, purchase.pk
        entry, points = chunk.owners[purchase.entry_id], purchase.points_awarded
        if points:
            earned = NewLine(entry, points, purchase.pk, purchase.purchased_at, reason=IMPORTED)
            chunk.lines.append((Kind.EARNED, earned))
        chunk.lines += chunk.included(entry, purchase.pk, points)


def _new_purchase(chunk: Chunk, order: PastOrder) -> Purchase:
    return Purchase(
        contest_id=chunk.purchase_import.contest_id,
        entry=chunk.entries[order.email.key],
        order_id=order.order_id,
        order_key=order_key(order.order_id),
        points_now=order.points,
        created_at=chunk.now,
        **_columns_of(chunk.purchase_import, order),
    )


def _columns_of(purchase_import: PurchaseImport, order: PastOrder) -> dict[str, Any]:
    """The columns that a row of the file decides."""
    return {
        "email": order.email.address,
        "email_key": order.email.key,
        "amount": order.amount,
        "currency": order.currency,
        "purchased_at": order.purchased_at,
        "points_awarded": order.points,
        "scoring": stored_import(is_added=purchase_import.adds_points),
        "source_import": purchase_import,
    }


def _restore(chunk: Chunk, rows: Sequence[PurchaseImportRow]) -> None:
    """Restore orders that an undone import voided, with the values that the file has now."""
    purchases = {row.pk: chunk.purchases[chunk.orders[row.pk].order_id] for row in rows}
    voids = _voids_not_undone(chunk.purchase_import.contest_id, [purchase.pk for purchase in purchases.values()])
    for row in rows:
        purchase = purchases[row.pk]
        chunk.lines += _restoring_lines(chunk, chunk.orders[row.pk], purchase, voids.get(purchase.pk))
        row.outcome, row.purchase_id = Outcome.IMPORTED, purchase.pk
    _write_restored(sorted(purchases.values(), key=lambda purchase: purchase.pk))


def _restoring_lines(
    chunk: Chunk, order: PastOrder, purchase: Purchase, void: PointTransaction | None
) -> Iterator[tuple[PointTransaction.Kind, NewLine]]:
    """Give the purchase the values of the file, and yield the ledger lines for the change of points."""
    owner, entry = chunk.owners[purchase.entry_id], chunk.entries[order.email.key]

    def line(to: Entry, points: int, undoes_id: str | None = None) -> NewLine:
        return NewLine(to, points, purchase.pk, chunk.now, undoes_id, reason=IMPORTED_AGAIN)

    points_before = -void.points if void else 0
    if void:
        yield Kind.VOIDED, line(owner, points_before, void.pk)
    if points_before and owner.pk != entry.pk:
        yield Kind.MOVED_OUT, line(owner, -points_before)
        yield Kind.MOVED_IN, line(entry, points_before)
    if order.points != points_before:
        yield Kind.RECALCULATED, line(entry, order.points - points_before)
    for name, value in _columns_of(chunk.purchase_import, order).items():
        setattr(purchase, name, value)
    amount_left = purchase.amount - purchase.refunded_amount
    purchase.points_now = imported_points_that_stay(order.points, order.points, purchase.amount, amount_left)
    if purchase.points_now != order.points:  # refunded while it was voided
        yield Kind.REFUNDED, line(entry, purchase.points_now - order.points)
    yield from chunk.included(entry, purchase.pk, order.points)
    purchase.entry, purchase.status = entry, purchase.status_for(purchase.refunded_amount)


def _voids_not_undone(contest_id: str, purchase_ids: Sequence[str]) -> dict[str, PointTransaction]:
    """The ledger lines that voided these purchases, by purchase id; one without points has none."""
    lines = PointTransaction.objects.not_undone(contest_id, purchase_ids, Kind.VOIDED)
    return {line.purchase_id or "": line for line in lines}


_WRITE_RESTORED = """
    UPDATE purchases_purchase purchase SET
        entry_id = new.entry_id, email = new.email, email_key = new.email_key, amount = new.amount,
        currency = new.currency, purchased_at = new.purchased_at, status = new.status,
        points_awarded = new.points_awarded, points_now = new.points_now, points_at_void = NULL,
        scoring = new.scoring, source_import_id = new.source_import_id, import_undone_at = NULL
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::numeric[], %s::text[],
        %s::timestamptz[], %s::text[], %s::bigint[], %s::bigint[], %s::jsonb[], %s::text[])
        AS new (id, entry_id, email, email_key, amount, currency, purchased_at, status, points_awarded,
            points_now, scoring, source_import_id)
    WHERE purchase.contest_id = %s AND purchase.id = new.id
"""


def _write_restored(purchases: Sequence[Purchase]) -> None:
    if not purchases:
        return
    ids = [purchase.pk for purchase in purchases]
    # Race: a duplicate is counted on such a row now, without a lock on its entry. Both lock rows in the order of ids.
    list(
        Purchase.objects.filter(contest=purchases[0].contest_id, pk__in=ids)
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    rows = [
        (each.pk, each.entry_id, each.email, each.email_key, each.amount, each.currency, each.purchased_at,
         each.status, each.points_awarded, each.points_now, write(each.scoring).decode(), each.source_import_id)
        for each in purchases
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_RESTORED, [*map(list, zip(*rows, strict=True)), purchases[0].contest_id])
