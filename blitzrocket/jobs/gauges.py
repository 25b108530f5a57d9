"""What metrics say of jobs and chores, and figures that were stored."""

from collections.abc import Mapping

from django.db.models import Count, Min
from django.utils import timezone

from blitzrocket.jobs.models import Chore, Job, StoredFigure
from blitzrocket.metrics.gauges import gauge


@gauge("blitzrocket_jobs", "Jobs that wait or run.", ["state"])
def open_jobs() -> Mapping[tuple[str, ...], float]:
    counts = Job.objects.filter(state__in=Job.OPEN).values_list("state").annotate(Count("pk")).order_by()
    return {(state,): 0.0 for state in Job.OPEN} | {(state,): count for state, count in counts}


@gauge("blitzrocket_chores_late_seconds", "How long the chore that waits the longest is due: is run_jobs running?")
def late_chores() -> Mapping[tuple[str, ...], float]:
    due_at = Chore.objects.aggregate(due_at=Min("due_at"))["due_at"]
    return {(): max(0.0, (timezone.now() - due_at).total_seconds())} if due_at else {}


@gauge("blitzrocket_stored_figure", "A figure that was stored, such as the faults that check_ledger found.", ["name"])
def stored_figures() -> Mapping[tuple[str, ...], float]:
    return {(name,): value for name, value in StoredFigure.objects.values_list("name", "value")}


@gauge("blitzrocket_stored_figure_timestamp_seconds", "When that figure was found, in seconds since 1970.", ["name"])
def stored_figure_times() -> Mapping[tuple[str, ...], float]:
    return {(name,): at.timestamp() for name, at in StoredFigure.objects.values_list("name", "at")}
