"""What the background process does: the handler of each kind of job, and the chores."""

from collections.abc import Mapping
from datetime import timedelta

from contests.models import Job
from contests.services.chores import Task
from contests.services.file_imports import forget_old_imports
from contests.services.importing import check_import, import_entries
from contests.services.jobs import Handler, forget_old_jobs, work_off_one
from contests.services.sign_in_cleanup import delete_old_sign_ins
from contests.services.unimporting import undo_import
from purchases.reports import catch_up_all, forget, update_totals
from purchases.services import (
    HeldWalk,
    delete_old_rejected_purchases,
    limit_held_purchases,
    release_all_held_purchases,
    release_held_among,
)
from purchases.services.history_import import check_purchases, import_purchases
from purchases.services.history_undo import undo_purchases
from purchases.services.recalculating import recalculate, take_back
from purchases.services.trial import try_rules


def import_and_release(job: Job) -> None:
    """Entries from a file; orders that waited for them are recorded, as for every new entry.

    When it goes on where another process stopped, also those that one did not come to after its last step.
    """
    if job.done:
        release_all_held_purchases(job.contest)
    import_entries(job, made=lambda entries: release_held_among(job.contest, entries))


def undo_and_forget_figures(job: Job) -> None:
    """An import taken back; in each step, also the daily figures that count the people who are gone.

    So they are right wherever it ends: done, cancelled, failed or killed.
    """
    undo_import(job, removed=lambda since: forget(job.contest_id, since))


HANDLERS: Mapping[str, Handler] = {
    Job.Kind.TRY_RULES: try_rules,
    Job.Kind.RECALCULATE: recalculate,
    Job.Kind.UNDO_RECALCULATION: take_back,
    Job.Kind.CHECK_IMPORT: check_import,
    Job.Kind.IMPORT_ENTRIES: import_and_release,
    Job.Kind.UNDO_IMPORT: undo_and_forget_figures,
    Job.Kind.CHECK_PURCHASES: check_purchases,
    Job.Kind.IMPORT_PURCHASES: import_purchases,
    Job.Kind.UNDO_PURCHASES: undo_purchases,
}

# Totals are promised to be at most a minute old, so they wait for no other chore: they have a thread of their own.
TOTALS = (Task("update_totals", update_totals, timedelta(seconds=30)),)
# Nothing that is recorded depends on how soon one of these is done; after a long downtime one may take an hour.
CHORES = (
    Task("roll_up_days", catch_up_all, timedelta(minutes=5)),
    Task("record_held_purchases", HeldWalk().go_on, timedelta(minutes=1)),
    Task("limit_held_purchases", limit_held_purchases, timedelta(minutes=1)),
    Task("delete_old_attempts", delete_old_rejected_purchases, timedelta(hours=1)),
    Task("delete_old_jobs", forget_old_jobs, timedelta(hours=1)),
    Task("delete_old_imports", forget_old_imports, timedelta(hours=1)),
    Task("delete_old_sign_ins", delete_old_sign_ins, timedelta(hours=1)),
)


def work_off_all() -> int:
    """Do all that waits; the number of jobs."""
    count = 0
    while work_off_one(HANDLERS):
        count += 1
    return count
