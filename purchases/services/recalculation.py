"""Starting, continuing and undoing recalculations; the work itself is in `recalculation_jobs`."""

from datetime import timedelta

from django.db import transaction

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import start_job
from contests.models import Contest, RuleSet
from purchases.models import Recalculation


class NotTheLatest(Exception):
    """There is a later recalculation, which has to be undone first."""


class NothingToDo(Exception):
    """It was undone already, or still runs."""


class RulesChanged(Exception):
    """The contest's rules are not those of the preview."""


def start_recalculation(contest: Contest, rule_set: RuleSet, *, days: int, audit: AuditContext) -> Recalculation:
    """Score the purchases of the last ``days`` (0: all) by the live rules, in the background.

    Raises:
        RulesChanged: ``rule_set`` is not live.
        ContestBusy: another job writes to the contest.
        RequestIdReused: the request id belongs to another action.
    """
    with transaction.atomic():
        # Race: the same form is sent twice. The second waits here, and then reads the event of the first.
        locked = Contest.objects.select_for_update(no_key=True).get(pk=contest.pk)
        parameters = {"rule_set": rule_set.pk, "days": days}
        event = audit.previous_event(AuditEvent.Action.RECALCULATED, locked, **parameters)
        if event is not None:
            return Recalculation.objects.get(contest=locked, pk=event.after["recalculation"])
        if locked.rule_set_id != rule_set.pk:
            raise RulesChanged
        job = start_job(Recalculation.JOB_KIND, locked, by=audit.user)
        recalculation = Recalculation.objects.create(
            contest=locked,
            rule_set=rule_set,
            since=audit.at - timedelta(days=days) if days else None,
            reason=audit.reason,
            actor=audit.user,
            job=job,
            created_at=audit.at,
        )
        state = {"rule set": rule_set.number, "days": days or "all", "recalculation": recalculation.pk}
        audit.record(AuditEvent.Action.RECALCULATED, locked, contest=locked, after=state, parameters=parameters)
    return recalculation


def continue_recalculation(recalculation: Recalculation, *, audit: AuditContext) -> None:
    """Resume a cancelled or failed recalculation where it stopped.

    Raises:
        NothingToDo: it is neither, or its undo was started.
        NotTheLatest: there is a later one.
        RulesChanged: its rules are no longer live.
        ContestBusy: another job writes to the contest.
        RequestIdReused: the request id belongs to another action.
    """
    with transaction.atomic():
        current = _locked(recalculation)
        parameters = {"continued": current.pk}
        if audit.previous_event(AuditEvent.Action.RECALCULATED, current.contest, **parameters):
            return
        if current.job.state not in (Job.State.CANCELLED, Job.State.FAILED) or current.undo_job_id:
            raise NothingToDo
        _check_is_latest(current)
        if current.rule_set_id != current.contest.rule_set_id:
            raise RulesChanged
        current.job = start_job(Recalculation.JOB_KIND, current.contest, by=audit.user)
        current.save(update_fields=["job"])
        state = {"rule set": current.rule_set.number, **parameters}
        audit.record(
            AuditEvent.Action.RECALCULATED, current.contest, contest=current.contest, after=state, parameters=parameters
        )


def undo_recalculation(recalculation: Recalculation, *, audit: AuditContext) -> None:
    """Undo a recalculation in the background, also a cancelled one. Points of later refunds stay removed.

    Raises:
        NotTheLatest: a later one has to be undone first.
        NothingToDo: it still runs, or was undone.
        ContestBusy: another job writes to the contest.
        RequestIdReused: the request id belongs to another action.
    """
    with transaction.atomic():
        current = _locked(recalculation)
        parameters = {"recalculation": current.pk}
        if audit.previous_event(AuditEvent.Action.UNDONE, current.contest, **parameters):
            return
        if current.job.is_open or (current.undo_job and current.undo_job.state in (*Job.OPEN, Job.State.DONE)):
            raise NothingToDo
        _check_is_latest(current)
        current.undo_job = start_job(Recalculation.UNDO_JOB_KIND, current.contest, by=audit.user, reason=audit.reason)
        current.save(update_fields=["undo_job"])
        state = {"rule set": current.rule_set.number, **parameters}
        audit.record(
            AuditEvent.Action.UNDONE, current.contest, contest=current.contest, after=state, parameters=parameters
        )


def _locked(recalculation: Recalculation) -> Recalculation:
    """The current row, with its contest locked until the transaction ends.

    Race: two users continue or undo it at once. The second waits here, and sees the result of the first.
    """
    Contest.objects.select_for_update(no_key=True).get(pk=recalculation.contest_id)
    own = Recalculation.objects.filter(contest=recalculation.contest_id)
    return own.select_related("contest", "job", "undo_job", "rule_set").get(pk=recalculation.pk)


def _check_is_latest(recalculation: Recalculation) -> None:
    """Only the latest can be undone or continued: each starts from the points that the one before it gave."""
    later = Recalculation.objects.filter(contest=recalculation.contest_id, pk__gt=recalculation.pk)
    if any(not other.is_undone for other in later.select_related("undo_job")):
        raise NotTheLatest
