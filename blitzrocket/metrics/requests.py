"""Counting requests, and what became of the orders and deliveries in them."""

import time
from functools import cache
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.http import HttpRequest, HttpResponse

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
NO_ROUTE = "none"  # one label for all unknown URLs, of which there is no end


class RequestMetrics:
    """The metrics of this process."""

    def __init__(self) -> None:
        from prometheus_client import Counter, Gauge, Histogram  # noqa: PLC0415  (see the package)

        self._requests = Counter(
            "blitzrocket_requests", "Requests answered, by route, method and status.", ["route", "method", "status"]
        )
        self._seconds = Histogram(
            "blitzrocket_request_duration_seconds", "Time until the response began.", ["route"], buckets=SECONDS
        )
        self._orders = Counter("blitzrocket_orders", "Orders received by the API, by outcome.", ["outcome"])
        self._rejections = Counter("blitzrocket_errors", "API calls answered with an error, by its code.", ["code"])
        self._deliveries = Counter(
            "blitzrocket_store_deliveries", "Deliveries of stores, by store and status.", ["store", "status"]
        )
        self._reads = Counter(
            "blitzrocket_reports", "Lists and reports that may come from the replica, by what answered.", ["database"]
        )
        self._connections = Gauge(
            "blitzrocket_database_connections",
            "Connections of the processes' pools, by what they do; `waiting` are calls that wait for one.",
            ["state"],
            multiprocess_mode="livesum",
        )
        self._pool_is_read_at = 0.0

    def count(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        """Count a request that was answered."""
        match = request.resolver_match
        route = (match.route if match else "") or NO_ROUTE
        self._requests.labels(route, request.method or "", str(response.status_code)).inc()
        self._seconds.labels(route).observe(seconds)
        self._count_outcomes(request.log_fields)  # type: ignore[attr-defined]
        self._read_pool()

    def _count_outcomes(self, fields: dict[str, Any]) -> None:
        for outcome, number in fields.get("orders", {}).items():
            if number:
                self._orders.labels(outcome).inc(number)
        if reads := fields.get("reads"):
            self._reads.labels(reads).inc()
        if store := fields.get("store"):
            self._deliveries.labels(store, fields["outcome"]).inc()
        elif error := fields.get("error"):
            self._rejections.labels(error).inc()

    def _read_pool(self) -> None:
        """Once a second at most: reading it takes as long as counting."""
        now = time.monotonic()
        pool = getattr(connections[DEFAULT_DB_ALIAS], "_connection_pools", {}).get(DEFAULT_DB_ALIAS)
        if pool is None or now - self._pool_is_read_at < 1:
            return
        self._pool_is_read_at = now
        statistics = pool.get_stats()
        opened, idle = statistics.get("pool_size", 0), statistics.get("pool_available", 0)
        self._connections.labels("in_use").set(opened - idle)
        self._connections.labels("idle").set(idle)
        self._connections.labels("limit").set(statistics.get("pool_max", 0))
        self._connections.labels("waiting").set(statistics.get("requests_waiting", 0))


@cache
def request_metrics() -> RequestMetrics | None:
    """The metrics of this process; None where they are switched off."""
    return RequestMetrics() if settings.METRICS_TOKEN else None
