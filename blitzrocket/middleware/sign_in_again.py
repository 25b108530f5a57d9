"""The way back for a call or a form whose session has ended."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from blitzrocket.htmx import go_to, is_htmx, page_of
from blitzrocket.page_urls import page_url

SESSION_ENDED = "ended"


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
        login = page_url("admin:login")
        wanted = parse_qs(target.query).get("next", [])
        if target.path != login or not wanted:  # without it, the page leads to the login of its own accord
            return response
        query = urlencode({"next": page_of(request) or wanted[0], SESSION_ENDED: "1"}, safe="/")
        url = f"{login}?{query}"
        return go_to(url) if is_htmx(request) else redirect(url)
