"""Entries from a file: looked through first, then made in steps that go on where a killed process stopped."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from contests import ledger
from contests.audit import Act
from contests.csv_table import FileRow
from contests.entry_file import EntryFile
from contests.identity import words_of
from contests.models import (
    AuditLine,
    Contest,
    Entry,
    EntryImport,
    EntryImportRow,
    Job,
    NameWord,
    PointTransaction,
    User,
)
from contests.models.imports import MAX_NOTE_LENGTH
from contests.services.jobs import start_job
from contests.services.people import Judge, Known, Person, code_is_taken

ROWS_CHECKED_AT_ONCE = 1000
ENTRIES_AT_ONCE = 500
CHECKED_IN_THE_REQUEST = 2000  # rows; about as many as are checked while somebody waits for a page
REASON = "Imported"

Outcome, State = EntryImportRow.Outcome, EntryImport.State
Proceed = Callable[[int], None]
Made = Callable[[list[Entry]], Any]


class ImportNotReady(Exception):
    """It was started, taken back or forgotten meanwhile."""


def keep_upload(contest: Contest, file_name: str, data: bytes, *, by: User | None) -> EntryImport:
    """Keep a file and look it through; a long one in the background.

    Raises:
        UnreadableFile: it cannot be read; nothing is kept.
    """
    file = EntryFile.parse(data)
    count = file.table.count()
    with transaction.atomic():
        kept = EntryImport.objects.create(
            contest=contest,
            file_name=file_name[-200:],
            content=data,
            unread_columns=file.table.unread,
            row_count=count,
            actor=by,
        )
        if count > CHECKED_IN_THE_REQUEST:
            kept.job = start_job(Job.Kind.CHECK_IMPORT, contest, by=by, **{"import": kept.pk})
            kept.save(update_fields=["job"])
        else:
            _keep_rows(kept, lambda done: None)
            _ready(kept)
    return kept


def check_import(job: Job) -> None:
    """The handler of looking a file through; it begins anew after a killed process."""
    kept = import_of(job)
    EntryImportRow.objects.filter(contest=job.contest_id, entry_import=kept).delete()
    _keep_rows(kept, lambda done: job.proceed(done, total=kept.row_count))
    with transaction.atomic():
        _ready(kept)
        job.finish(kept.counts)


def start_import(kept: EntryImport, *, act: Act) -> Job:
    """Have its entries made in the background; the same act again is the same job.

    Raises:
        ImportNotReady: it was started or taken back meanwhile.
        ContestBusy: another job writes to the contest.
        ActIdTaken: another act has this id.
    """
    with transaction.atomic():
        # Race: a double click, or somebody else starts it too. The second waits here and sees that it was started.
        fresh = EntryImport.objects.select_for_update(of=["self"]).select_related("contest", "job").get(pk=kept.pk)
        if act.was_done_to(fresh) and fresh.job is not None:
            return fresh.job
        if not fresh.can_start:
            raise ImportNotReady
        job = start_job(Job.Kind.IMPORT_ENTRIES, fresh.contest, by=act.user, **{"import": fresh.pk})
        fresh.state, fresh.job = State.IMPORTING, job
        fresh.save(update_fields=["state", "job"])
        planned = fresh.count_outcomes().get(Outcome.NEW, 0)
        act.note(
            AuditLine.Action.IMPORTED, fresh, contest=fresh.contest, after={"rows": fresh.row_count, "new": planned}
        )
    return job


def import_entries(job: Job, *, made: Made) -> None:
    """The handler of making them; ``made`` is told of each step's entries after it is committed."""
    kept = import_of(job)
    rows_left = EntryImportRow.objects.filter(contest=job.contest_id, entry_import=kept, outcome=Outcome.NEW)
    total = job.total or rows_left.count()
    done = job.done
    while True:
        with transaction.atomic():
            rows = list(rows_left.order_by("line")[:ENTRIES_AT_ONCE])
            done += len(rows)
            job.proceed(done, total=total)
            if not rows:
                end_with(kept, State.IMPORTED, job)
                return
            entries = _make(kept, rows, job)
        made(entries)


def end_with(kept: EntryImport, state: EntryImport.State, job: Job) -> None:
    """Keep what came of it, in the transaction of the last step."""
    kept.state, kept.counts = state, kept.count_outcomes()
    kept.save(update_fields=["state", "counts"])
    job.finish(kept.counts)


def import_of(job: Job) -> EntryImport:
    """The import that a job is for."""
    return EntryImport.objects.select_related("contest").get(pk=job.params["import"], contest=job.contest_id)


def settle(rows: Iterable[EntryImportRow]) -> None:
    """Write outcome, note and entry of rows, in one statement."""
    columns = list(zip(*[(row.pk, row.outcome, row.note, row.entry_id) for row in rows], strict=True))
    if columns:
        with connection.cursor() as cursor:
            cursor.execute(_SETTLE, [list(column) for column in columns])


_SETTLE = """
    UPDATE contests_entryimportrow SET outcome = now.outcome, note = now.note, entry_id = now.entry_id
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS now (id, outcome, note, entry_id)
    WHERE contests_entryimportrow.id = now.id
"""


def _keep_rows(kept: EntryImport, proceed: Proceed) -> None:
    judge = Judge(kept.contest)
    done = 0
    for rows in _in_steps(EntryFile.parse(bytes(kept.content)).rows()):
        done += len(rows)
        with transaction.atomic():
            proceed(done)
            EntryImportRow.objects.bulk_create(
                EntryImportRow(
                    contest=kept.contest,
                    entry_import=kept,
                    line=row.line,
                    values=row.values,
                    outcome=outcome,
                    note=note[:MAX_NOTE_LENGTH],
                )
                for row, outcome, note in judge.judge(rows)
            )


def _in_steps(rows: Iterator[FileRow]) -> Iterator[list[FileRow]]:
    while step := list(islice(rows, ROWS_CHECKED_AT_ONCE)):
        yield step


def _ready(kept: EntryImport) -> None:
    kept.state, kept.content, kept.counts = State.READY, b"", kept.count_outcomes()
    kept.save(update_fields=["state", "content", "counts"])


def _make(kept: EntryImport, rows: list[EntryImportRow], job: Job) -> list[Entry]:
    """Entries of rows, with their points; whoever entered meanwhile is left as they are."""
    people = {row.pk: Person.parse(row.values) for row in rows}
    known = Known.among(kept.contest, list(people.values()))
    for row in rows:
        _judge_again(row, people[row.pk], known)
    entries = {row.pk: people[row.pk].as_entry(kept.contest) for row in rows if row.outcome == Outcome.MADE}
    _insert(kept.contest, entries)
    there = set(Entry.objects.filter(pk__in=[entry.pk for entry in entries.values()]).values_list("pk", flat=True))
    late = Known.among(kept.contest, [people[pk] for pk, entry in entries.items() if entry.pk not in there])
    for row in rows:
        if row.pk in entries and entries[row.pk].pk in there:
            row.entry = entries[row.pk]
        else:
            _judge_again(row, people[row.pk], late)
    made = {row.pk: entries[row.pk] for row in rows if row.entry_id}
    _fill_in(kept, made, people, job)
    settle(rows)
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
    """What belongs to entries that were just made: the words of their names, who referred them, their points."""
    words = [
        NameWord(contest=kept.contest, entry=entry, word=word)
        for entry in made.values()
        for word in words_of(entry.name)
    ]
    NameWord.objects.bulk_create(words)
    _note_referrers(kept.contest, {pk: (entry, people[pk].referred_by) for pk, entry in made.items()})
    now = timezone.now()
    lines = [
        ledger.NewLine(entry, people[pk].points, None, now, adjustment_id=kept.pk)
        for pk, entry in made.items()
        if people[pk].points
    ]
    ledger.post_all(PointTransaction.Kind.BONUS, lines, reason=REASON, actor=job.actor)


def _note_referrers(contest: Contest, referred: dict[int, tuple[Entry, str]]) -> None:
    codes = {code for _entry, code in referred.values() if code}
    found = Entry.objects.filter(contest=contest, referral_code__in=codes).values_list("referral_code", "pk")
    ids = dict(found) if codes else {}
    changed = []
    for entry, code in referred.values():
        if code in ids and ids[code] != entry.pk:
            entry.referred_by_id = ids[code]
            changed.append(entry)
    if changed:
        Entry.objects.bulk_update(changed, ["referred_by"])
