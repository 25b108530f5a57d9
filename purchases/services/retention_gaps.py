"""Since when a contest's records are incomplete."""

import time
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from contests.models import Contest
from purchases.models import RetentionGap

SECONDS_BETWEEN_NOTES = 60.0  # seconds; by one process
_noted: dict[str, float] = {}  # by contest, when this process last noted a call


def incomplete_since(contest: Contest) -> datetime | None:
    """The first receipt of the earliest order that was deleted or not saved; None where all are there."""
    return RetentionGap.objects.filter(contest=contest).values_list("since", flat=True).first()


def note_gap(contest_id: str, since: datetime, *, held: int = 0) -> None:
    """Note that orders first received at ``since`` or later are deleted, in the transaction that deletes them.

    ``held`` is the number of held orders deleted because there were too many.
    """
    values: dict[str, Any] = {
        "contest": contest_id,
        "since": since,
        "held": held,
        "at": timezone.now() if held else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_GAP, values)


def note_call_not_kept(contest: Contest | None, received_at: datetime) -> None:
    """Note a call that was not saved. Only the first writes a row, because later calls do not move ``since`` back."""
    now = time.monotonic()
    if contest is None or now - _noted.get(contest.pk, -SECONDS_BETWEEN_NOTES) < SECONDS_BETWEEN_NOTES:
        return
    RetentionGap.objects.bulk_create([RetentionGap(contest=contest, since=received_at)], ignore_conflicts=True)
    _noted[contest.pk] = now


_NOTE_GAP = """
    INSERT INTO purchases_retentiongap AS gap (contest_id, since, held_deleted, held_deleted_at)
    VALUES (%(contest)s, %(since)s, %(held)s, %(at)s)
    ON CONFLICT (contest_id) DO UPDATE SET
        since = least(gap.since, excluded.since),
        held_deleted = gap.held_deleted + excluded.held_deleted,
        held_deleted_at = coalesce(excluded.held_deleted_at, gap.held_deleted_at)
    WHERE gap.since > excluded.since OR excluded.held_deleted > 0
"""
