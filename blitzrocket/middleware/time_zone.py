"""The admin's time zone: the browser's, which a script writes to a cookie. Times are stored in UTC.

A form names the zone in which it was shown and is read in that zone, even if the browser's has changed since.
"""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from blitzrocket.time_zones import zone_names

COOKIE = "timezone"
FIELD = "zone"
ADMIN = "/admin/"


class BrowserZoneMiddleware:
    """Activates the browser's zone; without a known one pages are in UTC and say so.

    A form with an unknown zone is refused: read in UTC, each of its times would shift by the offset.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(ADMIN):
            return self.get_response(request)
        form_zones = request.POST.getlist(FIELD)
        if set(form_zones) - zone_names():
            return _refuse(request)
        name = form_zones[-1] if form_zones else request.COOKIES.get(COOKIE, "")
        if name not in zone_names():
            return self.get_response(request)
        with timezone.override(ZoneInfo(name)):
            return self.get_response(request)


def _refuse(request: HttpRequest) -> HttpResponse:
    sentence = "The form's time zone is unknown, so nothing was saved. Reload the page, then try again."
    return render(request, "400.html", {"sentence": sentence}, status=400)
