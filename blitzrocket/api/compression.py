"""gzip compression of API responses."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

from blitzrocket.paths import is_api

LEAST_BYTES = 1024  # smaller ones fit into one packet anyway


class ApiGZipMiddleware(GZipMiddleware):
    """Django's, for responses under /api/ of 1 KB or more. Pages are not compressed: they hold CSRF tokens (BREACH)."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not is_api(request.path):
            return response
        if response.streaming or len(getattr(response, "content", b"")) < LEAST_BYTES:
            patch_vary_headers(response, ("Accept-Encoding",))
            return response
        return super().process_response(request, response)
