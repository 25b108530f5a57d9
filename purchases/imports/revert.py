"""Undoing an import of past orders: orders not changed since are voided, and balances are as before."""

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import F
from django.utils import timezone

from blitzrocket.audit.models import AuditEvent
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.registry import handler
from contests import ledger
from contests.imports.steps import save_outcomes, work_through
from contests.ledger import NewLine
from contests.models import Entry, PointTransaction
from purchases.imports.services import import_of
from purchases.imports.store_orders import undo_step
from purchases.models import Purchase, PurchaseImport, PurchaseImportRow
from purchases.services.opening_balance import opening_lines
from purchases.services.purchase_update import locked_purchases

ORDERS_AT_ONCE = 250  # their entries are locked meanwhile: record calls for them wait

Kind = PointTransaction.Kind
Outcome, State = PurchaseImportRow.Outcome, PurchaseImport.State


@handler(PurchaseImport.undo_kind, "Undo of the import")
def undo_purchases(job: Job) -> None:
    """Undo an import."""
    purchase_import = import_of(job)

    def step(rows: list[PurchaseImportRow]) -> None:
        (undo_step if purchase_import.connection_id else _undo)(purchase_import, rows, job)

    for _step in work_through(
        job, purchase_import, purchase_import.made_outcomes, step, rows_at_once=ORDERS_AT_ONCE, ends_as=State.UNDONE
    ):
        pass


def _undo(purchase_import: PurchaseImport, rows: list[PurchaseImportRow], job: Job) -> None:
    contest, ids, now = purchase_import.contest_id, [row.purchase_id or "" for row in rows], timezone.now()
    with locked_purchases(contest, ids) as entries:
        purchases = {purchase.pk: purchase for purchase in Purchase.objects.filter(contest=contest, pk__in=ids)}
        changes = _changes_since(contest, ids)
        for row in rows:
            purchase = purchases[row.purchase_id or ""]
            actions = changes.get(purchase.pk, [])
            if (
                actions
                or purchase.source_import_id != purchase_import.pk
                or purchase.status != Purchase.Status.RECORDED
            ):
                row.outcome, row.note = Outcome.STAYED, ", ".join(actions)
            else:
                row.outcome = Outcome.UNDONE
        undone = [purchases[row.purchase_id or ""] for row in rows if row.outcome == Outcome.UNDONE]
        lines = list(_lines(purchase_import, undone, entries))
        ledger.post_mixed(lines, reason=job.params["reason"], actor=job.actor, is_announced=False)
        Purchase.objects.filter(contest=contest, pk__in=[purchase.pk for purchase in undone]).update(
            status=Purchase.Status.VOIDED, points_at_void=F("points_now"), points_now=0, import_undone_at=now
        )
        save_outcomes(rows, "purchase_id")


def _changes_since(contest_id: str, purchase_ids: Sequence[str]) -> dict[str, list[str]]:
    """The labels of the actions on each purchase since its import: refunds, voids, moves."""
    events = AuditEvent.objects.filter(contest_id=contest_id, object_type="purchase", object_id__in=purchase_ids)
    labels: dict[str, list[str]] = {}
    for event in events.order_by("created_at"):
        own = labels.setdefault(event.object_id, [])
        if str(event.get_action_display()) not in own:
            own.append(str(event.get_action_display()))
    return labels


def _lines(
    purchase_import: PurchaseImport, purchases: Iterable[Purchase], entries: dict[str, Entry]
) -> Iterator[tuple[PointTransaction.Kind, NewLine]]:
    now = timezone.now()
    purchases = list(purchases)
    opening = opening_lines(purchase_import, purchases)
    for purchase in purchases:
        entry = entries[purchase.entry_id]
        if purchase.points_now:
            yield Kind.VOIDED, NewLine(entry, -purchase.points_now, purchase.pk, now)
        if line := opening.get(purchase.pk):
            yield Kind.ADJUSTED, NewLine(entry, -line.points, None, now, undoes_id=line.pk)
