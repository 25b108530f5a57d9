"""Middleware for sessions: whose they are, their use, and what must be done after the sign-in first."""

from collections.abc import Callable

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject

from blitzrocket.accounts.services.current_user import user_of
from blitzrocket.accounts.services.required_steps import required_step
from blitzrocket.accounts.services.sessions import store_of
from blitzrocket.client_address import client_address
from blitzrocket.htmx import go_to, is_htmx
from blitzrocket.page_urls import page_url

GetResponse = Callable[[HttpRequest], HttpResponse]
PREFIXES = ("/admin/", "/invitation/")  # no other page knows who is signed in
ALWAYS_ALLOWED = ("admin:logout", "admin:login", "admin:jsi18n", "new_password", "forgot_password")


class CurrentUserMiddleware(AuthenticationMiddleware):
    """Django's, with a user who was read together with the session."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: user_of(request))  # type: ignore[assignment]


class SessionUseMiddleware:
    """Tells the session from where it is used, and when."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session = store_of(request)
        session.address = client_address(request) or ""
        session.user_agent = request.headers.get("User-Agent", "")
        response = self.get_response(request)
        session.touch()
        return response


class SignInStepsMiddleware:
    """Leads a signed-in user to the step that is required of them, from every page: forms, htmx and JSON too."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PREFIXES) or request.path in map(page_url, ALWAYS_ALLOWED):
            return self.get_response(request)
        step = required_step(request)
        if step is None or request.path in map(page_url, step.pages):
            return self.get_response(request)
        url = page_url(step.pages[0])
        return go_to(url) if is_htmx(request) else redirect(url)
