"""Entries from a file: what each row does, and making them."""

from collections.abc import Iterator

from django.utils import timezone

from blitzrocket.accounts.models import User
from blitzrocket.emails import words_of
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.registry import handler
from contests import ledger
from contests.imports.csv_columns import EntryFile
from contests.imports.referrals import Referrals
from contests.imports.rows import WRITTEN, ExistingEntries, Person, RowChecker, code_is_taken
from contests.imports.steps import check_in_background, check_upload, in_steps, save_outcomes, work_through
from contests.models import Contest, Entry, EntryImport, EntryImportRow, NameWord, PointTransaction
from contests.models.imports import MAX_NOTE_LENGTH
from contests.services.entries import announce_reachable

ENTRIES_AT_ONCE = 500
REASON = "Imported"

Outcome, State = EntryImportRow.Outcome, EntryImport.State


def keep_upload(contest: Contest, file_name: str, data: bytes, *, by: User | None) -> EntryImport:
    """Keep a file and check it; a long one in the background.

    Raises:
        UnreadableFile: it cannot be read; nothing is kept.
    """
    file = EntryFile.parse(data)
    entry_import = EntryImport(
        contest=contest,
        file_name=file_name[-200:],
        content=data,
        encoding=file.table.encoding,
        unread_columns=file.table.unread,
        row_count=file.table.count(),
        actor=by,
    )
    check_upload(entry_import, _check_rows)
    return entry_import


@handler(EntryImport.check_kind, "File check", is_exclusive=False)
def check_import(job: Job) -> None:
    """The handler of checking a file."""
    check_in_background(job, import_of(job), _check_rows)


@handler(EntryImport.import_kind, "Entry import")
def import_entries(job: Job) -> None:
    """The handler of making them; those of each step are reachable once it is committed."""
    entry_import = import_of(job)
    referrals = Referrals.of(entry_import)

    def make(rows: list[EntryImportRow]) -> list[Entry]:
        return _make(entry_import, rows, job, referrals)

    if job.done:  # a process that was killed may not have announced those of its last step
        announce_reachable(_last_made(entry_import))
    for entries in work_through(
        job, entry_import, Outcome.NEW, make, rows_at_once=ENTRIES_AT_ONCE, ends_as=State.IMPORTED
    ):
        announce_reachable(entries)


def _last_made(entry_import: EntryImport) -> list[Entry]:
    rows = entry_import.rows.filter(contest=entry_import.contest_id, outcome=Outcome.MADE, entry__isnull=False)
    newest = rows.select_related("entry").order_by("-line")[:ENTRIES_AT_ONCE]
    return [row.entry for row in newest if row.entry]


def import_of(job: Job) -> EntryImport:
    """The import that a job is for."""
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
    """Entries of rows, with their points; whoever entered meanwhile stays as they are."""
    people = {row.pk: Person.parse(row.values) for row in rows}
    known = ExistingEntries.among(entry_import.contest, list(people.values()))
    left = _hold_left(entry_import.contest, known)
    for row in rows:
        _check_again(row, people[row.pk], known)
    wanted = {row.pk: people[row.pk] for row in rows if row.outcome == Outcome.MADE}
    reused = {pk: left[known.left[person.key]] for pk, person in wanted.items() if person.key in known.left}
    _write_reused(entry_import.contest, reused, people)
    new = {pk: person.as_entry(entry_import.contest) for pk, person in wanted.items() if pk not in reused}
    _insert(entry_import.contest, new)
    entries = reused | new
    ids = [entry.pk for entry in entries.values()]
    there = set(Entry.objects.filter(contest=entry_import.contest, pk__in=ids).values_list("pk", flat=True))
    late = ExistingEntries.among(
        entry_import.contest, [people[pk] for pk, entry in entries.items() if entry.pk not in there]
    )
    for row in rows:
        if row.pk in entries and entries[row.pk].pk in there:
            row.entry = entries[row.pk]
        else:
            _check_again(row, people[row.pk], late)
    made = {row.pk: entries[row.pk] for row in rows if row.entry_id}
    _fill_in(entry_import, made, people, job)
    referrals.add({entry: people[pk].referred_by for pk, entry in made.items()})
    save_outcomes(rows, "entry_id")
    return list(made.values())


def _check_again(row: EntryImportRow, person: Person, known: ExistingEntries) -> None:
    """As it is now: between the preview and this, people have entered."""
    if row.outcome not in (Outcome.NEW, Outcome.MADE):
        return
    if known.has(person):
        row.outcome = Outcome.KNOWN
    elif known.has_code_of(person):
        row.outcome, row.note = Outcome.ERROR, code_is_taken(person.referral_code)
    else:
        row.outcome = Outcome.MADE


def _hold_left(contest: Contest, known: ExistingEntries) -> dict[str, Entry]:
    """The entries by id that undone imports left, held until the transaction ends."""
    known.find_left(contest)
    if not known.left:
        return {}
    # Race: a purchase of theirs is being recorded. It holds the entry, so it is waited for here and seen below.
    left = Entry.objects.locked_together(contest.pk, known.left.values())
    known.find_left(contest)
    known.left = {key: entry_id for key, entry_id in known.left.items() if entry_id in left}
    return left


def _write_reused(contest: Contest, reused: dict[int, Entry], people: dict[int, Person]) -> None:
    """Give entries that undone imports left what their rows say; the words of their names are written anew."""
    if not reused:
        return
    for pk, entry in reused.items():
        people[pk].write_to(entry)
    Entry.objects.filter(contest=contest).bulk_update(reused.values(), WRITTEN)
    NameWord.objects.filter(contest=contest, entry__in=list(reused.values())).delete()


def _insert(contest: Contest, entries: dict[int, Entry]) -> None:
    # Race: somebody enters between the look-up and this. The insert waits for them and passes that row over.
    Entry.objects.bulk_create(entries.values(), ignore_conflicts=True)


def _fill_in(entry_import: EntryImport, made: dict[int, Entry], people: dict[int, Person], job: Job) -> None:
    """What belongs to entries that were just made: the words of their names, and their points."""
    words = [
        NameWord(contest=entry_import.contest, entry=entry, word=word)
        for entry in made.values()
        for word in words_of(entry.name)
    ]
    NameWord.objects.bulk_create(words)
    now = timezone.now()
    lines = [
        (
            _kind_of(people[pk].points),
            ledger.NewLine(entry, people[pk].points, None, now, adjustment_id=entry_import.pk),
        )
        for pk, entry in made.items()
        if people[pk].points
    ]
    ledger.post_mixed(lines, reason=REASON, actor=job.actor)


def _kind_of(points: int) -> PointTransaction.Kind:
    """A bonus takes nothing away; a balance below 0 comes over as an adjustment."""
    return PointTransaction.Kind.BONUS if points > 0 else PointTransaction.Kind.ADJUSTED
