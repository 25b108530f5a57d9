"""Entries from a file: what each row does, and making them."""

from collections.abc import Callable, Iterator
from typing import Any

from django.utils import timezone

from contests import ledger
from contests.entry_file import EntryFile
from contests.identity import words_of
from contests.models import Contest, Entry, EntryImport, EntryImportRow, Job, NameWord, PointTransaction, User
from contests.models.imports import MAX_NOTE_LENGTH
from contests.services.file_imports import check_in_background, check_upload, in_steps, save_outcomes, work_through
from contests.services.people import Judge, Known, Person, code_is_taken
from contests.services.referrals import Referrals

ENTRIES_AT_ONCE = 500
REASON = "Imported"

Outcome, State = EntryImportRow.Outcome, EntryImport.State
Made = Callable[[list[Entry]], Any]


def keep_upload(contest: Contest, file_name: str, data: bytes, *, by: User | None) -> EntryImport:
    """Keep a file and check it; a long one in the background.

    Raises:
        UnreadableFile: it cannot be read; nothing is kept.
    """
    file = EntryFile.parse(data)
    kept = EntryImport(
        contest=contest,
        file_name=file_name[-200:],
        content=data,
        encoding=file.table.encoding,
        unread_columns=file.table.unread,
        row_count=file.table.count(),
        actor=by,
    )
    check_upload(kept, _check_rows)
    return kept


def check_import(job: Job) -> None:
    """The handler of checking a file."""
    check_in_background(job, import_of(job), _check_rows)


def import_entries(job: Job, *, made: Made) -> None:
    """The handler of making them; ``made`` is told of each step's entries after it is committed."""
    kept = import_of(job)
    referrals = Referrals.of(kept)

    def make(rows: list[EntryImportRow]) -> list[Entry]:
        return _make(kept, rows, job, referrals)

    for entries in work_through(job, kept, Outcome.NEW, make, rows_at_once=ENTRIES_AT_ONCE, ends_as=State.IMPORTED):
        made(entries)


def import_of(job: Job) -> EntryImport:
    """The import that a job is for."""
    return EntryImport.objects.select_related("contest").get(pk=job.params["import"], contest=job.contest_id)


def _check_rows(kept: EntryImport) -> Iterator[list[EntryImportRow]]:
    judge = Judge(kept.contest)
    for rows in in_steps(EntryFile.parse(bytes(kept.content)).rows()):
        yield [
            EntryImportRow(
                contest=kept.contest,
                entry_import=kept,
                line=row.line,
                values=row.values,
                outcome=outcome,
                note=note[:MAX_NOTE_LENGTH],
            )
            for row, outcome, note in judge.judge(rows)
        ]


def _make(kept: EntryImport, rows: list[EntryImportRow], job: Job, referrals: Referrals) -> list[Entry]:
    """Entries of rows, with their points; whoever entered meanwhile is left as they are."""
    people = {row.pk: Person.parse(row.values) for row in rows}
    known = Known.among(kept.contest, list(people.values()))
    for row in rows:
        _judge_again(row, people[row.pk], known)
    entries = {row.pk: people[row.pk].as_entry(kept.contest) for row in rows if row.outcome == Outcome.MADE}
    _insert(kept.contest, entries)
    ids = [entry.pk for entry in entries.values()]
    there = set(Entry.objects.filter(contest=kept.contest, pk__in=ids).values_list("pk", flat=True))
    late = Known.among(kept.contest, [people[pk] for pk, entry in entries.items() if entry.pk not in there])
    for row in rows:
        if row.pk in entries and entries[row.pk].pk in there:
            row.entry = entries[row.pk]
        else:
            _judge_again(row, people[row.pk], late)
    made = {row.pk: entries[row.pk] for row in rows if row.entry_id}
    _fill_in(kept, made, people, job)
    referrals.add({entry: people[pk].referred_by for pk, entry in made.items()})
    save_outcomes(rows, "entry_id")
    return list(made.values())


def _judge_again(row: EntryImportRow, person: Person, known: Known) -> None:
    """As it is now: between the preview and this, people have entered."""
    if row.outcome not in (Outcome.NEW, Outcome.MADE):
        return
    if person.key in known.keys:
        row.outcome = Outcome.KNOWN
    elif person.referral_code in known.codes:
        row.outcome, row.note = Outcome.ERROR, code_is_taken(person.referral_code)
    else:
        row.outcome = Outcome.MADE


def _insert(contest: Contest, entries: dict[int, Entry]) -> None:
    # Race: somebody enters between the look-up and this. The insert waits for them and passes that row over.
    Entry.objects.bulk_create(entries.values(), ignore_conflicts=True)


def _fill_in(kept: EntryImport, made: dict[int, Entry], people: dict[int, Person], job: Job) -> None:
    """What belongs to entries that were just made: the words of their names, and their points."""
    words = [
        NameWord(contest=kept.contest, entry=entry, word=word)
        for entry in made.values()
        for word in words_of(entry.name)
    ]
    NameWord.objects.bulk_create(words)
    now = timezone.now()
    lines = [
        (_kind_of(people[pk].points), ledger.NewLine(entry, people[pk].points, None, now, adjustment_id=kept.pk))
        for pk, entry in made.items()
        if people[pk].points
    ]
    ledger.post_mixed(lines, reason=REASON, actor=job.actor)


def _kind_of(points: int) -> PointTransaction.Kind:
    """A bonus takes nothing away; a balance below 0 comes over as an adjustment."""
    return PointTransaction.Kind.BONUS if points > 0 else PointTransaction.Kind.ADJUSTED
