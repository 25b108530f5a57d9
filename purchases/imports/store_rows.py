"""Checking a store's own file of orders: what importing each would do, and the points it would earn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from blitzrocket.accounts.models import User
from blitzrocket.spreadsheets.csv_table import FileRow
from blitzrocket.spreadsheets.dates import day_comes_first
from contests.imports.steps import check_upload, in_steps
from contests.models import Contest
from contests.models.imports import MAX_NOTE_LENGTH
from contests.money import show_amount
from contests.scoring import points_that_stay
from purchases.imports.csv_columns import InvalidOrder
from purchases.imports.store_files import ORDER_FILES
from purchases.imports.store_files.order_file import FileOrder, SkippedOrder, read_saved
from purchases.imports.store_orders import UndoneOrders, call_for, connection_of, new_purchases, note_of
from purchases.models import Purchase, PurchaseImport, PurchaseImportRow
from purchases.models.stores import StoreConnection
from purchases.services import NewPurchase, changes_by_restoring
from purchases.services.order_scoring import EntryTotals, score_order
from purchases.services.record_statements import OrderFacts, read_facts
from purchases.stores.provider import Options
from purchases.stores.providers import PROVIDERS

Outcome = PurchaseImportRow.Outcome
NO_TIME = datetime.min.replace(tzinfo=UTC)


def create_store_import(
    connection: StoreConnection, file_name: str, data: bytes, *, since: datetime | None, by: User | None
) -> PurchaseImport:
    """Save a store's own file of orders and check it; a long one in the background.

    Orders before ``since`` are skipped, as those before the contest's start and after its end are.

    Raises:
        UnreadableFile: it can't be read; nothing is saved.
    """
    file = ORDER_FILES[connection.kind]
    table = file.parse(data)
    purchase_import = PurchaseImport(
        contest=connection.contest,
        connection=connection,
        since=since,
        file_name=file_name[-200:],
        content=data,
        encoding=table.encoding,
        row_count=sum(1 for _ in file.rows(table)),
        actor=by,
        adds_points=True,
    )
    check_upload(purchase_import, check_store_rows)
    return purchase_import


@dataclass(slots=True)
class ReadRow:
    """A row with its order; where there is none, with the outcome and the reason."""

    row: FileRow
    values: dict[str, str]
    outcome: PurchaseImportRow.Outcome = Outcome.NEW
    note: str = ""
    order: FileOrder | None = None
    points: int = 0

    def time(self) -> datetime:
        return self.order.purchased_at if self.order else NO_TIME


def check_store_rows(purchase_import: PurchaseImport) -> Iterator[list[PurchaseImportRow]]:
    """The rows of a file, in steps, each with its outcome.

    The oldest order comes first, also in the import: “first purchase” and caps depend on it.
    """
    connection = connection_of(purchase_import)
    file = ORDER_FILES[connection.kind]
    options = Options(PROVIDERS[connection.kind].options, connection.options)
    rows = [_read(row, connection.kind, options) for row in file.rows(file.parse(bytes(purchase_import.content)))]
    purchase_import.day_first = day_comes_first(row.values.get("purchased_at", "") for row in rows)
    checker = StoreChecker(purchase_import, connection, timezone.now())
    for row in rows:
        checker.find_order(row)
    rows.sort(key=ReadRow.time)
    for step in in_steps(rows):
        yield checker.check(step)
    purchase_import.rows_without_zone = checker.rows_without_zone
    purchase_import.save(update_fields=["day_first", "rows_without_zone"])


def _read(row: FileRow, kind: str, options: Options) -> ReadRow:
    file = ORDER_FILES[kind]
    facts = {name: text for name, text in file.facts(row.values, options).items() if text}
    if row.has_more_cells:
        return ReadRow(row, facts, Outcome.ERROR, "The row has more cells than the header.")
    try:
        return ReadRow(row, {name: text for name, text in file.read(row.values, options).items() if text})
    except SkippedOrder as skipped:
        return ReadRow(row, facts, Outcome.SKIPPED, str(skipped))
    except InvalidOrder as error:
        return ReadRow(row, facts, Outcome.ERROR, str(error))


@dataclass(slots=True)
class StoreChecker:
    """Checks a file's rows in turn; ``lines`` has the line of each order so far, ``totals`` each entry's points."""

    purchase_import: PurchaseImport
    connection: StoreConnection
    now: datetime
    lines: dict[str, int] = field(default_factory=dict)
    totals: dict[str, EntryTotals] = field(default_factory=dict)
    rows_without_zone: int = 0
    refunded: dict[str, Decimal] = field(default_factory=dict)  # of the current step, by purchase

    def find_order(self, row: ReadRow) -> None:
        """Read the row's order, unless it is skipped."""
        if row.outcome != Outcome.NEW:
            return
        try:
            order = read_saved(row.values, day_first=self.purchase_import.day_first, now=self.now)
        except InvalidOrder as error:
            row.outcome, row.note = Outcome.ERROR, str(error)
            return
        reason = _why_out_of_time(order, self.connection.contest, self.purchase_import.since)
        if reason:
            row.outcome, row.note = Outcome.SKIPPED, reason
        else:
            row.order = order
            self.rows_without_zone += not order.names_zone

    def check(self, rows: Sequence[ReadRow]) -> list[PurchaseImportRow]:
        """The next rows with their outcomes, to be saved."""
        with_order = [row for row in rows if row.order]
        purchases = new_purchases(self.connection, [row.order for row in with_order if row.order])
        if purchases:
            undone = UndoneOrders.among(self.connection.contest_id, [purchase.order_id for purchase in purchases])
            facts = read_facts(call_for(self.connection, self.now), purchases, self.totals)
            self._note_refunds([each.recorded.purchase_id for each in facts if each.recorded])
            for row, purchase, order_facts in zip(with_order, purchases, facts, strict=True):
                self._decide(row, purchase, order_facts, undone)
        return [self._saved(row) for row in rows]

    def _decide(self, row: ReadRow, purchase: NewPurchase, facts: OrderFacts, undone: UndoneOrders) -> None:
        line = self.lines.setdefault(purchase.order_id, row.row.line)
        if line != row.row.line:
            row.outcome, row.note = Outcome.DUPLICATE, f"Same as line {line}, which is used."
            return
        row.outcome, row.note = undone.outcome_of(purchase.order_id, facts)
        if row.outcome == Outcome.KNOWN and facts.recorded and row.order:
            row.note = self._refund_difference(row.order, facts.recorded.purchase_id)
        elif row.outcome == Outcome.NEW and purchase.order_id in undone.purchases:
            row.points = max(0, sum(changes_by_restoring(undone.purchases[purchase.order_id]).values()))
        elif row.outcome == Outcome.NEW and facts.entry and row.order:
            scored = score_order(purchase, facts.entry, facts.conditions, {})
            amount_left = row.order.amount - row.order.refunded
            row.points = points_that_stay(scored.award.points, facts.conditions.rules.terms, scored.facts, amount_left)
            row.note = row.note or note_of(scored.recorded(""))
            if facts.has_pending_refunds:
                row.note = "Its pending refunds are applied."

    def _note_refunds(self, purchase_ids: Sequence[str]) -> None:
        rows = Purchase.objects.filter(contest=self.connection.contest_id, pk__in=purchase_ids)
        counting = rows.exclude(status=Purchase.Status.VOIDED)
        self.refunded = dict(counting.values_list("pk", "refunded_amount"))

    def _refund_difference(self, order: FileOrder, purchase_id: str) -> str:
        """A sentence where less of a recorded order is refunded here than in the store; else empty."""
        refunded = self.refunded.get(purchase_id)
        if refunded is None or refunded >= order.refunded:
            return ""
        recorded_text, file_text = (show_amount(amount, order.currency) for amount in (refunded, order.refunded))
        return f"Recorded with a refunded amount of {recorded_text} (in the file {file_text})."

    def _saved(self, row: ReadRow) -> PurchaseImportRow:
        values: dict[str, Any] = row.values
        return PurchaseImportRow(
            contest_id=self.purchase_import.contest_id,
            purchase_import=self.purchase_import,
            line=row.row.line,
            values=values,
            outcome=row.outcome,
            note=row.note[:MAX_NOTE_LENGTH],
            email_key=row.order.email.key if row.order else "",
            points=row.points,
        )


def _why_out_of_time(order: FileOrder, contest: Contest, since: datetime | None) -> str:
    """Why an order is too old or too new to be brought in; empty where it is not."""
    if contest.starts_at and order.purchased_at < contest.starts_at:
        return "Paid before the contest's start"
    if contest.ends_at and order.purchased_at >= contest.ends_at:
        return "Paid after the contest's end"
    return "Paid before the chosen days" if since and order.purchased_at < since else ""
