"""Recalculations: one act, tried before, done in the background, taken back as one."""

from datetime import timedelta

from django.db import transaction

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import start_job
from contests.models import Contest, RuleSet
from purchases.models import Recalculation


class NotTheLatest(Exception):
    """Purchases were recalculated again since; that is taken back first."""


class NothingToDo(Exception):
    """It was taken back already, or is not over yet."""


class RulesChanged(Exception):
    """Other rules are in force than those that were looked at."""


def start_recalculation(contest: Contest, rule_set: RuleSet, *, days: int, audit: AuditContext) -> Recalculation:
    """Have the purchases of so many days (0: all) judged by the rules in force; doing the same act again is nothing.

    Raises:
        RulesChanged: these are not the rules in force.
        ContestBusy: another job writes to the contest.
        RequestIdReused: another act has this id.
    """
    with transaction.atomic():
        # Race: the same page sent twice. The second waits here, and finds that it was done.
        locked = Contest.objects.select_for_update(no_key=True).get(pk=contest.pk)
        parameters = {"rule_set": rule_set.pk, "days": days}
        line = audit.previous_event(AuditEvent.Action.RECALCULATED, locked, **parameters)
        if line is not None:
            return Recalculation.objects.get(contest=locked, pk=line.after["recalculation"])
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
        told = {"rule set": rule_set.number, "days": days or "all", "recalculation": recalculation.pk}
        audit.record(AuditEvent.Action.RECALCULATED, locked, contest=locked, after=told, parameters=parameters)
    return recalculation


def continue_recalculation(recalculation: Recalculation, *, audit: AuditContext) -> None:
    """Let one that was cancelled or failed go on where it ended.

    Raises:
        NothingToDo: it is not one of these, or its taking back was begun.
        NotTheLatest: a later one stands.
        RulesChanged: it judges by other rules than those in force.
        ContestBusy: another job writes to the contest.
        RequestIdReused: another act has this id.
    """
    with transaction.atomic():
        fresh = _locked(recalculation)
        parameters = {"continued": fresh.pk}
        if audit.previous_event(AuditEvent.Action.RECALCULATED, fresh.contest, **parameters):
            return
        if fresh.job.state not in (Job.State.CANCELLED, Job.State.FAILED) or fresh.undo_job_id:
            raise NothingToDo
        _refuse_if_later_ones_stand(fresh)
        if fresh.rule_set_id != fresh.contest.rule_set_id:
            raise RulesChanged
        fresh.job = start_job(Recalculation.JOB_KIND, fresh.contest, by=audit.user)
        fresh.save(update_fields=["job"])
        told = {"rule set": fresh.rule_set.number, **parameters}
        audit.record(
            AuditEvent.Action.RECALCULATED, fresh.contest, contest=fresh.contest, after=told, parameters=parameters
        )


def undo_recalculation(recalculation: Recalculation, *, audit: AuditContext) -> None:
    """Have all that it changed taken back, less what was refunded since; also what one that was cancelled has done.

    Raises:
        NotTheLatest: a later one has to be taken back first.
        NothingToDo: it is not over, or was taken back.
        ContestBusy: another job writes to the contest.
        RequestIdReused: another act has this id.
    """
    with transaction.atomic():
        fresh = _locked(recalculation)
        parameters = {"recalculation": fresh.pk}
        if audit.previous_event(AuditEvent.Action.UNDONE, fresh.contest, **parameters):
            return
        if fresh.job.is_open or (fresh.undo_job and fresh.undo_job.state in (*Job.OPEN, Job.State.DONE)):
            raise NothingToDo
        _refuse_if_later_ones_stand(fresh)
        fresh.undo_job = start_job(Recalculation.UNDO_JOB_KIND, fresh.contest, by=audit.user, reason=audit.reason)
        fresh.save(update_fields=["undo_job"])
        told = {"rule set": fresh.rule_set.number, **parameters}
        audit.record(AuditEvent.Action.UNDONE, fresh.contest, contest=fresh.contest, after=told, parameters=parameters)


def _locked(recalculation: Recalculation) -> Recalculation:
    """Race: two people continue or undo it at once. The second sees what the first did."""
    Contest.objects.select_for_update(no_key=True).get(pk=recalculation.contest_id)
    own = Recalculation.objects.filter(contest=recalculation.contest_id)
    return own.select_related("contest", "job", "undo_job", "rule_set").get(pk=recalculation.pk)


def _refuse_if_later_ones_stand(recalculation: Recalculation) -> None:
    """Each begins where the one before it ended, so they are taken back, and go on, from the last one on."""
    later = Recalculation.objects.filter(contest=recalculation.contest_id, pk__gt=recalculation.pk)
    if any(not other.is_undone for other in later.select_related("undo_job")):
        raise NotTheLatest
