"""What all file imports share: check, start, process in steps that survive a killed process, undo, delete old rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any, TypeVar

from django.apps import apps
from django.db import connection, transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.jobs.chores import chore
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import start_job
from blitzrocket.spreadsheets.csv_table import UnreadableFile
from contests.models import FileImport, FileImportRow

ROWS_CHECKED_AT_ONCE = 1000
ROWS_CHECKED_IN_REQUEST = 2000  # about as many rows as can be checked within a request
ROW_RETENTION_DAYS = 30
MAX_WAITING_ROWS = 1_000_000  # of a contest: ten of the longest files

ImportRow = TypeVar("ImportRow", bound=FileImportRow)
Result = TypeVar("Result")
Row = TypeVar("Row")
CheckRows = Callable[[Any], Iterator[list[Any]]]


class TooManyWaiting(UnreadableFile):
    """The contest has as many rows of files that nobody has imported as it may have."""

    def __init__(self, rows: int) -> None:
        super().__init__(
            f"Files with {rows:,} rows wait in this contest to be imported, and at most {MAX_WAITING_ROWS:,} may. "
            f"Open one under History and import it; what waits for {ROW_RETENTION_DAYS} days is deleted."
        )


class ImportNotReady(Exception):
    """The import was started or undone, or its rows were deleted, meanwhile."""


def check_upload(file_import: FileImport, check_rows: CheckRows) -> None:
    """Save a new import and check its rows; a long file is checked in the background.

    ``check_rows`` reads the content and yields lists of unsaved rows.

    Raises:
        TooManyWaiting: other files fill the contest's share; nothing is saved.
    """
    check_share(file_import)
    with transaction.atomic():
        file_import.save(force_insert=True)
        if file_import.row_count > ROWS_CHECKED_IN_REQUEST:
            params = {"import": file_import.pk}
            file_import.job = start_job(file_import.check_kind, file_import.contest, by=file_import.actor, **params)
            file_import.save(update_fields=["job"])
        else:
            for rows in check_rows(file_import):
                _save(rows)
            _mark_ready(file_import)


def check_share(file_import: FileImport) -> None:
    """Refuse a file where others wait: each is stored with all of its rows. Two at once may go a file beyond it.

    Raises:
        TooManyWaiting: so it is.
    """
    states = (FileImport.State.CHECKING, FileImport.State.READY)
    model = type(file_import)
    waiting = model._default_manager.filter(contest=file_import.contest, state__in=states, rows_deleted_at=None)
    rows = waiting.aggregate(rows=Sum("row_count"))["rows"] or 0
    if rows + file_import.row_count > MAX_WAITING_ROWS:
        raise TooManyWaiting(rows)


def check_in_background(job: Job, file_import: FileImport, check_rows: CheckRows) -> None:
    """The handler that checks a long file; after a killed process it starts over."""
    file_import.rows.filter(contest=job.contest_id).delete()
    done = 0
    for rows in check_rows(file_import):
        done += len(rows)
        with transaction.atomic():
            job.proceed(done, total=file_import.row_count)
            _save(rows)
    with transaction.atomic():
        _mark_ready(file_import)
        job.finish(file_import.counts)


def in_steps(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows in lists of `ROWS_CHECKED_AT_ONCE`."""
    iterator = iter(rows)
    while step := list(islice(iterator, ROWS_CHECKED_AT_ONCE)):
        yield step


def start_import(file_import: FileImport, *, audit: AuditContext) -> Job:
    """Start an import in the background; the same request again returns the same job.

    Raises:
        ImportNotReady: it was started or undone meanwhile.
        ContestBusy: another job writes to the contest.
        RequestIdReused: another action has this request id.
    """
    with transaction.atomic():
        # Race: a double click, or someone else starts it too. The second waits here and sees that it was started.
        locked = _locked(file_import)
        if audit.previous_event(AuditEvent.Action.IMPORTED, locked) and locked.job is not None:
            return locked.job
        if not locked.can_start:
            raise ImportNotReady
        job = start_job(locked.import_kind, locked.contest, by=audit.user, **{"import": locked.pk})
        locked.state, locked.job = FileImport.State.IMPORTING, job
        locked.save(update_fields=["state", "job"])
        after = {"rows": locked.row_count, "new": locked.count_new()} | locked.facts_for_audit()
        audit.record(AuditEvent.Action.IMPORTED, locked, contest=locked.contest, after=after)
    return job


def start_undo(file_import: FileImport, *, audit: AuditContext) -> Job:
    """Start undoing an import in the background; the same request again returns the same job.

    Raises:
        ImportNotReady: there is nothing to undo, or its rows are deleted.
        ContestBusy: another job writes to the contest.
        RequestIdReused: another action has this request id.
    """
    with transaction.atomic():
        # Race: a double click. The second waits here and sees that it was started.
        locked = _locked(file_import)
        if audit.previous_event(AuditEvent.Action.UNIMPORTED, locked) and locked.job is not None:
            return locked.job
        if not locked.can_be_undone:
            raise ImportNotReady
        params = {"import": locked.pk, "reason": audit.reason}
        job = start_job(locked.undo_kind, locked.contest, by=audit.user, **params)
        locked.state, locked.job = FileImport.State.UNDOING, job
        locked.save(update_fields=["state", "job"])
        row_count = locked.count_made()
        audit.record(
            AuditEvent.Action.UNIMPORTED,
            locked,
            contest=locked.contest,
            before={"imported": row_count},
            after={"imported": 0},
        )
    return job


def work_through(
    job: Job,
    file_import: FileImport,
    outcomes: Sequence[str],
    step: Callable[[list[ImportRow]], Result],
    *,
    rows_at_once: int,
    ends_as: FileImport.State,
    first: Callable[[QuerySet[ImportRow]], QuerySet[ImportRow]] = lambda rows: rows,
    in_order: str = "line",
) -> Iterator[Result]:
    """Process the rows with these outcomes, ``rows_at_once`` per transaction; yields each result after its commit.

    A step gives each of its rows another outcome, so another process can go on where a killed one ended. Its rows are
    of one outcome, the first that any are left of. Of these, those that ``first`` selects come first.
    """
    rows_left = file_import.rows.filter(contest=job.contest_id, outcome__in=outcomes)
    total = job.total or rows_left.count()
    done = job.done
    while True:
        with transaction.atomic():
            rows = _next_rows(
                [rows_left.filter(outcome=outcome) for outcome in outcomes], first, in_order, rows_at_once
            )
            done += len(rows)
            job.proceed(done, total=total)
            if not rows:
                file_import.state, file_import.counts = ends_as, file_import.count_outcomes()
                file_import.save(update_fields=["state", "counts"])
                job.finish(file_import.counts)
                return
            result = step(rows)
        yield result


def _next_rows(
    choices: Sequence[QuerySet[ImportRow]],
    first: Callable[[QuerySet[ImportRow]], QuerySet[ImportRow]],
    in_order: str,
    count: int,
) -> list[ImportRow]:
    for rows in choices:
        next_rows = list(first(rows).order_by(in_order)[:count] or rows.order_by(in_order)[:count])
        if next_rows:
            return next_rows
    return []


def save_outcomes(rows: list[ImportRow], link: str) -> None:
    """Update outcome, note and the column ``link`` of rows of one import, in one statement."""
    if not rows:
        return
    columns = list(zip(*[(row.pk, row.outcome, row.note, getattr(row, link)) for row in rows], strict=True))
    statement = _SAVE_OUTCOMES.format(table=rows[0]._meta.db_table, link=link)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*[list(column) for column in columns], rows[0].contest_id])


_SAVE_OUTCOMES = """
    UPDATE {table} SET outcome = now.outcome, note = now.note, {link} = now.link
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS now (id, outcome, note, link)
    WHERE {table}.contest_id = %s AND {table}.id = now.id
"""


@chore(every=timedelta(hours=1))
def delete_old_import_rows() -> int:
    """Delete the rows of imports older than `ROW_RETENTION_DAYS` and return how many; counts and file names stay."""
    before = timezone.now() - timedelta(days=ROW_RETENTION_DAYS)
    kinds = [model for model in apps.get_models() if issubclass(model, FileImport)]
    return sum(
        _delete_rows(file_import)
        for model in kinds
        for file_import in model._default_manager.filter(created_at__lt=before, rows_deleted_at=None).select_related(
            "job"
        )
    )


def _delete_rows(file_import: FileImport) -> int:
    with transaction.atomic():
        # Race: it is started or undone now. That is waited for here, and then needs its rows; the other way round, it
        # finds them deleted.
        locked = _locked(file_import)
        if locked.is_busy or locked.rows_deleted_at is not None:
            return 0
        locked.counts, locked.content, locked.rows_deleted_at = locked.count_outcomes(), b"", timezone.now()
        locked.save(update_fields=["counts", "content", "rows_deleted_at"])
        return int(locked.rows.filter(contest=locked.contest_id).delete()[0])


def _locked(file_import: FileImport) -> FileImport:
    """The import as it is now, locked until the transaction ends.

    Its job is read afterwards: joined, it would be that of before the wait for the lock.
    """
    return type(file_import)._default_manager.select_for_update().get(contest=file_import.contest_id, pk=file_import.pk)


def _save(rows: list[FileImportRow]) -> None:
    if rows:
        type(rows[0])._default_manager.bulk_create(rows)


def _mark_ready(file_import: FileImport) -> None:
    file_import.state, file_import.content = FileImport.State.READY, b""
    file_import.counts = file_import.count_outcomes()
    file_import.save(update_fields=["state", "content", "counts"])
