"""Undoing an import of entries: entries without other activity are removed, others stay."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from blitzrocket.jobs.models import Job
from blitzrocket.jobs.registry import handler
from contests import ledger
from contests.imports.entry_use import EntryUse, entry_use_of
from contests.imports.services import import_of
from contests.imports.steps import save_outcomes, work_through
from contests.models import Entry, EntryImport, EntryImportRow, NameWord, PointTransaction

ENTRIES_AT_ONCE = 50  # few, because record calls for them wait meanwhile

Outcome: TypeAlias = EntryImportRow.Outcome
State = EntryImport.State


# Called in the transaction of each step that removes entries, with the contest's id and the creation time of the oldest
# of them. A higher app adds functions for what it derives from entries.
when_removed: list[Callable[[str, datetime], object]] = []


@handler(EntryImport.undo_kind, "Undo of the import")
def undo_import(job: Job) -> None:
    entry_import = import_of(job)

    def undo_rows(rows: list[EntryImportRow]) -> None:
        created_at_of_removed = _undo_rows(entry_import, rows, job)
        if created_at_of_removed:
            for call in when_removed:
                call(job.contest_id, min(created_at_of_removed))

    steps = work_through(
        job,
        entry_import,
        [Outcome.IMPORTED],
        undo_rows,
        rows_at_once=ENTRIES_AT_ONCE,
        ends_as=State.UNDONE,
        first=_without_referred_rows,
    )
    for _step in steps:
        pass


def _without_referred_rows(rows: "QuerySet[EntryImportRow]") -> "QuerySet[EntryImportRow]":
    """Rows whose entry referred no other entry of the import; the others come later, when those are removed."""
    referred = rows.filter(
        contest=OuterRef("contest"), entry__contest=OuterRef("contest"), entry__referred_by=OuterRef("entry")
    )
    return rows.filter(~Exists(referred))


def _undo_rows(entry_import: EntryImport, rows: list[EntryImportRow], job: Job) -> list[datetime]:
    """Undo rows and return the creation times of the removed entries."""
    # Races: a purchase of an entry is recorded, or someone enters with its referral code. Both lock the entry, so they
    # are waited for here and seen below; later ones find the entry gone.
    ids = [row.entry_id for row in rows if row.entry_id]
    entries = Entry.objects.locked_for_removal(entry_import.contest_id, ids)
    use = entry_use_of(entry_import.contest, ids, entry_import.pk)
    _reverse_points(entries, use.imported, job)
    for row in rows:
        row.outcome, row.note = _outcome(row.entry_id, use)
        if row.outcome == Outcome.REMOVED:
            row.entry_id = None
    save_outcomes(rows, "entry_id")
    in_ledger = use.imported.keys() | use.settled
    _clear_referrers(entry_import, in_ledger - use.used)
    removed_ids = entries.keys() - use.used - in_ledger
    _delete(entry_import.contest_id, removed_ids)
    return [entries[pk].created_at for pk in removed_ids]


def _delete(contest_id: str, entry_ids: set[str]) -> None:
    """Delete entries without other activity; the database refuses it where something still refers to one.

    In SQL, because Django's delete looks for references by entry ids alone, without the contest.
    """
    NameWord.objects.filter(contest=contest_id, entry__in=entry_ids).delete()
    EntryImportRow.objects.filter(contest=contest_id, entry__in=entry_ids).update(entry=None)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM contests_entry WHERE contest_id = %s AND id = ANY(%s)", [contest_id, [*entry_ids]])


def _clear_referrers(entry_import: EntryImport, entry_ids: set[str]) -> None:
    """Clear ``referred_by`` of entries that stay only for their ledger: it came from the file, which is undone."""
    Entry.objects.filter(contest=entry_import.contest, pk__in=entry_ids).update(referred_by=None)


def _outcome(entry_id: str | None, use: EntryUse) -> tuple[Outcome, str]:
    if entry_id in use.used:
        return Outcome.STAYED, "Its imported points were removed." if entry_id in use.imported else ""
    if entry_id in use.imported or entry_id in use.settled:
        return Outcome.POINTS_REMOVED, "Ledger lines are permanent, so the entry stays."
    return Outcome.REMOVED, ""


def _reverse_points(entries: dict[str, Entry], imported: dict[str, PointTransaction], job: Job) -> None:
    now = timezone.now()
    lines = [
        (PointTransaction.Kind(line.kind), ledger.NewLine(entries[pk], -line.points, None, now, undoes_id=line.pk))
        for pk, line in imported.items()
    ]
    ledger.post_mixed(lines, reason=job.params["reason"], actor=job.actor, is_announced=False)
