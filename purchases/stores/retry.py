"""Processing kept deliveries again, at a person's request."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import start_job
from blitzrocket.jobs.registry import handler
from contests.models import Contest
from purchases.models import StoreConnection, StoreDelivery
from purchases.stores.flow import DeliveryFailed, process

RETRY = "retry_deliveries"
UNFINISHED_AFTER = timedelta(minutes=1)  # then the process that received it has ended
STEP = 20  # deliveries between two notes of progress

State = StoreDelivery.State
RETRYABLE = (State.FAILED, State.UNUSABLE, State.RECEIVED, State.WAITING)


class NotRetryable(Exception):
    """The delivery is done, or has nothing to do."""


class RetryRunning(Exception):
    """It is being retried by someone else right now."""


@dataclass(frozen=True, slots=True)
class Retried:
    """A delivery after its retry; not finished where the same request had retried it before."""

    delivery: StoreDelivery
    is_finished: bool = True


def needs_attention() -> Q:
    """The condition of deliveries that a person has to look at."""
    is_unfinished = Q(state=State.RECEIVED, received_at__lt=timezone.now() - UNFINISHED_AFTER)
    return Q(state__in=(State.FAILED, State.UNUSABLE)) | is_unfinished


def retry_delivery(delivery: StoreDelivery, *, audit: AuditContext) -> Retried:
    """Process one delivery again; what it did before is not done twice.

    Raises:
        NotRetryable: it is done, was of no use, or is a test.
        RetryRunning: someone else retries it right now.
        RequestIdReused: the request id belongs to another action.
        OperationalError, InterfaceError: the database is away.
    """
    with transaction.atomic():
        # Race: two people at once. The second waits here, and sees that the first is at it.
        current = _locked(delivery)
        if audit.previous_event(AuditEvent.Action.RETRIED, current):
            return Retried(current, is_finished=False)
        _check(current)
        contest = Contest.objects.get(pk=current.contest_id)
        audit.record(AuditEvent.Action.RETRIED, current, contest=contest, before={"state": str(current.state)})
        _start(current)
    _process(_connection_of(current), current)
    return Retried(current)


def failed_deliveries(
    contest_ids: Collection[str], connection_id: str = "", *, with_unusable: bool = False
) -> "QuerySet[StoreDelivery]":
    """Those that “Retry all” is about: failed and unfinished ones of these contests, or of one connection."""
    rows = StoreDelivery.objects.filter(needs_attention(), contest__in=contest_ids)
    if connection_id:
        rows = rows.filter(connection=connection_id)
    return rows if with_unusable else rows.exclude(state=State.UNUSABLE)


def retry_failed(
    contest: Contest, connection_id: str, *, with_unusable: bool, at_once: int, audit: AuditContext
) -> "Counter[str] | Job | None":
    """Retry failed deliveries: up to ``at_once`` here, more of them by a job. None where the request was made before.

    Returns how many have which state now, or the job.

    Raises:
        RetryRunning: a job of the contest is at it.
        RequestIdReused: the request id belongs to another action.
    """
    choice: dict[str, Any] = {"connection": connection_id, "with_unusable": with_unusable}
    rows = failed_deliveries([contest.pk], connection_id, with_unusable=with_unusable)
    with transaction.atomic():
        # Race: two people at once, or a double click. The second waits here for the first's event and job.
        Contest.objects.select_for_update(no_key=True).get(pk=contest.pk)
        if audit.previous_event(AuditEvent.Action.RETRIED, contest, **choice):
            return None
        if Job.objects.open().filter(contest_id=contest.pk, kind=RETRY).exists():
            raise RetryRunning
        few = list(rows.order_by("received_at", "id").defer("body", "headers")[: at_once + 1])
        count = rows.count() if len(few) > at_once else len(few)
        after = {"deliveries": count}
        audit.record(AuditEvent.Action.RETRIED, contest, contest=contest, after=after, parameters=choice)
        if len(few) > at_once:
            return start_job(RETRY, contest, by=audit.user, **choice)
    return _retry_each(few)


@handler(RETRY, "Retry deliveries", is_exclusive=False)
def retry_deliveries(job: Job) -> None:
    """Retry those that had failed when the job was started, the oldest first.

    Raises:
        JobStopped: it was cancelled.
    """
    connection_id, with_unusable = job.params["connection"], job.params["with_unusable"]
    rows = failed_deliveries([job.contest_id], connection_id, with_unusable=with_unusable)
    # One that fails again has a later end: it is not taken twice.
    rows = rows.filter(Q(finished_at__lt=job.created_at) | Q(finished_at=None, received_at__lt=job.created_at))
    counts: Counter[str] = Counter()
    done = job.done
    job.proceed(done, total=done + rows.count())
    rows, position = rows.order_by("received_at", "id"), Q()
    while chunk := list(rows.filter(position).defer("body", "headers")[:STEP]):
        counts += _retry_each(chunk)
        last = chunk[-1]
        position = Q(received_at__gt=last.received_at) | Q(received_at=last.received_at, id__gt=last.pk)
        done += len(chunk)
        job.proceed(done)
    job.finish({"states": dict(counts)})


def _retry_each(deliveries: Iterable[StoreDelivery]) -> "Counter[str]":
    """Retry these one after the other; how many have which state now."""
    connection_of = lru_cache(_connection_of_contest)
    counts: Counter[str] = Counter()
    for delivery in deliveries:
        try:
            with transaction.atomic():
                current = _locked(delivery)
                _check(current)
                _start(current)
        except (NotRetryable, RetryRunning):  # done by another meanwhile
            continue
        _process(connection_of(current.contest_id, current.connection_id), current)
        counts[str(current.state)] += 1
    return counts


def _locked(delivery: StoreDelivery) -> StoreDelivery:
    rows = StoreDelivery.objects.select_for_update(no_key=True)
    return rows.get(contest=delivery.contest_id, pk=delivery.pk)


def _check(delivery: StoreDelivery) -> None:
    if delivery.state not in RETRYABLE:
        raise NotRetryable
    if delivery.state == State.RECEIVED and _began_at(delivery) > timezone.now() - UNFINISHED_AFTER:
        raise RetryRunning


def _began_at(delivery: StoreDelivery) -> datetime:
    """When its last processing began, as far as it is known."""
    retried = AuditEvent.objects.about(delivery).filter(action=AuditEvent.Action.RETRIED)
    last = retried.order_by("-created_at").values_list("created_at", flat=True).first()
    return max(filter(None, (delivery.received_at, last)))


def _start(delivery: StoreDelivery) -> None:
    delivery.state, delivery.message, delivery.finished_at = State.RECEIVED, "", None
    delivery.save(update_fields=["state", "message", "finished_at"])


def _process(connection: StoreConnection, delivery: StoreDelivery) -> None:
    try:
        process(connection, delivery)
    except DeliveryFailed:  # the row says why
        return


def _connection_of(delivery: StoreDelivery) -> StoreConnection:
    return _connection_of_contest(delivery.contest_id, delivery.connection_id)


def _connection_of_contest(contest_id: str, pk: str) -> StoreConnection:
    return StoreConnection.objects.select_related("contest", "api_key").get(contest=contest_id, pk=pk)


def retry_jobs(contest_ids: Collection[str], since: datetime) -> "QuerySet[Job]":
    """The jobs of these contests that are open, or were finished since a time; the newest first."""
    jobs = Job.objects.filter(contest_id__in=contest_ids, kind=RETRY)
    return jobs.filter(Q(state__in=Job.OPEN) | Q(finished_at__gte=since)).order_by("-pk")
