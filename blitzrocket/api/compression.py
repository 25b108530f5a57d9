"""gzip compression of API responses."""

from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

from blitzrocket.api.renderers import add_headers

LEAST_BYTES = 1024  # smaller ones fit into one packet anyway

_gzip = GZipMiddleware(lambda _: HttpResponse())


def compress(request: HttpRequest, response: HttpResponse) -> None:
    """Compress a response of 1 KB or more, if the client takes it. Pages are not: they hold CSRF tokens (BREACH)."""
    if not response.streaming and len(response.content) >= LEAST_BYTES:
        _gzip.process_response(request, response)
    elif "Vary" in response.headers:
        patch_vary_headers(response, ("Accept-Encoding",))
    else:
        add_headers(response, {"Vary": "Accept-Encoding"})
