"""The time zone in which the admin shows times to its reader. Times are stored in UTC.

It is the zone that the reader chose in the account menu, else the browser's, which a script on the sign-in page and on
every other writes to a cookie, else that of the reader's team. A form names the zone in which it was shown and is read
in that zone, even if the reader's has changed since.
"""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from blitzrocket.time_zones import UTC_NAME, zone_names

COOKIE = "timezone"
FIELD = "zone"
ADMIN = "/admin/"


class ReaderZoneMiddleware:
    """Activates the reader's zone.

    A form with an unknown zone is refused: read in another one, each of its times would shift by the offset.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(ADMIN):
            return self.get_response(request)
        form_zones = request.POST.getlist(FIELD)
        if set(form_zones) - zone_names():
            return _refuse(request)
        with timezone.override(ZoneInfo(form_zones[-1] if form_zones else _zone_of_reader(request))):
            return self.get_response(request)


def browser_zone(request: HttpRequest) -> str:
    """The zone that the browser's cookie names; empty where it names none."""
    name = request.COOKIES.get(COOKIE, "")
    return name if name in zone_names() else ""


def _zone_of_reader(request: HttpRequest) -> str:
    user: Any = request.user  # accounts is a higher app
    if not user.is_authenticated:
        return browser_zone(request) or UTC_NAME
    return str(user.time_zone or browser_zone(request) or user.team_time_zone)


def _refuse(request: HttpRequest) -> HttpResponse:
    sentence = "The form's time zone is unknown, so nothing was saved. Reload the page, then try again."
    return render(request, "error.html", {"title": "Bad request", "sentences": [sentence]}, status=400)
