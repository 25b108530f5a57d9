"""The job queue: starting a job, and running the next one."""

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
    """The contest has another exclusive job that is waiting or running."""


def start_job(kind: str, contest: Model, *, by: Any, **params: Any) -> Job:
    """Queue a job for the background.

    Raises:
        ContestBusy: the contest is being recalculated or imported into.
    """
    try:
        with transaction.atomic():
            return Job.objects.create(
                kind=kind, is_exclusive=KINDS[kind].is_exclusive, contest_id=contest.pk, actor=by, params=params
            )
    except IntegrityError:
        # Race: two users start exclusive jobs at once; `job_one_exclusive_per_contest` refuses the second.
        raise ContestBusy from None


def run_next_job() -> bool:
    """Run the next job and return whether there was one; its exceptions go to the job and the log.

    Raises:
        django.db.Error: the database cannot be reached; the job goes on when its lease is over.
    """
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
        job.release()
        raise
    except OperationalError as error:
        if not isinstance(error.__cause__, (DeadlockDetected, SerializationFailure)):
            raise  # as below
        job.release()  # a deadlock that the database resolved by ending this transaction: retry at once
    except InterfaceError:
        raise  # the database is away: when it is back and the lease is over, the job goes on
    except Exception:
        logger.exception("job failed", extra={"job": job.pk})
        _fail_after_exception(job)
    return True


def run_all_jobs() -> int:
    """Run all waiting jobs and return how many, for tests and commands."""
    count = 0
    while run_next_job():
        count += 1
    return count


def _fail_after_exception(job: Job) -> None:
    try:
        job.fail(f"Something went wrong. The server log has the details (job {job.pk}).")
    except JobStopped:
        logger.info("job stopped", extra={"job": job.pk})
