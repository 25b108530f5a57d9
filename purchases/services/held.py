"""Orders that waited for their entry: recorded when it appears, attached by hand, and detached again."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import cast

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from contests.audit import Act
from contests.identity import Email
from contests.models import AuditLine, Contest, Entry
from purchases.models import Purchase, RejectedPurchase
from purchases.services.judging import NewPurchase
from purchases.services.locking import lock_order
from purchases.services.move import move_purchase
from purchases.services.record import close_attempts, record_for
from purchases.services.void import restore_purchase, void_purchase

logger = logging.getLogger(__name__)

State = RejectedPurchase.State


class NotHeld(Exception):
    """The attempt does not wait: it was recorded, dismissed or attached meanwhile."""


class NotAttached(Exception):
    """Nobody attached the attempt, or its purchase is voided already."""


def release_held_purchases(entry: Entry) -> int:
    """Record the orders that waited for an entry with this address; how many.

    Call it after the entry's creation, or its new address, is committed: a call that is refused meanwhile looks for
    the entry again after keeping its attempt, so that one of the two finds the other. Nothing happens where the
    contest wants each attached by hand.
    """
    contest = Contest.objects.select_related("rule_set").get(pk=entry.contest_id)
    if not contest.attaches_automatically or not entry.email_key:
        return 0
    waiting = RejectedPurchase.objects.filter(contest=contest, email_key=entry.email_key, state=State.HELD)
    return sum(_release(attempt, entry) for attempt in waiting.order_by("first_received_at"))


def release_held_among(contest_id: str, entries: Sequence[Entry]) -> int:
    """The same for many new entries of a contest: asked once, because hardly any order waits."""
    keys = [entry.email_key for entry in entries if entry.email_key]
    waiting = RejectedPurchase.objects.filter(contest=contest_id, email_key__in=keys, state=State.HELD)
    waited_for = set(waiting.order_by().values_list("email_key", flat=True))
    return sum(release_held_purchases(entry) for entry in entries if entry.email_key in waited_for)


def release_all_held_purchases(contest: Contest) -> int:
    """The same for a whole contest, whatever made their entries meanwhile: an import, or a process that was ended."""
    same_person = Entry.objects.filter(contest=contest, email_key=OuterRef("email_key"))
    waiting = RejectedPurchase.objects.filter(Exists(same_person), contest=contest, state=State.HELD)
    keys = waiting.order_by().values_list("email_key", flat=True).distinct()
    return sum(release_held_purchases(entry) for entry in Entry.objects.filter(contest=contest, email_key__in=keys))


def release_every_held_purchase() -> int:
    """The same for all contests; how many orders were recorded."""
    return sum(release_all_held_purchases(contest) for contest in Contest.objects.all())


def release_attempt(attempt: RejectedPurchase) -> bool:
    """The same for one order that waits again, where its entry is there."""
    entry = (
        Entry.objects.filter(contest=attempt.contest_id, email_key=attempt.email_key).select_related("contest").first()
    )
    return entry is not None and entry.contest.attaches_automatically and _release(attempt, entry)


def _release(attempt: RejectedPurchase, entry: Entry) -> bool:
    """One attempt's trouble is its own: the others are recorded all the same."""
    try:
        attach_purchase(attempt, entry)
    except NotHeld:  # another process was faster
        return False
    except Exception:
        logger.exception("the held attempt %s could not be recorded", attempt.pk)
        return False
    return True


def attach_purchase(attempt: RejectedPurchase, entry: Entry, *, act: Act | None = None) -> Purchase:
    """Record an order that waits, for this entry, as it would have been when it was first received.

    An order that was attached and detached before is moved to this entry with the points that it had. With an act,
    a person chose the entry.

    Raises:
        NotHeld: it waits no more.
    """
    with _locked(attempt, entry.pk) as (fresh, entries, known):
        if (
            act is not None
            and act.previous_line(AuditLine.Action.ATTACHED, fresh, entry=entry.pk)
            and known is not None
        ):
            return known
        changed = act is None and fresh.email_key != entry.email_key  # sent again with another address
        if not fresh.is_held or changed:
            raise NotHeld
        purchase = _record_again(fresh, entry, act or Act()) or _record_first(fresh, entries[entry.pk])
        close_attempts(purchase)
        if act is not None:
            act.note(
                AuditLine.Action.ATTACHED,
                fresh,
                contest=purchase.contest,
                before={"state": State.HELD.value},
                after={"state": State.RECORDED.value, "purchase": purchase.pk, "entry": purchase.entry_id},
                parameters={"entry": entry.pk},
            )
    return purchase


def detach_purchase(attempt: RejectedPurchase, *, act: Act) -> Purchase:
    """Take an attaching back: the purchase is voided, and the attempt waits again.

    Raises:
        NotAttached: there is nothing to take back.
    """
    with _locked(attempt) as (fresh, _, known):
        purchase = fresh.purchase
        if act.previous_line(AuditLine.Action.DETACHED, fresh) and known is not None:
            return known
        if purchase is None or purchase.is_voided or not is_attached(fresh):
            raise NotAttached
        void_purchase(purchase, act=act.again())
        RejectedPurchase.objects.filter(pk=fresh.pk).update(state=State.HELD, purchase=None)
        act.note(
            AuditLine.Action.DETACHED,
            fresh,
            contest=purchase.contest,
            before={"state": State.RECORDED.value, "purchase": purchase.pk, "entry": purchase.entry_id},
            after={"state": State.HELD.value},
        )
    return purchase


def is_attached(attempt: RejectedPurchase) -> bool:
    """Whether a person attached it and has not taken that back."""
    last = AuditLine.objects.about(attempt).first()
    return attempt.purchase_id is not None and last is not None and last.action == AuditLine.Action.ATTACHED


def _record_again(attempt: RejectedPurchase, entry: Entry, act: Act) -> Purchase | None:
    """The purchase of an order that has one: restored and moved where the attaching before was taken back."""
    purchase = Purchase.objects.of_order(attempt.contest_sent, attempt.order_id)
    if purchase is not None and purchase.is_voided:
        restore_purchase(purchase, act=act.again())
        move_purchase(purchase, entry, act=act.again())
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
    """
    while True:
        with transaction.atomic():
            found = Purchase.objects.of_order(attempt.contest_sent, attempt.order_id)
            entries = Entry.objects.locked_together(
                attempt.contest_sent, [*entry_ids, *([found.entry_id] if found else [])]
            )
            lock_order(attempt.contest_sent, attempt.order_id)
            known = Purchase.objects.of_order(attempt.contest_sent, attempt.order_id)
            if known is None or known.entry_id in entries:
                fresh = RejectedPurchase.objects.select_for_update(no_key=True).get(pk=attempt.pk)
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
