"""How long rejected orders, pending refunds and stores' deliveries are kept.

They are deleted in chunks, each in a transaction that also writes the contest's retention gap: a killed process has
deleted nothing without a note, and no call waits for long.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from blitzrocket.jobs.chores import chore
from purchases.models import PendingRefund, Purchase, RejectedPurchase, RejectionCount
from purchases.services.delivery_retention import DAYS_AFTER_END, delete_old_deliveries
from purchases.services.retention_gaps import note_gap

CHUNK = 1000

State = RejectedPurchase.State


@dataclass(frozen=True, slots=True)
class Deleted:
    """The numbers of rows deleted, all from before a time."""

    before: datetime
    rejected: int
    held: int
    refunds: int
    counts: int
    deliveries: int


@chore(every=timedelta(hours=1))
def delete_old_rejected_purchases() -> Deleted:
    """Delete rejected orders that are not held, rejection counts, pending refunds of orders that are not held, and
    stores' deliveries.

    These are deleted after ``REJECTED_PURCHASE_DAYS``, held orders and failed deliveries after ``HELD_PURCHASE_DAYS``.
    """
    before = timezone.now() - timedelta(days=settings.REJECTED_PURCHASE_DAYS)
    rejected = RejectedPurchase.objects.exclude(state=State.HELD).filter(last_received_at__lt=before)
    held = RejectedPurchase.objects.filter(
        contest=OuterRef("contest"), contest_sent=OuterRef("contest"), order_id=OuterRef("order_id"), state=State.HELD
    )
    refunds = PendingRefund.objects.filter(received_at__lt=before).exclude(Exists(held))
    return Deleted(
        before,
        _delete_in_chunks(rejected.order_by("last_received_at"), "contest_sent", _delete_rejected),
        _delete_old_held(),
        _delete_in_chunks(refunds.order_by("received_at"), "contest", _delete_refunds),
        RejectionCount.objects.filter(day__lt=before.date()).delete()[0],
        delete_old_deliveries(before),
    )


@chore(every=timedelta(minutes=1))
def limit_held_purchases() -> int:
    """Delete each contest's held orders beyond ``HELD_PURCHASES_PER_CONTEST``, those not received for longest."""
    limit = settings.HELD_PURCHASES_PER_CONTEST
    counts = RejectedPurchase.objects.filter(state=State.HELD).values("contest").annotate(count=Count("pk"))
    too_many = counts.filter(count__gt=limit).values_list("contest", "count")
    return sum(_delete_held(contest_id, at_most=count - limit, is_limit=True) for contest_id, count in too_many)


def _delete_old_held() -> int:
    """Delete held orders that have not been received for ``HELD_PURCHASE_DAYS``; without that setting, those of a
    contest that ended `DAYS_AFTER_END` ago. A contest without an end keeps them.
    """
    held = RejectedPurchase.objects.filter(state=State.HELD)
    if settings.HELD_PURCHASE_DAYS is None:
        old = Q(contest__ends_at__lt=timezone.now() - timedelta(days=DAYS_AFTER_END))
    else:
        old = Q(last_received_at__lt=timezone.now() - timedelta(days=settings.HELD_PURCHASE_DAYS))
    contest_ids = list(held.filter(old).values_list("contest", flat=True).distinct())
    return sum(_delete_held(contest_id, old) for contest_id in contest_ids)


def _delete_held(
    contest_id: str, condition: Q | None = None, *, at_most: int | None = None, is_limit: bool = False
) -> int:
    """Delete held orders of one contest, those not received for longest first; returns how many."""
    held = RejectedPurchase.objects.filter(
        condition or Q(), contest_sent=contest_id, contest=contest_id, state=State.HELD
    )
    rows = held.order_by("last_received_at", "pk")
    remaining, count = at_most, 0
    while chunk := list(
        rows.values_list("last_received_at", "pk")[: CHUNK if remaining is None else min(CHUNK, remaining)]
    ):
        last, pk = chunk[-1]
        # Race: one of them was sent again since. It is no longer among those not received for longest.
        unchanged = held.filter(last_received_at__lte=last, pk__in=[pk for _, pk in chunk])
        count += _delete_rejected(contest_id, unchanged, is_limit=is_limit)
        rows = rows.filter(Q(last_received_at__gt=last) | Q(last_received_at=last, pk__gt=pk))
        remaining = None if remaining is None else remaining - len(chunk)
    return count


def _delete_rejected(contest_id: str, rows: "QuerySet[RejectedPurchase]", *, is_limit: bool = False) -> int:
    """Delete rejected orders that were sent to one contest; returns how many."""
    with transaction.atomic():
        # Race: one is recorded, held again or dismissed now. It is skipped, because it may have to stay.
        deleted = list(rows.select_for_update(skip_locked=True, of=["self"]))
        own = [rejected for rejected in deleted if rejected.contest_id]  # others belong to no contest of their team
        recorded = set(
            Purchase.objects.filter(
                contest=contest_id, order_id__in=[rejected.order_id for rejected in own]
            ).values_list("order_id", flat=True)
        )
        lost = [rejected.first_received_at for rejected in own if rejected.order_id not in recorded]
        if lost:
            note_gap(contest_id, min(lost), held=len(lost) if is_limit else 0)
        RejectedPurchase.objects.filter(contest_sent=contest_id, pk__in=[rejected.pk for rejected in deleted]).delete()
    return len(deleted)


def _delete_refunds(contest_id: str, rows: "QuerySet[PendingRefund]") -> int:
    """Delete pending and refused refunds of one contest; returns how many."""
    with transaction.atomic():
        # Race: one is applied now, with its order. It is skipped.
        deleted = list(rows.select_for_update(skip_locked=True))
        lost = [refund.received_at for refund in deleted if refund.state != PendingRefund.State.APPLIED]
        if lost:
            note_gap(contest_id, min(lost))
        PendingRefund.objects.filter(contest=contest_id, pk__in=[refund.pk for refund in deleted]).delete()
    return len(deleted)


def _delete_in_chunks(rows: "QuerySet[Any]", owner: str, delete: Callable[[str, Any], int]) -> int:
    """Delete rows of any contests, those of one at a time; ``owner`` is the column that names it."""
    count = 0
    while chunk := list(rows.values_list(owner, "pk")[:CHUNK]):
        of_contest: dict[str, list[str]] = defaultdict(list)
        for contest_id, pk in chunk:
            of_contest[contest_id].append(pk)
        deleted = sum(delete(key, rows.filter(**{owner: key}, pk__in=pks)) for key, pks in of_contest.items())
        if not deleted:  # all of them are locked
            break
        count += deleted
    return count
