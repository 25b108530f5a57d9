"""Past orders as the rows of a file name them, and what importing each would do."""

from collections import Counter
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
from contests.rule_text import points_text
from purchases.imports.csv_columns import VOCABULARY, InvalidOrder, PastOrder, ReversedOrder
from purchases.models import PendingRefund, Purchase, PurchaseImport, PurchaseImportRow

Outcome = PurchaseImportRow.Outcome


def keep_past_orders(
    contest: Contest, file_name: str, data: bytes, *, adds_points: bool, by: User | None
) -> PurchaseImport:
    """Keep a file with past orders and check it; a long one in the background.

    ``adds_points``: the balances of the entries do not include the points yet.

    Raises:
        UnreadableFile: it cannot be read; nothing is kept.
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
    """Choose whether the points are added to the balances, as long as nothing is imported.

    Raises:
        ImportNotReady: it was started meanwhile.
    """
    # One statement: whoever starts the import locks the row, and this waits for them.
    ready = PurchaseImport.objects.filter(
        contest=purchase_import.contest_id, pk=purchase_import.pk, state=PurchaseImport.State.READY
    )
    if not ready.update(adds_points=adds_points):
        raise ImportNotReady


def count_low_balances(purchase_import: PurchaseImport) -> int:
    """How many balances are lower than the points of the orders that are to be imported for them.

    They cannot include these points, unless more was taken from them elsewhere.
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
    """The rows of a file, each with what importing it would do."""
    table = CsvTable.parse(bytes(purchase_import.content), VOCABULARY)
    purchase_import.day_first = day_comes_first(row.values.get("purchased_at", "") for row in table.rows())
    checker = Checker(purchase_import)
    for rows in in_steps(table.rows()):
        yield checker.check(rows)
    purchase_import.rows_without_zone = checker.rows_without_zone
    purchase_import.save(update_fields=["day_first", "rows_without_zone"])


@dataclass(frozen=True, slots=True)
class Existing:
    """What a contest has already of some past orders."""

    purchases: dict[str, Purchase]  # by order id
    email_keys: set[str]  # of entries
    refunds: dict[str, int]  # that wait, by order id

    @classmethod
    def among(cls, contest_id: str, orders: Sequence[PastOrder]) -> "Existing":
        ids, keys = [order.order_id for order in orders], {order.email.key for order in orders}
        entries = Entry.objects.filter(contest=contest_id, email_key__in=keys)
        return cls(
            {known.order_id: known for known in Purchase.objects.filter(contest=contest_id, order_id__in=ids)},
            set(entries.values_list("email_key", flat=True)),
            refunds_waiting(contest_id, ids),
        )

    def outcome_of(self, order: PastOrder) -> tuple[PurchaseImportRow.Outcome, str]:
        """What importing an order does, and a note that says why."""
        known, refunds = self.purchases.get(order.order_id), self.refunds.get(order.order_id, 0)
        if known is not None and known.history_undone_at is None:
            return Outcome.KNOWN, _differences(order, known)
        if order.email.key not in self.email_keys:
            return Outcome.NO_ENTRY, "Not imported. Import its entry first, then this file again."
        if known is not None:
            problem = _why_not_restored(order, known)
            return (Outcome.ERROR, problem) if problem else (Outcome.NEW, "Its import was undone; it is restored.")
        message = plural(refunds, "%(n)d pending refund is applied.", "%(n)d pending refunds are applied.")
        return Outcome.NEW, message % {"n": refunds} if refunds else ""


def refunds_waiting(contest_id: str, order_ids: Sequence[str]) -> dict[str, int]:
    """How many refunds wait for each of these orders."""
    waiting = PendingRefund.objects.filter(
        contest=contest_id, order_id__in=order_ids, state=PendingRefund.State.WAITING
    )
    return dict(Counter(waiting.values_list("order_id", flat=True)))


@dataclass(slots=True)
class Checker:
    """Says what each row of a file would do, and remembers the orders of the rows before it."""

    purchase_import: PurchaseImport
    lines: dict[str, int] = field(default_factory=dict)
    rows_without_zone: int = 0

    def check(self, rows: Sequence[FileRow]) -> list[PurchaseImportRow]:
        """Rows to save."""
        read = [(row, *self._read(row)) for row in rows]
        existing = Existing.among(self.purchase_import.contest_id, [order for _row, order, *_others in read if order])
        return [self._checked(*one, existing) for one in read]

    def _read(self, row: FileRow) -> tuple[PastOrder | None, PurchaseImportRow.Outcome, str]:
        """The order; or where there is none, the row's outcome and why."""
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
        if line is not None:  # also where the rest cannot be read: exports have a row for each item of an order
            outcome, note = Outcome.TWICE, f"Same as line {line}, which is used."
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


def _differences(order: PastOrder, known: Purchase) -> str:
    """What the file has otherwise than it is recorded."""
    pairs = []
    if known.email_key != order.email.key:
        pairs.append((known.email, order.email.address))
    if not _same_money(order, known):
        pairs.append((f"{known.money} {known.currency}", f"{order.amount} {order.currency}"))
    if known.is_history and known.points_awarded != order.points:
        pairs.append((points_text(Decimal(known.points_awarded)), points_text(Decimal(order.points))))
    message = "%(recorded)s (here %(received)s)"
    differing = ", ".join(message % {"recorded": recorded, "received": received} for recorded, received in pairs)
    return f"Recorded with {differing}." if differing else ""


def _same_money(order: PastOrder, known: Purchase) -> bool:
    return (known.money, known.currency) == (order.amount, order.currency)


def _why_not_restored(order: PastOrder, known: Purchase) -> str:
    """Why an order whose import was undone cannot come back as this row has it; empty where it can."""
    if known.refunded_amount and not _same_money(order, known):
        return f"It was refunded since its import was undone, as {known.money} {known.currency}: write that amount."
    return ""
