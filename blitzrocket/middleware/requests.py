"""Request ids, the log line of every request, and which way a request takes: the API's or that of pages."""

import logging
import re
import time
from collections.abc import Callable
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path

from blitzrocket.api.renderers import add_headers
from blitzrocket.client_address import client_address
from blitzrocket.ids import new_id
from blitzrocket.logs import request_id
from blitzrocket.metrics.requests import request_metrics
from blitzrocket.middleware.api import ApiHandler
from blitzrocket.paths import is_api
from blitzrocket.tracing import tracer

logger = logging.getLogger("blitzrocket.requests")
MAX_REMEMBERED = 100

_escaped = lru_cache(MAX_REMEMBERED)(escape_uri_path)  # shops call the same few paths
_usable_id = re.compile(r"[A-Za-z0-9._-]{1,64}")

GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestMiddleware:
    """Uses the caller's ``X-Request-Id`` or a new one, returns it, and logs the request with it.

    The log line has no query string, which may hold an API key. Only requests for pages go on to further middleware.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_page, self.get_api_response = get_response, ApiHandler()
        self.metrics, self.tracer = request_metrics(), tracer()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        header = request.META.get("HTTP_X_REQUEST_ID", "")
        request.request_id = header if _usable_id.fullmatch(header) else new_id("req")  # type: ignore[attr-defined]
        request.log_fields = {}  # type: ignore[attr-defined]  # further fields of the log line: key, team …
        token = request_id.set(request.request_id)  # type: ignore[attr-defined]
        try:
            get_response = self.get_api_response if is_api(request.path) else self.get_page
            response = self.tracer.respond(request, get_response) if self.tracer else get_response(request)
            add_headers(response, {"X-Request-Id": request.request_id})  # type: ignore[attr-defined]
            seconds = time.perf_counter() - started
            _log(request, response, seconds * 1000)
            if self.metrics:
                self.metrics.count(request, response, seconds)
        finally:
            request_id.reset(token)
        return response


def _log(request: HttpRequest, response: HttpResponse, milliseconds: float) -> None:
    if not logger.isEnabledFor(logging.INFO):
        return
    path = _escaped(request.path)  # a line break in a path would forge a log line
    fields = {
        "method": request.method,
        "path": path,
        "status": response.status_code,
        "duration_ms": round(milliseconds, 1),
        "address": client_address(request),
        **_contest_of(request),
        **request.log_fields,  # type: ignore[attr-defined]
    }
    logger.info("%s %s %d", request.method, path, response.status_code, extra=fields)


def _contest_of(request: HttpRequest) -> dict[str, str]:
    """The contest id in the URL, whether or not the key may see that contest."""
    match = request.resolver_match
    contest_id = match.kwargs.get("contest_id") if match else None
    return {"contest": _escaped(contest_id)} if contest_id else {}
