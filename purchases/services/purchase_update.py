"""How every act on a recorded purchase begins and ends: its entries locked, its ledger lines written with its row."""

from collections.abc import Iterator
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
from purchases.models import Purchase

Kind = PointTransaction.Kind
Result = TypeVar("Result")


@dataclass(slots=True)
class PurchaseUpdate:
    """A purchase that nobody else changes meanwhile, its entries, and the lines written so far."""

    purchase: Purchase
    entries: dict[str, Entry]
    audit: AuditContext
    action: AuditEvent.Action
    parameters: dict[str, Any]
    before: dict[str, Any]
    was_done: bool  # by the same act before
    lines: list[PointTransaction] = field(default_factory=list)
    is_finished: bool = False  # or else there was nothing to do

    @property
    def entry(self) -> Entry:
        """Whose purchase it is."""
        return self.entries[self.purchase.entry_id]

    def post(self, kind: Kind, points: int, *, entry: Entry, undoes: PointTransaction | None = None) -> None:
        """A line in an entry's ledger for this purchase; points that are 0 move nothing and need none."""
        if points:
            line = ledger.post(
                entry,
                kind,
                points,
                purchase_id=self.purchase.pk,
                occurred_at=timezone.now(),
                undoes=undoes,
                reason=self.audit.reason,
                actor=self.audit.user,
            )
            self.lines.append(line)

    def finish(self, **columns: Any) -> None:
        """Write the purchase's own columns and keep the act with what was before and is after."""
        for name, value in columns.items():
            setattr(self.purchase, name, value)
        Purchase.objects.filter(pk=self.purchase.pk, contest=self.purchase.contest_id).update(**columns)
        self.is_finished = True
        self.audit.record(
            self.action,
            self.purchase,
            contest=self.purchase.contest,
            before=self.before,
            after=audit_state_of(self.purchase),
            parameters=self.parameters,
        )


@contextmanager
def change(
    purchase: Purchase,
    audit: AuditContext,
    action: AuditEvent.Action,
    *others: str,
    parameters: dict[str, Any] | None = None,
) -> Iterator[PurchaseUpdate]:
    """Hold a purchase still, with its entry and other entries by id, until the block ends; then all is written.

    ``parameters`` are what the act is given besides the purchase.

    Raises:
        RequestIdReused: another act has the act's id.
    """
    given = parameters or {}
    with locked_purchase(purchase, *others) as (fresh, entries):
        was_done = audit.previous_event(action, fresh, **given) is not None
        yield PurchaseUpdate(fresh, entries, audit, action, given, audit_state_of(fresh), was_done)


@contextmanager
def locked_purchase(purchase: Purchase, *others: str) -> Iterator[tuple[Purchase, dict[str, Entry]]]:
    """The purchase as it is, with its entry and other entries by id locked until the block ends.

    Race: two people act on one purchase, or its entry earns and is adjusted meanwhile. Entries are locked first, in
    the order of their ids, and what is changed is read under their locks. Where the purchase was moved to another
    entry between finding and locking, the locks are given back and taken anew.
    """
    while True:
        with transaction.atomic():
            owner = Purchase.objects.values_list("entry_id", flat=True).get(pk=purchase.pk)
            entries = Entry.objects.locked_together(purchase.contest_id, [owner, *others])
            if not entries.keys() >= set(others):
                raise EntryGone
            fresh = Purchase.objects.select_related("rule_set", "contest", "recalculated_award__rule_set").get(
                pk=purchase.pk
            )
            if fresh.entry_id == owner:
                yield fresh, entries
                return
            transaction.set_rollback(True)


@contextmanager
def held_still(contest_id: str, purchase_ids: list[str]) -> Iterator[dict[str, Entry]]:
    """The entries of these purchases, and then they, locked in everybody's order until the block ends.

    Races: a purchase is moved between finding its entry and locking it; the locks are given back and taken anew. An
    order is sent again, which is counted on its row without its entry: rows are locked in the order of ids there too.
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
    """Where a purchase stands, for the audit."""
    return {
        "status": str(purchase.status),
        "entry": purchase.entry_id,
        "points": purchase.points_now,
        "refunded": purchase.refunded_amount,
    }
