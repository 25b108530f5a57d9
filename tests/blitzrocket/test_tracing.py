"""Traces: spans as a collector receives them, and none where nobody asked for them."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from blitzrocket.tracing import is_on
from tests.support import Api, Server, Shop, running, test_database_url, wait_for

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def collector() -> Iterator[tuple[str, list[Any]]]:
    """The URL of a collector of OpenTelemetry, and the resources with spans that it received."""
    received: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.extend(ExportTraceServiceRequest.FromString(body).resource_spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", received
        server.shutdown()


def test_a_call_goes_on_with_its_callers_trace(
    transactional_db: None, tmp_path: Path, shop: Shop, collector: tuple[str, list[Any]]
) -> None:
    url, received = collector
    settings = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    with running(Server(test_database_url(), tmp_path / "log", **settings)) as server:
        api = Api(server.base_url)
        api.record(shop, headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "X-Request-Id": "traced"})
        api.call(shop, "GET", f"/contests/{shop.contest.pk}/purchases?secret-of-the-query=1")
        wait_for(lambda: "SELECT" in spans_of(received), "the spans")
    spans = spans_of(received)
    (call,) = [each for name, each in spans.items() if name.startswith("POST /api/v1/contests/")]
    assert call.trace_id.hex() == TRACE
    assert spans["record order"].trace_id.hex() == TRACE
    assert spans["record order"].parent_span_id == call.span_id
    attributes = {each.key: each.value for each in call.attributes}
    assert attributes["http.response.status_code"].int_value == 201
    assert attributes["blitzrocket.request_id"].string_value == "traced"
    assert {each.key: each.value.string_value for each in received[0].resource.attributes}[
        "service.name"
    ] == "blitzrocket"
    for private in (shop.private_key, "secret-of-the-query", "ada@example.com"):
        assert private not in str(received)


def spans_of(received: list[Any]) -> dict[str, Any]:
    return {span.name: span for each in received for scope in each.scope_spans for span in scope.spans}


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, False),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "true"}, False),
    ],
)
def test_the_usual_variables_switch_them(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: bool
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert is_on() is expected
