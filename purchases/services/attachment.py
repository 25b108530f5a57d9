"""Held orders: recorded for an entry, attached by hand, and detached again."""

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
from purchases.models import Purchase, RejectedPurchase
from purchases.services.locking import lock_order
from purchases.services.move import move_purchase
from purchases.services.record import close_rejected_purchases, record_for
from purchases.services.scoring import NewPurchase
from purchases.services.void import restore_purchase, void_purchase

State = RejectedPurchase.State


class NotHeld(Exception):
    """The order is not held: it was recorded, dismissed, attached or deleted meanwhile."""


class NotAttached(Exception):
    """Nobody attached the attempt, or its purchase is voided already."""


def attach_purchase(attempt: RejectedPurchase, entry: Entry, *, audit: AuditContext | None = None) -> Purchase:
    """Record an order that waits, for this entry, as it would have been when it was first received.

    An order that was attached and detached before is moved to this entry with the points that it had. With an act,
    a person chose the entry.

    Raises:
        NotHeld: it waits no more.
    """
    with _locked(attempt, entry.pk) as (fresh, entries, known):
        if (
            audit is not None
            and audit.previous_event(AuditEvent.Action.ATTACHED, fresh, entry=entry.pk)
            and known is not None
        ):
            return known
        changed = audit is None and fresh.email_key != entry.email_key  # sent again with another address
        if not fresh.is_held or changed:
            raise NotHeld
        purchase = _record_again(fresh, entry, audit or AuditContext()) or _record_first(fresh, entries[entry.pk])
        close_rejected_purchases(purchase)
        if audit is not None:
            audit.record(
                AuditEvent.Action.ATTACHED,
                fresh,
                contest=purchase.contest,
                before={"state": State.HELD.value},
                after={"state": State.RECORDED.value, "purchase": purchase.pk, "entry": purchase.entry_id},
                parameters={"entry": entry.pk},
            )
    return purchase


def detach_purchase(attempt: RejectedPurchase, *, audit: AuditContext) -> Purchase:
    """Take an attaching back: the purchase is voided, and the attempt waits again.

    Raises:
        NotAttached: there is nothing to take back.
        NotHeld: it was deleted meanwhile.
    """
    with _locked(attempt) as (fresh, _, known):
        purchase = fresh.purchase
        if audit.previous_event(AuditEvent.Action.DETACHED, fresh) and known is not None:
            return known
        if purchase is None or purchase.is_voided or not is_attached(fresh):
            raise NotAttached
        void_purchase(purchase, audit=audit.follow_up())
        RejectedPurchase.objects.filter(pk=fresh.pk).update(state=State.HELD, purchase=None)
        audit.record(
            AuditEvent.Action.DETACHED,
            fresh,
            contest=purchase.contest,
            before={"state": State.RECORDED.value, "purchase": purchase.pk, "entry": purchase.entry_id},
            after={"state": State.HELD.value},
        )
    return purchase


def is_attached(attempt: RejectedPurchase) -> bool:
    """Whether a person attached it and has not taken that back."""
    last = AuditEvent.objects.about(attempt).first()
    return attempt.purchase_id is not None and last is not None and last.action == AuditEvent.Action.ATTACHED


def _record_again(attempt: RejectedPurchase, entry: Entry, audit: AuditContext) -> Purchase | None:
    """The purchase of an order that has one: restored and moved where the attaching before was taken back."""
    purchase = Purchase.objects.of_order(attempt.contest_sent, attempt.order_id)
    if purchase is not None and purchase.is_voided:
        restore_purchase(purchase, audit=audit.follow_up())
        move_purchase(purchase, entry, audit=audit.follow_up())
    return purchase


def _record_first(attempt: RejectedPurchase, entry: Entry) -> Purchase:
    contest = Contest.objects.for_recording(attempt.team_id).get(pk=attempt.contest_sent)
    recorded = record_for(entry, contest, order_of(attempt), api_key=attempt.api_key, received_at=timezone.now())
    return Purchase.objects.select_related("contest").get(pk=recorded.purchase_id)


@contextmanager
def _locked(
    attempt: RejectedPurchase, *entry_ids: str
) -> Iterator[tuple[RejectedPurchase, dict[str, Entry], Purchase | None]]:
    """The attempt as it is, these entries by id, and the purchase of its order, held until the block ends.

    Race: two processes, or two people, see the same attempt. The second waits here and finds what the first did. And
    the shop sends the order now: whoever records it closes its attempts after, so the order itself is held first.
    Where the order was recorded or moved between finding and locking, the locks are given back and taken anew, because
    its entry too is locked before it.

    Raises:
        NotHeld: the attempt was deleted meanwhile.
        EntryGone: an entry was removed meanwhile.
    """
    while True:
        with transaction.atomic():
            found = Purchase.objects.of_order(attempt.contest_sent, attempt.order_id)
            entries = Entry.objects.locked_together(
                attempt.contest_sent, [*entry_ids, *([found.entry_id] if found else [])]
            )
            if not entries.keys() >= set(entry_ids):
                raise EntryGone
            lock_order(attempt.contest_sent, attempt.order_id)
            known = Purchase.objects.of_order(attempt.contest_sent, attempt.order_id)
            if known is None or known.entry_id in entries:
                fresh = RejectedPurchase.objects.locked(attempt)
                if fresh is None:
                    raise NotHeld
                yield fresh, entries, known
                return
            transaction.set_rollback(True)


def order_of(attempt: RejectedPurchase) -> NewPurchase:
    """The order that waits; what was kept of it had been checked, perhaps by looser rules than today's."""
    return NewPurchase(
        email=Email(attempt.email, attempt.email_key),
        order_id=attempt.order_id,
        amount=Decimal(attempt.amount),
        currency=attempt.currency,
        purchased_at=cast("datetime", attempt.purchased_at),
    )
