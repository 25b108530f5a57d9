"""Held orders: attach one to an entry, and undo that."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import cast

from django.db import transaction
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import Email
from contests.models import Contest, Entry
from contests.services import EntryGone
from contests.services.preview import PointChanges
from purchases.models import Purchase, RejectedPurchase
from purchases.services.locking import lock_order
from purchases.services.move import move_purchase, moved_lines
from purchases.services.order_scoring import NewPurchase
from purchases.services.purchase_update import changes_of
from purchases.services.record import plan_points, record_for
from purchases.services.record_statements import close_rejections
from purchases.services.void import plan_restore, plan_void, restore_purchase, void_purchase

State = RejectedPurchase.State


class NotHeld(Exception):
    """The order is no longer held: it was recorded, dismissed, attached or deleted."""


class NotAttached(Exception):
    """The order was not attached manually, or its purchase is already voided."""


def attach_purchase(rejected: RejectedPurchase, entry: Entry, *, audit: AuditContext | None = None) -> Purchase:
    """Record a held order for this entry, with the rules and time of its first receipt.

    An order that was attached and detached before is restored and moved to this entry. Without ``audit``, the entry is
    the one with the order's email; with it, the user chose the entry.

    Raises:
        NotHeld: it is no longer held.
        EntryGone: the entry was removed.
    """
    with _locked(rejected, entry.pk) as (current, entries, existing):
        if (
            audit is not None
            and audit.previous_event(AuditEvent.Action.ATTACHED, current, entry=entry.pk)
            and existing is not None
        ):
            return existing
        changed = audit is None and current.email_key != entry.email_key  # received again with another email
        if not current.is_held or changed:
            raise NotHeld
        purchase = _restore_existing(current, entry, audit or AuditContext()) or _record_new(current, entries[entry.pk])
        close_rejections(purchase.contest_id, [purchase.order_id])
        if audit is not None:
            audit.record(
                AuditEvent.Action.ATTACHED,
                current,
                contest=purchase.contest,
                before={"state": State.HELD.value},
                after={"state": State.RECORDED.value, "purchase": purchase.pk, "entry": purchase.entry_id},
                parameters={"entry": entry.pk},
            )
    return purchase


def changes_by_attaching(rejected: RejectedPurchase, entry: Entry) -> PointChanges:
    """The points that attaching the order to this entry would add to entries; nothing is locked or written.

    Raises:
        NotHeld: it is no longer held.
    """
    if not rejected.is_held:
        raise NotHeld
    purchase = Purchase.objects.find_order(rejected.contest_sent, rejected.order_id)
    if purchase is None:
        return {entry.pk: plan_points(entry, _contest_of(rejected), order_of(rejected))}
    changes = {entry.pk: 0, purchase.entry_id: 0}
    if purchase.is_voided:
        restored = plan_restore(purchase)
        moved = moved_lines(restored.columns["points_now"], purchase.entry_id, entry.pk)
        changes |= changes_of([*restored.lines, *moved])
    return changes


def detach_purchase(rejected: RejectedPurchase, *, audit: AuditContext) -> Purchase:
    """Undo an attach: void the purchase and hold the order again.

    Raises:
        NotAttached: there is nothing to undo.
        NotHeld: it was deleted.
    """
    with _locked(rejected) as (current, _, existing):
        if audit.previous_event(AuditEvent.Action.DETACHED, current) and existing is not None:
            return existing
        purchase = _attached_purchase(current)
        void_purchase(purchase, audit=audit.follow_up())
        RejectedPurchase.objects.filter(contest_sent=current.contest_sent, pk=current.pk).update(
            state=State.HELD, purchase=None
        )
        audit.record(
            AuditEvent.Action.DETACHED,
            current,
            contest=purchase.contest,
            before={"state": State.RECORDED.value, "purchase": purchase.pk, "entry": purchase.entry_id},
            after={"state": State.HELD.value},
        )
    return purchase


def changes_by_detaching(rejected: RejectedPurchase) -> PointChanges:
    """The points that undoing the attach would add to entries; nothing is locked or written.

    Raises:
        NotAttached: there is nothing to undo.
    """
    plan = plan_void(_attached_purchase(rejected))
    return changes_of(plan.lines) if plan else {}


def _attached_purchase(rejected: RejectedPurchase) -> Purchase:
    purchase = rejected.purchase
    if purchase is None or purchase.is_voided or not is_attached(rejected):
        raise NotAttached
    return purchase


def is_attached(rejected: RejectedPurchase) -> bool:
    """Whether it was attached manually, which has not been undone."""
    last = AuditEvent.objects.about(rejected).first()
    return rejected.purchase_id is not None and last is not None and last.action == AuditEvent.Action.ATTACHED


def _restore_existing(rejected: RejectedPurchase, entry: Entry, audit: AuditContext) -> Purchase | None:
    """The purchase of an order that has one, restored and moved where an earlier attach was undone."""
    purchase = Purchase.objects.find_order(rejected.contest_sent, rejected.order_id)
    if purchase is not None and purchase.is_voided:
        restore_purchase(purchase, audit=audit.follow_up())
        move_purchase(purchase, entry, audit=audit.follow_up())
    return purchase


def _record_new(rejected: RejectedPurchase, entry: Entry) -> Purchase:
    contest = _contest_of(rejected)
    recorded = record_for(entry, contest, order_of(rejected), api_key=rejected.api_key, received_at=timezone.now())
    return Purchase.objects.select_related("contest").get(contest=contest, pk=recorded.purchase_id)


def _contest_of(rejected: RejectedPurchase) -> Contest:
    return Contest.objects.for_recording(rejected.team_id).get(pk=rejected.contest_sent)


@contextmanager
def _locked(
    rejected: RejectedPurchase, *entry_ids: str
) -> Iterator[tuple[RejectedPurchase, dict[str, Entry], Purchase | None]]:
    """The current rejected order, these entries by id, and the order's purchase, locked until the block ends.

    Races: two processes or users act on the same rejected order; the second waits here and sees the result of the
    first. The shop sends the order now; recording it closes its rejections afterwards, so the order is locked before
    them. Where the order was recorded or moved between finding and locking, the locks are released and taken again,
    because its entry has to be locked before it.

    Raises:
        NotHeld: the rejected order was deleted.
        EntryGone: an entry was removed.
    """
    while True:
        with transaction.atomic():
            before = Purchase.objects.find_order(rejected.contest_sent, rejected.order_id)
            entries = Entry.objects.locked_together(
                rejected.contest_sent, [*entry_ids, *([before.entry_id] if before else [])]
            )
            if not entries.keys() >= set(entry_ids):
                raise EntryGone
            lock_order(rejected.contest_sent, rejected.order_id)
            purchase = Purchase.objects.find_order(rejected.contest_sent, rejected.order_id)
            if purchase is None or purchase.entry_id in entries:
                current = RejectedPurchase.objects.locked(rejected)
                if current is None:
                    raise NotHeld
                yield current, entries, purchase
                return
            transaction.set_rollback(True)


def order_of(rejected: RejectedPurchase) -> NewPurchase:
    """The held order. Its values were checked when it was held, perhaps by looser rules than today's."""
    return NewPurchase(
        email=Email(rejected.email, rejected.email_key),
        order_id=rejected.order_id,
        amount=Decimal(rejected.amount),
        currency=rejected.currency,
        purchased_at=cast("datetime", rejected.purchased_at),
    )
