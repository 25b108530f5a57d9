"""The import of entries from a file: upload, check, create entries with their points."""

from collections.abc import Iterator

from django.utils import timezone

from blitzrocket.accounts.models import User
from blitzrocket.emails import words_of
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.registry import handler
from contests import ledger
from contests.imports.csv_columns import EntryFile
from contests.imports.referrals import Referrals
from contests.imports.rows import IMPORTED_FIELDS, ExistingEntries, Person, RowChecker, taken_code_message
from contests.imports.steps import check_in_background, check_upload, in_steps, save_outcomes, work_through
from contests.models import Contest, Entry, EntryImport, EntryImportRow, NameWord, PointTransaction
from contests.models.imports import MAX_NOTE_LENGTH
from contests.services.entries import announce_reachable

ENTRIES_AT_ONCE = 500
REASON = "Imported"

Outcome, State = EntryImportRow.Outcome, EntryImport.State


def create_entry_import(contest: Contest, file_name: str, data: bytes, *, by: User | None) -> EntryImport:
    """Save an uploaded file and check its rows; a long file is checked in the background.

    Raises:
        UnreadableFile: it cannot be read, or too many wait; nothing is saved.
    """
    file = EntryFile.parse(data)
    entry_import = EntryImport(
        contest=contest,
        file_name=file_name[-200:],
        content=data,
        encoding=file.table.encoding,
        unread_columns=file.table.ignored_headings,
        row_count=file.table.count(),
        actor=by,
    )
    check_upload(entry_import, _check_rows)
    return entry_import


@handler(EntryImport.check_kind, "File check", is_exclusive=False)
def check_import(job: Job) -> None:
    check_in_background(job, import_of(job), _check_rows)


@handler(EntryImport.import_kind, "Entry import")
def import_entries(job: Job) -> None:
    """Create the entries, and after the commit of each step record their held purchases."""
    entry_import = import_of(job)
    referrals = Referrals.of(entry_import)

    def make(rows: list[EntryImportRow]) -> list[Entry]:
        return _make(entry_import, rows, job, referrals)

    if job.done:  # a killed process may have committed its last step without announcing the entries
        announce_reachable(_entries_of_last_step(entry_import))
    for entries in work_through(
        job, entry_import, [Outcome.NEW], make, rows_at_once=ENTRIES_AT_ONCE, ends_as=State.IMPORTED
    ):
        announce_reachable(entries)


def _entries_of_last_step(entry_import: EntryImport) -> list[Entry]:
    rows = entry_import.rows.filter(contest=entry_import.contest_id, outcome=Outcome.IMPORTED, entry__isnull=False)
    newest = rows.select_related("entry").order_by("-line")[:ENTRIES_AT_ONCE]
    return [row.entry for row in newest if row.entry]


def import_of(job: Job) -> EntryImport:
    """The import of a job."""
    return EntryImport.objects.select_related("contest").get(pk=job.params["import"], contest=job.contest_id)


def _check_rows(entry_import: EntryImport) -> Iterator[list[EntryImportRow]]:
    check = RowChecker(entry_import.contest)
    for rows in in_steps(EntryFile.parse(bytes(entry_import.content)).rows()):
        yield [
            EntryImportRow(
                contest=entry_import.contest,
                entry_import=entry_import,
                line=row.line,
                values=row.values,
                outcome=outcome,
                note=note[:MAX_NOTE_LENGTH],
            )
            for row, outcome, note in check.check(rows)
        ]


def _make(entry_import: EntryImport, rows: list[EntryImportRow], job: Job, referrals: Referrals) -> list[Entry]:
    """Create the entries of rows, with their points; entries created meanwhile stay unchanged."""
    people = {row.pk: Person.parse(row.values) for row in rows}
    existing = ExistingEntries.among(entry_import.contest, list(people.values()))
    reusable = _lock_reusable(entry_import.contest, existing)
    for row in rows:
        _recheck(row, people[row.pk], existing)
    people_to_add = {row.pk: people[row.pk] for row in rows if row.outcome == Outcome.IMPORTED}
    reused = {
        pk: reusable[existing.reusable[person.key]]
        for pk, person in people_to_add.items()
        if person.key in existing.reusable
    }
    _write_reused(entry_import.contest, reused, people)
    new_entries = {
        pk: person.as_entry(entry_import.contest) for pk, person in people_to_add.items() if pk not in reused
    }
    _insert(entry_import.contest, new_entries)
    entries = reused | new_entries
    ids = [entry.pk for entry in entries.values()]
    saved_ids = set(Entry.objects.filter(contest=entry_import.contest, pk__in=ids).values_list("pk", flat=True))
    latecomers = ExistingEntries.among(
        entry_import.contest, [people[pk] for pk, entry in entries.items() if entry.pk not in saved_ids]
    )
    for row in rows:
        if row.pk in entries and entries[row.pk].pk in saved_ids:
            row.entry = entries[row.pk]
        else:
            _recheck(row, people[row.pk], latecomers)
    entries_by_row = {row.pk: entries[row.pk] for row in rows if row.entry_id}
    _fill_in(entry_import, entries_by_row, people, job)
    referrals.add({entry: people[pk].referred_by for pk, entry in entries_by_row.items()})
    save_outcomes(rows, "entry_id")
    return list(entries_by_row.values())


def _recheck(row: EntryImportRow, person: Person, existing: ExistingEntries) -> None:
    """Set a row's outcome again: people may have entered since the preview."""
    if row.outcome not in (Outcome.NEW, Outcome.IMPORTED):
        return
    if existing.has(person):
        row.outcome = Outcome.KNOWN
    elif existing.has_code_of(person):
        row.outcome, row.note = Outcome.ERROR, taken_code_message(person.referral_code)
    else:
        row.outcome = Outcome.IMPORTED


def _lock_reusable(contest: Contest, existing: ExistingEntries) -> dict[str, Entry]:
    """The reusable entries of undone imports by id, locked until the transaction ends."""
    existing.find_reusable(contest)
    if not existing.reusable:
        return {}
    # Race: a purchase of such an entry is being recorded. It locks the entry, so it is waited for here and seen below.
    locked = Entry.objects.locked_together(contest.pk, existing.reusable.values())
    existing.find_reusable(contest)
    existing.reusable = {key: entry_id for key, entry_id in existing.reusable.items() if entry_id in locked}
    return locked


def _write_reused(contest: Contest, reused: dict[int, Entry], people: dict[int, Person]) -> None:
    """Set the fields of reused entries to their rows' values; `_fill_in` adds the words of their names again."""
    if not reused:
        return
    for pk, entry in reused.items():
        people[pk].write_to(entry)
    Entry.objects.filter(contest=contest).bulk_update(reused.values(), IMPORTED_FIELDS)
    NameWord.objects.filter(contest=contest, entry__in=list(reused.values())).delete()


def _insert(contest: Contest, entries: dict[int, Entry]) -> None:
    # Race: someone enters between the look-up and this. The insert waits for that transaction and skips the row.
    Entry.objects.bulk_create(entries.values(), ignore_conflicts=True)


def _fill_in(entry_import: EntryImport, entries: dict[int, Entry], people: dict[int, Person], job: Job) -> None:
    """Add the words of their names and their points to new and reused entries."""
    words = [
        NameWord(contest=entry_import.contest, entry=entry, word=word)
        for entry in entries.values()
        for word in words_of(entry.name)
    ]
    NameWord.objects.bulk_create(words)
    now = timezone.now()
    lines = [
        (
            _kind_of(people[pk].points),
            ledger.NewLine(entry, people[pk].points, None, now, adjustment_id=entry_import.pk),
        )
        for pk, entry in entries.items()
        if people[pk].points
    ]
    ledger.post_mixed(lines, reason=REASON, actor=job.actor, is_announced=False)


def _kind_of(points: int) -> PointTransaction.Kind:
    """The kind of an imported balance: a bonus is positive, so one below 0 is an adjustment."""
    return PointTransaction.Kind.BONUS if points > 0 else PointTransaction.Kind.ADJUSTED
