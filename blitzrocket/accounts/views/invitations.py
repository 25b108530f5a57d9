"""The page of an invitation's link: a signed-in user joins the team, a new user chooses name and password."""

import logging
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.forms import BaseUserCreationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from blitzrocket.accounts.models import Invitation, Membership, User
from blitzrocket.accounts.services import (
    AlreadyMember,
    InvitationClosed,
    SuperuserInvited,
    UsernameTaken,
    accept_invitation,
    invitation_of,
    register_invited,
)
from blitzrocket.accounts.services.sessions import begin_session
from blitzrocket.accounts.services.sign_in import counter_of_address, locked_page
from blitzrocket.client_address import sign_in_address

logger = logging.getLogger(__name__)

NAME_TAKEN = "This user name can't be used. Choose another one."


class RegisterForm(BaseUserCreationForm):
    """User name and password of a new user, validated by Django's rules."""

    class Meta(BaseUserCreationForm.Meta):
        model = User

    def __init__(self, invitation: Invitation, data: Any = None) -> None:
        super().__init__(data, instance=User(email=invitation.email, is_staff=True))
        self.fields["username"].label = "User name"

    def clean_username(self) -> str:
        """Refuse a name that differs from another only in case: people would confuse the two."""
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise ValidationError(NAME_TAKEN)
        return username


@sensitive_post_parameters("password1", "password2")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_page(request: HttpRequest) -> HttpResponse:
    """The page of the link; the token is in the query string, which our log leaves out."""
    try:
        invitation = invitation_of(request.GET.get("token", ""))
        response = _join(request, invitation) if request.user.is_authenticated else _register(request, invitation)
    except InvitationClosed:
        return render(request, "invitation/closed.html", status=404)
    response["Cache-Control"] = "no-store"
    return response


def _join(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    user = cast("User", request.user)
    problem: Any = ""
    if request.method == "POST":
        try:
            return _welcome(request, accept_invitation(invitation, user))
        except AlreadyMember:
            problem = "You are already in this team."
        except SuperuserInvited:
            problem = "You are a superuser: you see all teams and can't join one by invitation."
    context = {"invitation": invitation, "problem": problem}
    return render(request, "invitation/join.html", context, status=403 if problem else 200)


def _register(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    if request.method != "POST":
        return _registration_page(request, invitation, RegisterForm(invitation))
    # The form reveals whether a user name is taken, so trying names is limited like trying passwords. A try is counted
    # before it is checked, so that many at once cannot pass, and removed again where it succeeds.
    counter = counter_of_address(sign_in_address(request))
    at = counter.count()
    if at is None:
        logger.warning("registration refused after %d failures", counter.limit, extra={"address": counter.address})
        return locked_page(request, counter)
    form = RegisterForm(invitation, request.POST)
    if form.is_valid():
        user = cast("User", form.save(commit=False))
        try:
            membership = register_invited(invitation, user)
        except UsernameTaken:
            form.add_error("username", NAME_TAKEN)
        else:
            counter.remove(at)
            begin_session(request, user)
            return _welcome(request, membership)
    return _registration_page(request, invitation, form)


def _registration_page(request: HttpRequest, invitation: Invitation, form: RegisterForm) -> HttpResponse:
    for name, field in form.fields.items():
        if form.errors.get(name):
            field.widget.attrs["aria-invalid"] = "true"
    return render(request, "invitation/register.html", {"invitation": invitation, "form": form})


def _welcome(request: HttpRequest, membership: Membership) -> HttpResponse:
    messages.success(request, f"You joined {membership.team}. Your role: {membership.get_role_display()}.")
    return redirect("admin:index")
