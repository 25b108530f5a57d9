"""The time zone of the admin: that of the browser, which a script keeps in a cookie. Times are stored in UTC.

A form names the zone in which it was shown, and is read in that one, whatever the browser's has become since.
"""

from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

COOKIE = "timezone"
FIELD = "zone"
PLACE = "/admin/"


class BrowserZoneMiddleware:
    """A browser without a zone, or with one that is not known here, gets UTC, and its pages say so.

    A form with such a zone is refused: read in UTC, it would move each time in it by the hours between.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PLACE):
            return self.get_response(request)
        posted = request.POST.getlist(FIELD)
        if set(posted) - known_zones():
            return _refuse(request)
        name = posted[-1] if posted else request.COOKIES.get(COOKIE, "")
        if name not in known_zones():
            return self.get_response(request)
        with timezone.override(ZoneInfo(name)):
            return self.get_response(request)


@cache
def known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _refuse(request: HttpRequest) -> HttpResponse:
    sentence = "The form's time zone is unknown, so nothing was saved. Reload the page, then try again."
    return render(request, "400.html", {"sentence": sentence}, status=400)
