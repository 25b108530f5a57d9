"""Starting work for the background and working it off."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.errors import DeadlockDetected, SerializationFailure

from contests.models import Contest, Job, JobStopped, User
from contests.models.job import MOST_ATTEMPTS

logger = logging.getLogger(__name__)

Handler = Callable[[Job], None]
DAYS_KEPT = 30


class ContestBusy(Exception):
    """Another job that writes is not over; a contest has one at a time."""


def start_job(kind: Job.Kind, contest: Contest, *, by: User | None, **params: Any) -> Job:
    """Have something done in the background.

    Raises:
        ContestBusy: the contest is being recalculated or imported into.
    """
    try:
        with transaction.atomic():
            return Job.objects.create(kind=kind, contest=contest, actor=by, params=params)
    except IntegrityError:
        raise ContestBusy from None


def work_off_one(handlers: Mapping[str, Handler]) -> bool:
    """Do the next job, if there is one; whatever it raises is told in it and in the log."""
    job = Job.objects.claim_next()
    if job is None:
        return False
    try:
        if job.attempts > MOST_ATTEMPTS:
            job.fail(_("It was interrupted too often. What it wrote so far stays."))
        else:
            handlers[job.kind](job)
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


def forget_old_jobs() -> int:
    """Delete trials of rules that nobody looks at any more; whatever wrote something stays as the record of it."""
    before = timezone.now() - timedelta(days=DAYS_KEPT)
    count, _by_model = Job.objects.filter(kind=Job.Kind.TRY_RULES, created_at__lt=before).delete()
    return count


def _give_up(job: Job) -> None:
    try:
        job.fail(_("Something went wrong on our side; the log of the service says what."))
    except JobStopped:
        logger.info("job stopped", extra={"job": job.pk})
