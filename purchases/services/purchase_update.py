"""Updates of a recorded purchase: locks its entries, and writes ledger lines together with its row."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests import ledger
from contests.models import Entry, PointTransaction
from contests.services import EntryGone
from contests.services.preview import PointChanges
from purchases.models import EventKind, Purchase
from purchases.services import outbox
from purchases.services.outbox import NewEvent

Kind = PointTransaction.Kind
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLine:
    """A ledger line to write; one of 0 points is not written."""

    entry_id: str
    kind: Kind
    points: int
    undoes: PointTransaction | None = None
    names_purchase: bool = True
    reason: str = ""  # instead of the action's


@dataclass(frozen=True, slots=True)
class Plan:
    """What an action changes: ledger lines, and columns of the purchase. Made without a lock, it is a preview."""

    lines: tuple[PlannedLine, ...]
    columns: dict[str, Any]


def changes_of(lines: Iterable[PlannedLine]) -> PointChanges:
    """What ledger lines add to the points of their entries."""
    changes: PointChanges = {}
    for line in lines:
        changes[line.entry_id] = changes.get(line.entry_id, 0) + line.points
    return changes


@dataclass(slots=True)
class PurchaseUpdate:
    """A locked purchase, its entries, and the ledger lines written so far."""

    purchase: Purchase
    entries: dict[str, Entry]
    audit: AuditContext
    action: AuditEvent.Action
    parameters: dict[str, Any]
    before: dict[str, Any]
    is_repeated: bool  # the same request was handled before
    lines: list[PointTransaction] = field(default_factory=list)
    is_finished: bool = False  # False: there was nothing to change

    def carry_out(self, plan: Plan) -> None:
        """Write lines and columns, and record the action with the state before and after."""
        lines = [self._post(line) for line in plan.lines if line.points]
        self.lines += lines
        for name, value in plan.columns.items():
            setattr(self.purchase, name, value)
        Purchase.objects.filter(pk=self.purchase.pk, contest=self.purchase.contest_id).update(**plan.columns)
        self.is_finished = True
        self.audit.record(
            self.action,
            self.purchase,
            contest=self.purchase.contest,
            before=self.before,
            after=audit_state_of(self.purchase),
            parameters=self.parameters,
        )
        self._tell(lines)

    def _tell(self, lines: Sequence[PointTransaction]) -> None:
        """Tell the contest's subscribers of a void, or of points that moved; a refund tells of itself."""
        if self.action in (AuditEvent.Action.REFUNDED, AuditEvent.Action.UNIMPORTED):
            return
        purchase = self.purchase
        if self.action == AuditEvent.Action.VOIDED:
            line_id = lines[0].pk if lines else ""
            events = [NewEvent(EventKind.VOIDED, purchase.pk, entry_id=purchase.entry_id, line_id=line_id)]
            outbox.add(purchase.contest_id, events)
        else:
            outbox.add_lines(lines)

    def _post(self, line: PlannedLine) -> PointTransaction:
        return ledger.post(
            self.entries[line.entry_id],
            line.kind,
            line.points,
            purchase_id=self.purchase.pk if line.names_purchase else None,
            occurred_at=timezone.now(),
            undoes=line.undoes,
            reason=line.reason or self.audit.reason,
            actor=self.audit.user,
            is_announced=False,
        )


@contextmanager
def change(
    purchase: Purchase,
    audit: AuditContext,
    action: AuditEvent.Action,
    *other_entries: str,
    parameters: dict[str, Any] | None = None,
) -> Iterator[PurchaseUpdate]:
    """Lock a purchase, its entry and other entries by id until the block ends.

    ``parameters`` are the action's inputs besides the purchase.

    Raises:
        RequestIdReused: the request id belongs to another action.
    """
    inputs = parameters or {}
    with locked_purchase(purchase, *other_entries) as (current, entries):
        is_repeated = audit.previous_event(action, current, **inputs) is not None
        yield PurchaseUpdate(current, entries, audit, action, inputs, audit_state_of(current), is_repeated)


@contextmanager
def locked_purchase(purchase: Purchase, *other_entries: str) -> Iterator[tuple[Purchase, dict[str, Entry]]]:
    """The current purchase, with its entry and other entries by id, locked until the block ends.

    Race: two users act on one purchase, or its entry earns points or is adjusted meanwhile. Entries are locked first,
    in the order of their ids, and all that is changed is read under their locks. Where the purchase was moved between
    finding and locking its entry, the locks are released and taken again.
    """
    while True:
        with transaction.atomic():
            rows = Purchase.objects.filter(contest=purchase.contest_id)
            entry_id = rows.values_list("entry_id", flat=True).get(pk=purchase.pk)
            entries = Entry.objects.locked_together(purchase.contest_id, [entry_id, *other_entries])
            if not entries.keys() >= set(other_entries):
                raise EntryGone
            current = rows.select_related("rule_set", "contest", "recalculated_award__rule_set").get(pk=purchase.pk)
            if current.entry_id == entry_id:
                yield current, entries
                return
            transaction.set_rollback(True)


@contextmanager
def locked_purchases(contest_id: str, purchase_ids: list[str]) -> Iterator[dict[str, Entry]]:
    """Lock the entries of these purchases, and then the purchases, until the block ends.

    Races: a purchase is moved between finding its entry and locking it; the locks are released and taken again. A
    duplicate is counted on a purchase's row without locking its entry: it locks rows in the order of ids too.
    """
    while True:
        with transaction.atomic():
            purchases = Purchase.objects.filter(contest=contest_id, pk__in=purchase_ids)
            entries = Entry.objects.locked_together(contest_id, set(purchases.values_list("entry_id", flat=True)))
            rows = purchases.order_by("pk").select_for_update(no_key=True)
            if set(rows.values_list("entry_id", flat=True)) <= entries.keys():
                yield entries
                return
            transaction.set_rollback(True)


def audit_state_of(purchase: Purchase) -> dict[str, Any]:
    """A purchase's state, as audit events store it."""
    return {
        "status": str(purchase.status),
        "entry": purchase.entry_id,
        "points": purchase.points_now,
        "refunded": purchase.refunded_amount,
    }
