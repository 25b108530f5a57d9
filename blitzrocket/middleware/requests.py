"""Request ids, the log line of every request, and CORS for the API."""

import logging
import re
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path

from blitzrocket.api.exceptions import HttpsRequiredError, error_response
from blitzrocket.client_address import client_address
from blitzrocket.ids import new_id
from blitzrocket.logs import request_id
from blitzrocket.paths import is_api

logger = logging.getLogger("blitzrocket.requests")

CORS_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, x-api-key, X-Request-Id",
    "Access-Control-Expose-Headers": "X-Request-Id, RateLimit, RateLimit-Policy, Retry-After",
}
PREFLIGHT_SECONDS = "86400"

_usable_id = re.compile(r"[A-Za-z0-9._-]{1,64}")

GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """Uses the caller's ``X-Request-Id`` or a new one, returns it, and logs the request with it.

    The log line has no query string, which may hold an API key.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        header = request.headers.get("X-Request-Id", "")
        request.request_id = header if _usable_id.fullmatch(header) else new_id("req")  # type: ignore[attr-defined]
        request.log_fields = {}  # type: ignore[attr-defined]  # further fields of the log line: key, team …
        token = request_id.set(request.request_id)  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
            response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
            _log(request, response, (time.perf_counter() - started) * 1000)
        finally:
            request_id.reset(token)
        return response


def _log(request: HttpRequest, response: HttpResponse, milliseconds: float) -> None:
    path = escape_uri_path(request.path)  # a line break in a path would forge a log line
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
    return {"contest": escape_uri_path(contest_id)} if contest_id else {}


class ApiMiddleware:
    """CORS headers on every response under /api/, also of unknown routes; cookies are neither read nor set."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_api(request.path):
            return self.get_response(request)
        response = self._answer(request)
        for name, value in CORS_HEADERS.items():
            response[name] = value
        response.cookies.clear()
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        """The response; a preflight is answered first, because it carries no key and must work for any URL."""
        if request.method == "OPTIONS":
            response = HttpResponse(status=204, headers={"Access-Control-Max-Age": PREFLIGHT_SECONDS})
            del response["Content-Type"]
            return response
        if settings.HTTPS and not request.is_secure():
            return error_response(request, HttpsRequiredError())
        request.META.pop("HTTP_COOKIE", None)  # a session gives no rights here
        return self.get_response(request)
