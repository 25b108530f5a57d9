"""The API's way in: one function instead of the middleware of pages, which costs more than a call itself.

Sessions, CSRF tokens, messages, sign-in limits and time zones belong to pages: a call has a key and no cookie.
"""

from functools import lru_cache

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.exception import response_for_exception
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.template.response import SimpleTemplateResponse
from django.urls import get_resolver

from blitzrocket.api.compression import compress
from blitzrocket.api.cors import CORS_HEADERS
from blitzrocket.api.exceptions import BadRequestError, HttpsRequiredError, error_response
from blitzrocket.api.renderers import add_headers
from blitzrocket.middleware.allowed_hosts import log_refused_host
from blitzrocket.middleware.csp import API_DOCS, CSPMiddleware

NO_CONTENT = 204
PREFLIGHT_SECONDS = "86400"
MAX_REMEMBERED_HOSTS = 100
MAX_REMEMBERED_PATHS = 500

# Headers as `ResponseHeaders` keeps them: by the lower-case name. They are added together, because Django checks each
# header that is set by itself, which takes as long as a view.
StoredHeaders = dict[str, tuple[str, str]]


class ApiHandler:
    """Answers requests under /api/, also of unknown routes; cookies are neither read nor set."""

    def __init__(self) -> None:
        self._requires_https: bool = settings.HTTPS
        self._headers = {
            (is_page, is_secure): _headers_of_every_answer(is_page=is_page, is_secure=is_secure)
            for is_page in (False, True)
            for is_secure in (False, True)
        }
        self._allowed_hosts: set[str] = set()
        # The same few addresses are called over and over, and finding a view takes as long as reading an order.
        self._resolve = lru_cache(MAX_REMEMBERED_PATHS)(get_resolver().resolve)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_secure = request.is_secure()
        try:
            response = self._respond(request, is_secure=is_secure)
        except Exception as exception:
            # As Django does around each middleware.
            response = response_for_exception(request, exception)
        return self._finish(request, response, is_secure=is_secure)

    def _respond(self, request: HttpRequest, *, is_secure: bool) -> HttpResponse:
        """The response; a preflight is answered first, because it carries no key and must work for any URL."""
        if request.method == "OPTIONS":
            return _preflight()
        if self._requires_https and not is_secure:
            return error_response(request, HttpsRequiredError())
        request.META.pop("HTTP_COOKIE", None)  # a session gives no rights here
        if not self._is_allowed_host(request):
            return _refuse_host(request)
        match = request.resolver_match = self._resolve(request.path_info)
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        return response.render() if isinstance(response, SimpleTemplateResponse) else response

    def _is_allowed_host(self, request: HttpRequest) -> bool:
        host = request.META.get("HTTP_HOST")
        if host in self._allowed_hosts:
            return True
        try:
            request.get_host()
        except DisallowedHost:
            return False
        if host and len(self._allowed_hosts) < MAX_REMEMBERED_HOSTS:
            self._allowed_hosts.add(host)
        return True

    def _finish(self, request: HttpRequest, response: HttpResponse, *, is_secure: bool) -> HttpResponse:
        is_page = request.path.startswith(API_DOCS)
        response.headers._store |= self._headers[is_page, is_secure]
        if response.cookies:
            response.cookies.clear()
        if response.status_code != NO_CONTENT:
            compress(request, response)
            if not response.streaming and "Content-Length" not in response.headers:
                add_headers(response, {"Content-Length": str(len(response.content))})
        return response


def _refuse_host(request: HttpRequest) -> HttpResponse:
    sentence = log_refused_host(request)
    return error_response(request, BadRequestError(sentence if settings.DEBUG else "Bad request."))


def _preflight() -> HttpResponse:
    response = HttpResponse(status=NO_CONTENT, headers={"Access-Control-Max-Age": PREFLIGHT_SECONDS})
    del response["Content-Type"]
    return response


class _HttpsRequest(HttpRequest):
    scheme = "https"


def _headers_of_every_answer(*, is_page: bool, is_secure: bool) -> StoredHeaders:
    """The headers for CORS, and those for security, as the middleware of pages sets them."""
    request = _HttpsRequest() if is_secure else HttpRequest()
    request.path = request.path_info = API_DOCS if is_page else ""
    response = HttpResponse(headers=CORS_HEADERS)
    del response["Content-Type"]
    for middleware in (SecurityMiddleware, CSPMiddleware, XFrameOptionsMiddleware):
        middleware(lambda _: response).process_response(request, response)
    return response.headers._store
