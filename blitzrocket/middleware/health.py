"""Health checks for load balancers and orchestrators, ``/healthz`` and ``/readyz``, and ``/metrics`` for Prometheus."""

from collections.abc import Callable

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse

from blitzrocket.metrics.page import PATH, metrics_page
from blitzrocket.postgres.replica import note_on_replica


class HealthMiddleware:
    """Answers probes before host name and HTTPS are checked: a probe has neither."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == PATH and settings.METRICS_TOKEN:
            return metrics_page(request)
        probe = PROBES.get(request.path)
        if probe is None:
            return self.get_response(request)
        status, text = probe()
        return HttpResponse(f"{text}\n", status=status, content_type="text/plain")


def is_alive() -> tuple[int, str]:
    """200 as soon as the process answers; the database is not used."""
    return 200, "ok"


def is_ready() -> tuple[int, str]:
    """200 where the database answers, takes writes and has this version's tables, else 503 with the reason.

    Where nothing can be recorded, such as at a primary that has become a standby, calls have to go to another web
    server. A replica that is away only gets a note: the primary answers for it.
    """
    try:
        if is_read_only():
            return 503, "the database takes no writes"
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return 503, "the database cannot be reached"
    finally:
        connection.close()
    if missing:
        return 503, "migrations are missing"
    return 200, "; ".join(filter(None, ["ready", note_on_replica()]))


def is_read_only() -> bool:
    """Whether the database is a standby, or was set to read-only."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_read_only')::boolean")
        ((answer,),) = cursor.fetchall()
    return bool(answer)


PROBES: dict[str, Callable[[], tuple[int, str]]] = {"/healthz": is_alive, "/readyz": is_ready}
