"""Undoing an import of entries: who has nothing but it is removed, others stay."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeAlias

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from contests import ledger
from contests.models import AuditLine, Entry, EntryImport, EntryImportRow, Job, PointTransaction
from contests.services.file_imports import save_outcomes, work_through
from contests.services.importing import import_of
from purchases.models import Purchase

ENTRIES_AT_ONCE = 50  # few: before PostgreSQL 18, each that is removed has the whole ledger looked through

Outcome: TypeAlias = EntryImportRow.Outcome
State = EntryImport.State


def undo_import(job: Job, *, removed: Callable[[datetime], object]) -> None:
    """The handler of taking it back.

    ``removed`` is told, in the transaction of each step that removes entries, when the first of them was made.
    """
    kept = import_of(job)

    def take_back(rows: list[EntryImportRow]) -> None:
        gone = _take_back(kept, rows, job)
        if gone:
            removed(min(gone))

    steps = work_through(
        job,
        kept,
        Outcome.MADE,
        take_back,
        rows_at_once=ENTRIES_AT_ONCE,
        ends_as=State.UNDONE,
        first=_who_referred_nobody,
    )
    for _step in steps:
        pass


def _who_referred_nobody(rows: "QuerySet[EntryImportRow]") -> "QuerySet[EntryImportRow]":
    """Whoever referred people of the same file comes after them: then only others keep them from being removed."""
    referred = rows.filter(
        contest=OuterRef("contest"), entry__contest=OuterRef("contest"), entry__referred_by=OuterRef("entry")
    )
    return rows.filter(~Exists(referred))


def _take_back(kept: EntryImport, rows: list[EntryImportRow], job: Job) -> list[datetime]:
    """When those were made that are removed."""
    # Races: a purchase of theirs is recorded, or somebody enters with their referral code. Both hold the entry while
    # they do, so they are waited for here and seen below; who comes later finds the entry gone.
    ids = [row.entry_id for row in rows if row.entry_id]
    entries = {
        entry.pk: entry
        for entry in Entry.objects.filter(contest=kept.contest, pk__in=ids).order_by("pk").select_for_update()
    }
    imported, used = _traces(kept, ids)
    _post_back(entries, imported, job)
    for row in rows:
        row.outcome, row.note = _outcome(row.entry_id, imported, used)
        if row.outcome == Outcome.REMOVED:
            row.entry_id = None
    save_outcomes(rows, "entry_id")
    _unlink(kept, imported.keys() - used)
    gone = entries.keys() - used - imported.keys()
    Entry.objects.filter(contest=kept.contest, pk__in=gone).delete()
    return [entries[pk].created_at for pk in gone]


def _unlink(kept: EntryImport, entry_ids: set[str]) -> None:
    """What stays for its ledger alone was referred by nobody: the file said so, and is undone."""
    Entry.objects.filter(contest=kept.contest, pk__in=entry_ids).update(referred_by=None)


def _outcome(entry_id: str | None, imported: dict[str, PointTransaction], used: set[str]) -> tuple[Outcome, str]:
    if entry_id in used:
        return Outcome.STAYED, _("Its imported points were taken back.") if entry_id in imported else ""
    if entry_id in imported:
        return Outcome.TAKEN, _("The ledger keeps its lines for ever, and so its entry.")
    return Outcome.REMOVED, ""


def _traces(kept: EntryImport, ids: Iterable[str]) -> tuple[dict[str, PointTransaction], set[str]]:
    """The imported points by entry, and which entries have more than those: orders, other points, people they
    referred, a sign-up or a change of their own.
    """
    imported: dict[str, PointTransaction] = {}
    used = set(Purchase.objects.filter(contest=kept.contest, entry__in=ids).values_list("entry_id", flat=True))
    used |= set(
        Entry.objects.filter(contest=kept.contest, referred_by__in=ids).values_list("referred_by_id", flat=True)
    )
    came = EntryImportRow.objects.filter(contest=kept.contest, entry__in=ids, came_since=True)
    used |= set(came.values_list("entry_id", flat=True))
    used |= set(AuditLine.objects.filter(object_type="entry", object_id__in=ids).values_list("object_id", flat=True))
    for line in PointTransaction.objects.filter(contest=kept.contest, entry__in=ids):
        if line.adjustment_id == kept.pk:
            imported[line.entry_id] = line
        else:
            used.add(line.entry_id)
    return imported, used


def _post_back(entries: dict[str, Entry], imported: dict[str, PointTransaction], job: Job) -> None:
    now = timezone.now()
    lines = [
        (PointTransaction.Kind(line.kind), ledger.NewLine(entries[pk], -line.points, None, now, undoes_id=line.pk))
        for pk, line in imported.items()
    ]
    ledger.post_mixed(lines, reason=job.params["reason"], actor=job.actor)
