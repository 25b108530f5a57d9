"""htmx requests for a part of a page: recognising them, redirecting the whole page, and signing in again."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

SESSION_ENDED = "ended"


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page; a redirect's target would be inserted into that part."""
    return request.headers.get("HX-Request") == "true"


def go_to(url: str) -> HttpResponse:
    """A response by which htmx redirects the whole page."""
    return HttpResponse(headers={"HX-Redirect": url})


def page_of(request: HttpRequest) -> str:
    """The path and query of our page that sent a call or a form; empty where unknown."""
    url = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not is_ours(request, url):
        return ""
    parts = urlsplit(url)
    page = parts._replace(scheme="", netloc="", fragment="").geturl()
    return page if is_ours(request, page) else ""


def is_ours(request: HttpRequest, url: str) -> bool:
    """Whether a URL from a request is on this site, and so safe to redirect to."""
    return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())


class SignInAgainMiddleware:
    """Redirects a call or a form whose session has ended to the login, and from there back to its page.

    Django's own redirect does not do: htmx would insert the login into the dialog, and after the sign-in the form's
    target would be opened by GET. The login page says that nothing was saved.
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
        next_url = parse_qs(target.query).get("next", [reverse("admin:index")])[0]
        query = urlencode({"next": page_of(request) or next_url, SESSION_ENDED: "1"}, safe="/")
        url = f"{login}?{query}"
        return go_to(url) if is_htmx(request) else redirect(url)
