"""Signing in: the password, then the code of the authenticator app where two-step verification is on.

Between the two the session knows whose password was right, and no one is signed in: no other page opens.
"""

import time
from dataclasses import asdict, dataclass
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from blitzrocket.accounts.models import User
from blitzrocket.accounts.models.second_factor import TRUST_LIFETIME
from blitzrocket.accounts.services.second_factor import (
    WrongCode,
    check_code,
    code_counter,
    has_second_factor,
    is_trusted,
    trust_browser,
    use_recovery_code,
)
from blitzrocket.accounts.services.sessions import begin_session
from blitzrocket.accounts.services.sign_in import accept_password, locked_page
from blitzrocket.htmx import is_ours
from blitzrocket.middleware.sign_in_again import SESSION_ENDED
from blitzrocket.text import plural

PENDING = "pending_sign_in"
PENDING_SECONDS = 600
TRUST_COOKIE = "trusted_browser"
TRUST_PATH = "/admin/"
TOO_MANY_CODES = "Too many wrong codes."
FEW_CODES = 3


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """A user whose password was right, and when; ``password`` ties it to that password."""

    user: int
    password: str
    at: float
    next_url: str


class SignInView(LoginView):
    """The first step; it signs in those without two-step verification."""

    template_name = "admin/login.html"
    authentication_form = AdminAuthenticationForm

    @method_decorator(sensitive_post_parameters())
    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.method == "GET" and admin.site.has_permission(request):
            return redirect("admin:index")
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        path = {"app_path": self.request.get_full_path()}
        return super().get_context_data(**admin.site.each_context(self.request), **path, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        request, user, next_url = self.request, cast("User", form.get_user()), self.get_success_url()
        is_known = is_trusted(user, request.COOKIES.get(TRUST_COOKIE, ""))
        if is_known or not has_second_factor(user):
            begin_session(request, user, second_step=is_known)
            return redirect(next_url)
        accept_password(request)
        pending = PendingSignIn(user.pk, user.get_session_auth_hash(), time.time(), next_url)
        request.session.cycle_key()
        request.session[PENDING] = asdict(pending)
        return redirect("second_step")


class CodeForm(forms.Form):
    """A code of the authenticator app, or a recovery code."""

    code = forms.CharField(label="Code", max_length=40)
    trust = forms.BooleanField(label="Don't ask again on this browser for 30 days", required=False)

    def __init__(self, data: Any = None, *, is_recovery: bool) -> None:
        super().__init__(data)
        attributes = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        if not is_recovery:
            attributes = {"autocomplete": "one-time-code", "inputmode": "numeric"}
        self.fields["code"].label = "Recovery code" if is_recovery else "Code"
        self.fields["code"].widget.attrs |= attributes | {"autofocus": True}


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_step_page(request: HttpRequest) -> HttpResponse:
    """The second step, for ten minutes after the password."""
    user, next_url = _pending(request)
    if user is None:
        return redirect(reverse("admin:login", query={SESSION_ENDED: 1} if request.method == "POST" else None))
    is_recovery = "recovery" in request.GET
    form = CodeForm(request.POST if request.method == "POST" else None, is_recovery=is_recovery)
    if not form.is_valid():
        return _code_page(request, user, form, is_recovery=is_recovery)
    # A try is counted before it is checked, so that many at once cannot pass.
    counter = code_counter(user)
    if counter.count() is None:
        return locked_page(request, counter, TOO_MANY_CODES)
    try:
        left = _accept(user, form.cleaned_data["code"], is_recovery=is_recovery)
    except WrongCode:
        hint = "Check the time on your phone, and wait for the next code." if not is_recovery else "Each works once."
        form.add_error("code", f"This code isn't right. {hint}")
        return _code_page(request, user, form, is_recovery=is_recovery)
    counter.reset()
    begin_session(request, user, second_step=True)
    request.session.pop(PENDING, None)
    if left is not None and left <= FEW_CODES:
        codes = f"{left} recovery {plural(left, 'code', 'codes')}"
        messages.warning(request, f"You have {codes} left. Create new ones under Two-step verification.")
    response = redirect(next_url)
    if form.cleaned_data["trust"]:
        _remember_browser(response, trust_browser(user))
    return response


def _accept(user: User, code: str, *, is_recovery: bool) -> int | None:
    """Use the code up; the number of recovery codes left after one of them."""
    if is_recovery:
        return use_recovery_code(user, code)
    check_code(user, code)
    return None


def _pending(request: HttpRequest) -> tuple[User | None, str]:
    """The user whose password was right, and the page that they wanted."""
    stored = request.session.get(PENDING)
    pending = PendingSignIn(**stored) if stored else None
    if pending is None or time.time() - pending.at > PENDING_SECONDS:
        return None, ""
    user = User.objects.filter(pk=pending.user, is_active=True).first()
    if user is None or not constant_time_compare(pending.password, user.get_session_auth_hash()):
        return None, ""
    return user, pending.next_url if is_ours(request, pending.next_url) else reverse("admin:index")


def _code_page(request: HttpRequest, user: User, form: CodeForm, *, is_recovery: bool) -> HttpResponse:
    if form.errors:
        form.fields["code"].widget.attrs["aria-invalid"] = "true"
    return render(request, "admin/second_step.html", {"form": form, "login": user, "is_recovery": is_recovery})


def _remember_browser(response: HttpResponse, token: str) -> None:
    response.set_cookie(
        TRUST_COOKIE,
        token,
        max_age=int(TRUST_LIFETIME.total_seconds()),
        path=TRUST_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
