"""How long stores' deliveries are kept: those that are over as long as rejected orders, failed ones as held orders."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from contests.models import Contest
from purchases.models import StoreConnection, StoreDelivery
from purchases.services.retention_gaps import note_gap

CHUNK = 1000
DAYS_AFTER_END = 90  # for which held orders and failed deliveries are kept, where no number of days is set

State = StoreDelivery.State
RETRIED_LATER = (State.FAILED, State.RECEIVED)  # their orders are not recorded yet
LOST = (*RETRIED_LATER, State.UNUSABLE)  # deleted, an order may be missing


def delete_old_deliveries(before: datetime) -> int:
    """Delete deliveries received before this time; returns how many.

    Failed and unfinished ones stay by ``HELD_PURCHASE_DAYS``, and without that until `DAYS_AFTER_END` after the end of
    their contest. What their orders have, such as the store's other ids, stays as long as the orders.
    """
    connections = StoreConnection.objects.select_related("contest").order_by("pk")
    return sum(_delete_of(connection, before) for connection in connections)


def _delete_of(connection: StoreConnection, before: datetime) -> int:
    rows = StoreDelivery.objects.filter(contest=connection.contest_id, connection=connection)
    count = _delete_in_chunks(
        connection.contest_id, rows.exclude(state__in=RETRIED_LATER).filter(received_at__lt=before)
    )
    if (oldest := _failed_kept_since(connection.contest)) is not None:
        count += _delete_in_chunks(
            connection.contest_id, rows.filter(state__in=RETRIED_LATER, received_at__lt=min(oldest, before))
        )
    return count


def _failed_kept_since(contest: Contest) -> datetime | None:
    """The time before which failed deliveries are deleted; None where they all stay."""
    now = timezone.now()
    if settings.HELD_PURCHASE_DAYS is not None:
        return now - timedelta(days=settings.HELD_PURCHASE_DAYS)
    is_over = contest.ends_at is not None and contest.ends_at < now - timedelta(days=DAYS_AFTER_END)
    return now if is_over else None


def _delete_in_chunks(contest_id: str, rows: "QuerySet[StoreDelivery]") -> int:
    """Delete the rows of one contest, the oldest first, each chunk in a transaction that also notes the gap."""
    count = 0
    while chunk := list(rows.order_by("received_at", "id").values_list("pk", flat=True)[:CHUNK]):
        with transaction.atomic():
            # Race: one is delivered or retried now. It is skipped.
            locked = rows.filter(pk__in=chunk).select_for_update(skip_locked=True).only("state", "received_at")
            deleted = list(locked)
            lost = [row.received_at for row in deleted if row.state in LOST]
            if lost:
                note_gap(contest_id, min(lost))
            StoreDelivery.objects.filter(contest=contest_id, pk__in=[row.pk for row in deleted]).delete()
        if not deleted:  # all of them are locked
            break
        count += len(deleted)
    return count
