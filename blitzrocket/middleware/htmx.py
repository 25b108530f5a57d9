"""Calls that htmx makes for a part of a page, and the way back to the page that a call or a form came from."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

SESSION_ENDED = "ended"


def is_htmx(request: HttpRequest) -> bool:
    """Whether only a part of a page is asked for, so that a redirect would be put into that part."""
    return request.headers.get("HX-Request") == "true"


def go_to(url: str) -> HttpResponse:
    """Have the whole page go there."""
    return HttpResponse(headers={"HX-Redirect": url})


def page_of(request: HttpRequest) -> str:
    """The page of ours, as path and query, from which a call or a form was sent; empty where it is not known."""
    url = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not is_ours(request, url):
        return ""
    parts = urlsplit(url)
    page = parts._replace(scheme="", netloc="", fragment="").geturl()
    return page if is_ours(request, page) else ""


def is_ours(request: HttpRequest, url: str) -> bool:
    """Whether an address that came with a request may be gone to."""
    return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())


class SignInAgainMiddleware:
    """Leads a call or a form whose session has ended to the login, and from there back to its page.

    Django redirects both to the login too. But htmx would put the login into the dialog, and after signing in the
    address that takes a form would be opened without one. The login page says that nothing was saved.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not (is_htmx(request) or request.method == "POST"):
            return response
        target = urlsplit(response.get("Location", ""))
        login = reverse("admin:login")
        if target.path != login:
            return response
        asked_for = parse_qs(target.query).get("next", [reverse("admin:index")])[0]
        query = urlencode({"next": page_of(request) or asked_for, SESSION_ENDED: "1"}, safe="/")
        url = f"{login}?{query}"
        return go_to(url) if is_htmx(request) else redirect(url)
