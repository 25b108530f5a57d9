"""Checking a file of past orders: what importing each row would do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from blitzrocket.accounts.models import User
from blitzrocket.spreadsheets.csv_table import CsvTable, FileRow
from blitzrocket.spreadsheets.dates import day_comes_first
from blitzrocket.text import plural
from contests.imports.steps import ImportNotReady, check_upload, in_steps
from contests.models import Contest, Entry
from contests.models.imports import MAX_NOTE_LENGTH
from contests.money import show_amount
from contests.rule_text import points_text
from purchases.imports.csv_columns import VOCABULARY, InvalidOrder, PastOrder, ReversedOrder
from purchases.models import Purchase, PurchaseImport, PurchaseImportRow
from purchases.services.reconcile import count_pending_refunds

Outcome = PurchaseImportRow.Outcome


def create_purchase_import(
    contest: Contest, file_name: str, data: bytes, *, adds_points: bool, by: User | None
) -> PurchaseImport:
    """Save a file with past orders and check it; a long one in the background.

    ``adds_points``: the balances of the entries do not include the points yet.

    Raises:
        UnreadableFile: it can't be read; nothing is saved.
    """
    table = CsvTable.parse(data, VOCABULARY)
    purchase_import = PurchaseImport(
        contest=contest,
        file_name=file_name[-200:],
        content=data,
        encoding=table.encoding,
        unread_columns=table.ignored_headings,
        row_count=table.count(),
        actor=by,
        adds_points=adds_points,
    )
    check_upload(purchase_import, check_rows)
    return purchase_import


def set_adds_points(purchase_import: PurchaseImport, *, adds_points: bool) -> None:
    """Choose whether the points are added to the balances, before the import is started.

    Raises:
        ImportNotReady: it was started meanwhile.
    """
    # Race: the import is started now, which locks the row. One statement waits for it, and then sees its new state.
    ready = PurchaseImport.objects.filter(
        contest=purchase_import.contest_id, pk=purchase_import.pk, connection=None, state=PurchaseImport.State.READY
    )
    if not ready.update(adds_points=adds_points):
        raise ImportNotReady


def count_low_balances(purchase_import: PurchaseImport) -> int:
    """How many balances are lower than the points of the orders to be imported for them.

    Such a balance can't include these points, unless the other service removed more than that.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOW_BALANCES, [purchase_import.contest_id, purchase_import.pk])
        return int(cursor.fetchone()[0])


_LOW_BALANCES = """
    SELECT count(*) FROM (
        SELECT contest_id, email_key, sum(points) AS points FROM purchases_purchaseimportrow
        WHERE contest_id = %s AND purchase_import_id = %s AND outcome = 'new' GROUP BY 1, 2
    ) sums JOIN contests_entry entry ON entry.contest_id = sums.contest_id AND entry.email_key = sums.email_key
    WHERE entry.points < sums.points
"""


def check_rows(purchase_import: PurchaseImport) -> Iterator[list[PurchaseImportRow]]:
    """The rows of a file, in steps, each with its outcome."""
    table = CsvTable.parse(bytes(purchase_import.content), VOCABULARY)
    purchase_import.day_first = day_comes_first(row.values.get("purchased_at", "") for row in table.rows())
    checker = Checker(purchase_import)
    for rows in in_steps(table.rows()):
        yield checker.check(rows)
    purchase_import.rows_without_zone = checker.rows_without_zone
    purchase_import.save(update_fields=["day_first", "rows_without_zone"])


@dataclass(frozen=True, slots=True)
class Existing:
    """The purchases, entries and pending refunds that a contest has for some past orders."""

    purchases: dict[str, Purchase]  # by order id
    email_keys: set[str]  # of entries
    refunds: dict[str, int]  # how many are pending, by order id

    @classmethod
    def among(cls, contest_id: str, orders: Sequence[PastOrder]) -> "Existing":
        ids, keys = [order.order_id for order in orders], {order.email.key for order in orders}
        entries = Entry.objects.filter(contest=contest_id, email_key__in=keys)
        return cls(
            {purchase.order_id: purchase for purchase in Purchase.objects.filter(contest=contest_id, order_id__in=ids)},
            set(entries.values_list("email_key", flat=True)),
            count_pending_refunds(contest_id, ids),
        )

    def outcome_of(self, order: PastOrder) -> tuple[PurchaseImportRow.Outcome, str]:
        """The outcome of importing an order, and a note about it."""
        purchase, refunds = self.purchases.get(order.order_id), self.refunds.get(order.order_id, 0)
        if purchase is not None and purchase.import_undone_at is None:
            return Outcome.KNOWN, _differences_note(order, purchase)
        if order.email.key not in self.email_keys:
            return Outcome.NO_ENTRY, "Not imported. Import its entry first, then this file again."
        if purchase is not None:
            problem = _why_not_restored(order, purchase)
            return (Outcome.ERROR, problem) if problem else (Outcome.NEW, "Its import was undone; it is restored.")
        message = plural(refunds, "%(n)d pending refund is applied.", "%(n)d pending refunds are applied.")
        return Outcome.NEW, message % {"n": refunds} if refunds else ""


@dataclass(slots=True)
class Checker:
    """Checks the rows of a file in turn; ``lines`` has the line of each order id so far."""

    purchase_import: PurchaseImport
    lines: dict[str, int] = field(default_factory=dict)
    rows_without_zone: int = 0

    def check(self, rows: Sequence[FileRow]) -> list[PurchaseImportRow]:
        """The next rows with their outcomes, to be saved."""
        parsed = [(row, *self._read(row)) for row in rows]
        existing = Existing.among(self.purchase_import.contest_id, [order for _row, order, *_rest in parsed if order])
        return [self._checked(*parts, existing) for parts in parsed]

    def _read(self, row: FileRow) -> tuple[PastOrder | None, PurchaseImportRow.Outcome, str]:
        """The order; where the row is no valid order, None with the outcome and the reason."""
        if row.has_more_cells:
            return None, Outcome.ERROR, "The row has more cells than the header."
        try:
            return (
                PastOrder.parse(row.values, day_first=self.purchase_import.day_first, now=timezone.now()),
                Outcome.NEW,
                "",
            )
        except ReversedOrder as error:
            return None, Outcome.REVERSED, str(error)
        except InvalidOrder as error:
            return None, Outcome.ERROR, str(error)

    def _checked(
        self,
        row: FileRow,
        order: PastOrder | None,
        outcome: PurchaseImportRow.Outcome,
        note: str,
        existing: Existing,
    ) -> PurchaseImportRow:
        order_id = row.values.get("order_id", "")
        line = self.lines.get(order_id)
        if line is not None:  # even if the rest is invalid: some exports have a row for each item of an order
            outcome, note = Outcome.DUPLICATE, f"Same as line {line}, which is used."
        elif order is not None:
            outcome, note = existing.outcome_of(order)
            self.lines[order_id] = row.line
            self.rows_without_zone += not order.names_zone
        elif outcome == Outcome.REVERSED:
            self.lines[order_id] = row.line
        return PurchaseImportRow(
            contest_id=self.purchase_import.contest_id,
            purchase_import=self.purchase_import,
            line=row.line,
            values=row.values,
            outcome=outcome,
            note=note[:MAX_NOTE_LENGTH],
            email_key=order.email.key if order else "",
            points=order.points if order else 0,
        )


def _differences_note(order: PastOrder, purchase: Purchase) -> str:
    """How the row differs from the recorded order, as a sentence; empty where it does not."""
    pairs = []
    if purchase.email_key != order.email.key:
        pairs.append((purchase.email, order.email.address))
    if not _same_money(order, purchase):
        pairs.append((show_amount(purchase.money, purchase.currency), show_amount(order.amount, order.currency)))
    if purchase.is_imported and purchase.points_awarded != order.points:
        pairs.append((points_text(Decimal(purchase.points_awarded)), points_text(Decimal(order.points))))
    message = "%(recorded)s (here %(received)s)"
    differing = ", ".join(message % {"recorded": recorded, "received": received} for recorded, received in pairs)
    return f"Recorded with {differing}." if differing else ""


def _same_money(order: PastOrder, purchase: Purchase) -> bool:
    return (purchase.money, purchase.currency) == (order.amount, order.currency)


def _why_not_restored(order: PastOrder, purchase: Purchase) -> str:
    """Why this row can't restore an order whose import was undone; empty where it can."""
    if purchase.refunded_amount and not _same_money(order, purchase):
        amount = show_amount(purchase.money, purchase.currency)
        return f"It was refunded since its import was undone, as {amount}: write that amount."
    return ""
