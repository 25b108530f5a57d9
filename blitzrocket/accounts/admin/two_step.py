"""The pages of two-step verification: its state, set-up with a QR code, new recovery codes, turning it off."""

import time
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from blitzrocket.accounts.models import RecoveryCode, SecondFactor, User
from blitzrocket.accounts.models.sign_in import FailureCounter
from blitzrocket.accounts.services.required_steps import must_use_second_factor
from blitzrocket.accounts.services.second_factor import (
    WrongCode,
    check_code,
    code_counter,
    new_secret,
    qr_code,
    renew_recovery_codes,
    secret_box,
    secret_in_groups,
    turn_off,
    turn_on,
)
from blitzrocket.accounts.services.sessions import SECOND_STEP_PASSED, store_of
from blitzrocket.accounts.services.sign_in import locked_page
from blitzrocket.encryption import SecretUnreadable

SETUP = "new_second_factor"  # in the session, encrypted, until a code of it is entered
SETUP_SECONDS = 3600
WRONG_CODE = "This code isn't right. Check the time on your phone, and wait for the next code."
TOO_MANY_TRIES = "Too many wrong codes or passwords."


class ProofForm(forms.Form):
    """The user's password and a code: an open browser alone must not be enough to change how they sign in."""

    password = forms.CharField(
        label="Your password", widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"})
    )
    code = forms.CharField(
        label="Code",
        max_length=20,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        help_text="The six digits that your authenticator app shows.",
    )

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data)
        self.user = user
        if not user.has_usable_password():
            del self.fields["password"]

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise ValidationError("This isn't your password.")
        return password


def _respond(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    response = TemplateResponse(
        request, f"admin/accounts/{template}.html", {**admin.site.each_context(request), "title": title, **context}
    )
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD"])
def _state(request: HttpRequest) -> HttpResponse:
    user = cast("User", request.user)
    factor = SecondFactor.objects.filter(user=user).first()
    return _respond(
        request,
        "two_step",
        "Two-step verification",
        factor=factor,
        codes_left=RecoveryCode.objects.filter(user=user).count(),
        is_required=must_use_second_factor(user),
    )


@sensitive_post_parameters("password", "code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def _set_up(request: HttpRequest) -> HttpResponse:
    user = cast("User", request.user)
    if SecondFactor.objects.filter(user=user).exists():
        return redirect("second_factor")
    secret = _secret_of_setup(request)
    form = ProofForm(user, request.POST if request.method == "POST" else None)
    if form.is_bound:
        counter = code_counter(user)
        if counter.count() is None:
            return locked_page(request, counter, TOO_MANY_TRIES)
        if form.is_valid():
            codes = _turn_on(request, user, secret, form, counter)
            if codes:
                return _show_codes(request, codes, "Two-step verification is on")
    return _respond(
        request,
        "two_step_setup",
        "Set up two-step verification",
        form=form,
        qr_code=mark_safe(qr_code(secret, user.username)),  # noqa: S308  # made by the library, texts escaped
        secret=secret_in_groups(secret),
        is_required=must_use_second_factor(user),
    )


def _turn_on(
    request: HttpRequest, user: User, secret: str, form: ProofForm, counter: FailureCounter
) -> list[str] | None:
    request.session.cycle_key()
    try:
        codes = turn_on(user, secret, form.cleaned_data["code"], session_key=request.session.session_key)
    except WrongCode:
        form.add_error("code", WRONG_CODE)
        return None
    counter.reset()
    request.session.pop(SETUP, None)
    request.session[SECOND_STEP_PASSED] = True
    return codes


def _secret_of_setup(request: HttpRequest) -> str:
    """The secret that this session is setting up, the same after a reload; a new one after an hour."""
    stored = request.session.get(SETUP) or {}
    if time.time() - stored.get("at", 0) < SETUP_SECONDS:
        try:
            return secret_box.decrypt(stored["secret"])
        except SecretUnreadable:
            pass  # the server's key was replaced meanwhile
    secret = new_secret()
    request.session[SETUP] = {"secret": secret_box.encrypt(secret), "at": time.time()}
    return secret


@sensitive_post_parameters("password", "code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def _recovery_codes(request: HttpRequest) -> HttpResponse:
    user = cast("User", request.user)
    form, locked = _proof(request, user)
    if form is None:
        return locked or redirect("second_factor")
    if form.is_bound and form.is_valid():
        return _show_codes(request, renew_recovery_codes(user), "New recovery codes")
    return _respond(
        request,
        "two_step_proof",
        "Create new recovery codes",
        form=form,
        text="You get ten new codes. The earlier ones stop working.",
        button_text="Create new codes",
    )


@sensitive_post_parameters("password", "code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def _turn_off(request: HttpRequest) -> HttpResponse:
    user = cast("User", request.user)
    form, locked = _proof(request, user)
    if form is None:
        return locked or redirect("second_factor")
    if form.is_bound and form.is_valid():
        request.session.cycle_key()
        turn_off(user, session_key=store_of(request).session_key)
        request.session[SECOND_STEP_PASSED] = False
        messages.success(request, "Two-step verification is off. Your other sessions have ended.")
        return redirect("second_factor")
    text = "Your password alone is then enough to sign in. Recovery codes stop working."
    if must_use_second_factor(user):
        text += " Your team requires two-step verification, so you will have to set it up again at once."
    return _respond(
        request,
        "two_step_proof",
        "Turn off two-step verification",
        form=form,
        text=text,
        button_text="Turn off",
        is_danger=True,
    )


def _proof(request: HttpRequest, user: User) -> tuple[ProofForm | None, HttpResponse | None]:
    """The form that asks for password and code, checked; without one, the page to show instead, if any."""
    if not SecondFactor.objects.filter(user=user).exists():
        return None, None
    if request.method != "POST":
        return ProofForm(user), None
    counter = code_counter(user)
    if counter.count() is None:
        return None, locked_page(request, counter, TOO_MANY_TRIES)
    form = ProofForm(user, request.POST)
    if form.is_valid():
        try:
            check_code(user, form.cleaned_data["code"])
            counter.reset()
        except WrongCode:
            form.add_error("code", WRONG_CODE)
    return form, None


def _show_codes(request: HttpRequest, codes: list[str], title: str) -> HttpResponse:
    return _respond(request, "recovery_codes", title, codes=codes, codes_text="\n".join(codes))


second_factor_page = admin.site.admin_view(_state)
setup_page = admin.site.admin_view(_set_up)
recovery_codes_page = admin.site.admin_view(_recovery_codes)
turn_off_page = admin.site.admin_view(_turn_off)
