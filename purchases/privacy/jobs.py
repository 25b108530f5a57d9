"""Erasing a person in the background."""

from typing import TypeAlias

from django.db import transaction

from blitzrocket.accounts.services.logins import StillMember, check_no_member
from blitzrocket.audit.context import AuditContext
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import start_job
from blitzrocket.jobs.registry import handler
from contests.models import Entry
from purchases.models import RejectedPurchase
from purchases.privacy.erasing import ImportRunning, NothingFound, PersonNamed, check_reason, erase_person
from purchases.privacy.mentions import searched_tables
from purchases.privacy.person import Person, person_of, sender_of

ERASE = "erase_person"


Row: TypeAlias = Entry | RejectedPurchase  # by which a person is found


class AlreadyErased(Exception):
    """The row's person was erased."""

    def __init__(self) -> None:
        super().__init__("Its personal data was erased already.")


def person_of_row(row: Row) -> Person:
    """The person of an entry, or of a rejected order."""
    return person_of(row) if isinstance(row, Entry) else sender_of(row)


def start_erasing(row: Row, *, audit: AuditContext) -> Job:
    """Start erasing the person of a row in the background; where that is under way, its job.

    The job names the row by its id, and not the person.

    Raises:
        AlreadyErased: nothing of the person is left.
        PersonNamed: the reason names the person.
        StillMember: the person is a member of the team.
        ContestBusy: another job writes to the contest.
    """
    person = person_of_row(row)
    if person.is_unknown or row.contest is None:
        raise AlreadyErased
    check_reason(person, audit.reason)
    check_no_member(person.team, sorted(person.identity.email_keys))
    running = erasing_of(row)
    if running is not None and running.is_open:
        return running
    params = {_KIND[type(row)]: row.pk, "reason": audit.reason, "request": audit.id}
    return start_job(ERASE, row.contest, by=audit.user, **params)


def erasing_of(row: Row) -> Job | None:
    """The last job that erases the row's person."""
    jobs = Job.objects.filter(contest_id=row.contest_id, kind=ERASE, params__contains={_KIND[type(row)]: row.pk})
    return jobs.order_by("-pk").first()


_KIND = {Entry: "entry", RejectedPurchase: "rejected order"}


@handler(ERASE, "Erasing personal data")
def erase_in_background(job: Job) -> None:
    audit = AuditContext(reason=job.params["reason"], user=job.actor, id=job.params["request"])
    steps = Steps(job)
    try:
        erase_person(person_of_row(_row_of(job)), audit=audit, progress=steps.next, finish=job.finish)
    except (ImportRunning, NothingFound, PersonNamed, StillMember) as error:
        job.fail(str(error))


def _row_of(job: Job) -> Row:
    if "entry" in job.params:
        return Entry.objects.select_related("contest__team").get(contest=job.contest_id, pk=job.params["entry"])
    rejected = RejectedPurchase.objects.filter(contest_sent=job.contest_id, contest=job.contest_id)
    return rejected.select_related("team").get(pk=job.params["rejected order"])


class Steps:
    """The progress of a job, by the tables that are searched."""

    def __init__(self, job: Job) -> None:
        self.job, self.done, self.total = job, 0, len(searched_tables()) + 1

    def next(self, table: str) -> None:
        with transaction.atomic():
            self.job.proceed(self.done, total=self.total)
        self.done += 1
