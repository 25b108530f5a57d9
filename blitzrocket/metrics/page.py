"""``/metrics``: what Prometheus asks for, with METRICS_TOKEN as its bearer token."""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from blitzrocket.metrics.gauges import DatabaseCollector

PATH = "/metrics"


def metrics_page(request: HttpRequest) -> HttpResponse:
    """All metrics; 401 without the token."""
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest  # noqa: PLC0415
    from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415  (see the package)

    expected = f"Bearer {settings.METRICS_TOKEN}".encode()
    if not secrets.compare_digest(request.META.get("HTTP_AUTHORIZATION", "").encode(errors="replace"), expected):
        headers = {"WWW-Authenticate": 'Bearer realm="BlitzRocket metrics"'}
        return HttpResponse("METRICS_TOKEN is missing or wrong\n", "text/plain", 401, headers=headers)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    registry.register(DatabaseCollector())
    return HttpResponse(generate_latest(registry), CONTENT_TYPE_LATEST)
