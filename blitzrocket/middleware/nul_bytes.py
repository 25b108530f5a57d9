"""Refuses admin requests that no browser sends: with a NUL, which PostgreSQL cannot store, or in another charset."""

from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse

ADMIN = "/admin/"
UTF_8 = "utf-8"


class RefuseNulMiddleware:
    """400 for a URL or form with a NUL in it, or in another charset than UTF-8."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(ADMIN):
            if (request.content_params or {}).get("charset", UTF_8).lower() != UTF_8:
                raise SuspiciousOperation("another charset than UTF-8")
            if _has_nul(request):
                raise SuspiciousOperation("a NUL in an address or a form")
        return self.get_response(request)


def _has_nul(request: HttpRequest) -> bool:
    texts = [request.path, *request.GET, *request.POST]
    texts += [
        value for data in (request.GET, request.POST) for values in dict(data.lists()).values() for value in values
    ]
    return any("\0" in text for text in texts)
