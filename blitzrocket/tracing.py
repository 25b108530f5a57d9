"""Traces by OpenTelemetry: a span for each request, for the recording in it, and for each statement of Django's ORM.

On where OpenTelemetry's own environment variables say so: OTEL_TRACES_EXPORTER is ``otlp``, or is not set and an
endpoint is. OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS and the others have their usual meaning
(https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). Spans hold no values of statements,
no keys and no query strings.
"""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
SERVICE = "blitzrocket"
FAILED = 500

GetResponse = Callable[[HttpRequest], HttpResponse]


def is_on() -> bool:
    """Whether the environment asks for traces."""
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporter = os.environ.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    return exporter == "otlp" or (not exporter and any(os.environ.get(name) for name in ENDPOINTS))


class Tracer:
    """Makes spans and sends them in the background."""

    def __init__(self) -> None:
        # Imported only where it is used: a process without traces starts a third of a second earlier.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.trace import SpanKind, Status, StatusCode  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        is_named = os.environ.get("OTEL_SERVICE_NAME") or "service.name=" in os.environ.get(
            "OTEL_RESOURCE_ATTRIBUTES", ""
        )
        provider = TracerProvider(resource=Resource.create({} if is_named else {"service.name": SERVICE}))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = provider.get_tracer(SERVICE)
        self._propagator, self._server = TraceContextTextMapPropagator(), SpanKind.SERVER
        self._client, self._error = SpanKind.CLIENT, Status(StatusCode.ERROR)
        connection_created.connect(self._trace_statements, dispatch_uid="tracing")

    def span(self, name: str) -> AbstractContextManager[Any]:
        """A span within the current one."""
        return self._tracer.start_as_current_span(name)

    def respond(self, request: HttpRequest, get_response: GetResponse) -> HttpResponse:
        """The response, in a span that goes on with the caller's trace (W3C Trace Context)."""
        sent = {name: request.META.get(f"HTTP_{name.upper()}", "") for name in ("traceparent", "tracestate")}
        context = self._propagator.extract(sent)
        method = request.method or ""
        with self._tracer.start_as_current_span(method, context, self._server) as span:
            response = get_response(request)
            match = request.resolver_match
            route = f"/{match.route}" if match else ""
            span.update_name(f"{method} {route}".strip())
            span.set_attributes(
                {
                    "http.request.method": method,
                    "http.route": route,
                    "http.response.status_code": response.status_code,
                    "blitzrocket.request_id": request.request_id,  # type: ignore[attr-defined]
                }
            )
            if response.status_code >= FAILED:
                span.set_status(self._error)
        return response

    def _trace_statements(self, connection: Any, **kwargs: Any) -> None:
        if self._in_statement not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._in_statement)

    def _in_statement(self, execute: Any, sql: str, parameters: Any, many: Any, context: Any) -> Any:
        text = str(sql)
        with self._tracer.start_as_current_span(text.split(maxsplit=1)[0].upper(), kind=self._client) as span:
            span.set_attributes({"db.system.name": "postgresql", "db.query.text": text})
            return execute(sql, parameters, many, context)


def _is_named() -> bool:
    """Whether the environment names the service; a name that is given here would win."""
    resource = os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return bool(os.environ.get("OTEL_SERVICE_NAME")) or "service.name=" in resource


@cache
def tracer() -> Tracer | None:
    """The process's tracer; None where no traces are wanted."""
    return Tracer() if is_on() else None


def span(name: str) -> AbstractContextManager[Any]:
    """A span within that of the request, where traces are wanted."""
    current = tracer()
    return current.span(name) if current else nullcontext()
