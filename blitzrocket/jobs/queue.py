"""Starting work for the background and working it off."""

import logging
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import Model
from psycopg.errors import DeadlockDetected, SerializationFailure

from blitzrocket.jobs.models import Job, JobStopped
from blitzrocket.jobs.models.jobs import MOST_ATTEMPTS
from blitzrocket.jobs.registry import KINDS

logger = logging.getLogger(__name__)


class ContestBusy(Exception):
    """Another job that writes is not over; a contest has one at a time."""


def start_job(kind: str, contest: Model, *, by: Any, **params: Any) -> Job:
    """Have something done in the background.

    Raises:
        ContestBusy: the contest is being recalculated or imported into.
    """
    try:
        with transaction.atomic():
            return Job.objects.create(
                kind=kind, is_exclusive=KINDS[kind].is_exclusive, contest_id=contest.pk, actor=by, params=params
            )
    except IntegrityError:
        raise ContestBusy from None


def run_next_job() -> bool:
    """Do the next job, if there is one; whatever it raises is told in it and in the log."""
    job = Job.objects.claim_next()
    if job is None:
        return False
    try:
        if job.attempts > MOST_ATTEMPTS:
            job.fail("Stopped after too many interruptions. Changes made so far stay.")
        else:
            KINDS[job.kind].run(job)
    except JobStopped:
        logger.info("job stopped", extra={"job": job.pk})
    except (KeyboardInterrupt, SystemExit):
        job.let_go()
        raise
    except OperationalError as error:
        if not isinstance(error.__cause__, (DeadlockDetected, SerializationFailure)):
            raise  # as below
        job.let_go()  # a deadlock, which the database ended at this side: again at once
    except InterfaceError:
        raise  # the database is away: when it is back and the lease is over, the job goes on
    except Exception:
        logger.exception("job failed", extra={"job": job.pk})
        _give_up(job)
    return True


def run_all_jobs() -> int:
    """Do all waiting jobs; how many."""
    count = 0
    while run_next_job():
        count += 1
    return count


def _give_up(job: Job) -> None:
    try:
        job.fail(f"Something went wrong. The server log has the details (job {job.pk}).")
    except JobStopped:
        logger.info("job stopped", extra={"job": job.pk})
