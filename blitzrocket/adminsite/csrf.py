"""The page for a failed CSRF check, mostly of a form opened before a sign-in or sign-out in another tab."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_BAD_ORIGIN, REASON_BAD_REFERER, REASON_NO_CSRF_COOKIE
from django.urls import reverse

from blitzrocket.adminsite.error_pages import error_page
from blitzrocket.api.exceptions import ForbiddenError, error_response
from blitzrocket.htmx import go_to, is_htmx, is_ours, page_of
from blitzrocket.paths import is_api

OTHER_SITE = (REASON_BAD_ORIGIN.partition(" - ")[0], REASON_BAD_REFERER.partition(" - ")[0])


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW; Django has logged the reason."""
    if is_api(request.path):
        return error_response(request, ForbiddenError())
    title, sentence = _title_and_sentence(request, reason)
    url, button = _link_onward(request)
    if is_htmx(request):
        messages.error(request, sentence)
        return go_to(url)
    return error_page(request, 403, title, sentence, reason if settings.DEBUG else "", url=url, label=button)


def _title_and_sentence(request: HttpRequest, reason: str) -> tuple[Any, Any]:
    if reason == REASON_NO_CSRF_COOKIE:
        return "Cookies required", "Your browser sent no cookie, so nothing was saved. Allow cookies for this site."
    if reason.startswith(OTHER_SITE):
        return "Sent from another site", "This form came from another site, so nothing was saved."
    if _is_signed_in_at_login(request):
        return "Already signed in", "You signed in in another tab after you opened this page."
    return (
        "This page is out of date",
        (
            "You signed in or out in another tab after you opened this page, so nothing was saved. Reload it, then try "
            "again."
        ),
    )


def _link_onward(request: HttpRequest) -> tuple[str, Any]:
    if _is_signed_in_at_login(request):
        next_url = request.POST.get("next") or request.GET.get("next", "")
        return (next_url if is_ours(request, next_url) else reverse("admin:index")), "Continue"
    return page_of(request) or request.get_full_path(), "Reload the page"


def _is_signed_in_at_login(request: HttpRequest) -> bool:
    return request.path == reverse("admin:login") and request.user.is_authenticated
