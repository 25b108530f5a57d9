"""The admin's times: shown and typed in the time zone of the browser, which a script tells in a cookie; kept in UTC.

A form that says in which zone it was shown is read in that one, whatever the browser has become since.
"""

from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

COOKIE = "timezone"
FIELD = "zone"
PLACE = "/admin/"


class BrowserZoneMiddleware:
    """What is not told, or is no time zone, is UTC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PLACE):
            return self.get_response(request)
        name = request.POST.get(FIELD) or request.COOKIES.get(COOKIE, "")
        if name not in known_zones():
            return self.get_response(request)
        with timezone.override(ZoneInfo(name)):
            return self.get_response(request)


@cache
def known_zones() -> frozenset[str]:
    return frozenset(available_timezones())
