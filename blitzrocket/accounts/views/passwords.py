"""“Forgot password?”, and the page of a link by which a user chooses a new password."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from blitzrocket.accounts.services.password_mail import request_counter, request_link
from blitzrocket.accounts.services.passwords import LinkClosed, link_with, use_link
from blitzrocket.accounts.services.sign_in import locked_page
from blitzrocket.client_address import sign_in_address
from blitzrocket.emails import MAX_EMAIL_LENGTH

TOO_MANY_REQUESTS = "Too many requests for a new password from your network."


class ForgotPasswordForm(forms.Form):
    email = forms.EmailField(label="Email", max_length=MAX_EMAIL_LENGTH)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgot_password_page(request: HttpRequest) -> HttpResponse:
    """The page answers alike for every address; whether it has users is looked up later, in the background."""
    form = ForgotPasswordForm(request.POST if request.method == "POST" else None)
    form.fields["email"].widget.attrs |= {"autocomplete": "email", "autofocus": True}
    is_sent = settings.SENDS_MAIL and form.is_valid()
    if is_sent:
        counter = request_counter(sign_in_address(request))
        if counter.count() is None:
            return locked_page(request, counter, TOO_MANY_REQUESTS)
        request_link(form.cleaned_data["email"])
    context = {"form": form, "is_sent": is_sent, "sends_mail": settings.SENDS_MAIL}
    return render(request, "password/forgot.html", context)


@sensitive_post_parameters("new_password1", "new_password2")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_password_page(request: HttpRequest) -> HttpResponse:
    """The page of the link; the token is in the query string, which our log leaves out."""
    try:
        link = link_with(request.GET.get("token", ""))
        form: Any = SetPasswordForm(link.user, request.POST if request.method == "POST" else None)
        if form.is_valid():
            use_link(link, form.cleaned_data["new_password1"])
            messages.success(request, "Your password is changed. Sign in with the new one.")
            return redirect("admin:login")
    except LinkClosed:
        return render(request, "password/closed.html", status=404)
    for name, field in form.fields.items():
        if form.errors.get(name):
            field.widget.attrs["aria-invalid"] = "true"
    response = render(request, "password/new.html", {"form": form, "login": link.user})
    response["Cache-Control"] = "no-store"
    return response
