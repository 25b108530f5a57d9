"""The login of a person who left a team: what is known of it, and erasing it."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.db.models import Model, Q

from blitzrocket.accounts.models import (
    Invitation,
    Membership,
    PasswordLink,
    PasswordLinkRequest,
    RecoveryCode,
    SecondFactor,
    Session,
    SignInFailures,
    Team,
    TrustedBrowser,
    User,
)
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import search_key

ERASED_NAME = "erased-"
SIGN_INS: tuple[type[Model], ...] = (SignInFailures, AccessAttempt, AccessFailureLog, AccessLog)


class StillMember(Exception):
    """The person may sign in to the team, so their login is needed."""

    def __init__(self) -> None:
        super().__init__("This participant is a team member. Remove them under Team members first.")


@dataclass(frozen=True, slots=True)
class Login:
    """A user, with their sessions, sign-ins and failed ones, and requests for links."""

    user: User
    sessions: list[Session]
    sign_ins: list[Model]


def former_login(team: Team, email_keys: list[str]) -> Login | None:
    """The login with one of these addresses of someone who was in this team and is in none any more.

    One that another team uses, or a superuser's, is not this team's to erase.
    """
    user = next((user for user in _users_with(email_keys) if _was_in(team, user)), None)
    if user is None:
        return None
    return Login(user, list(Session.objects.filter(user=user)), list(_sign_ins_of(user)))


def _sign_ins_of(user: User) -> Iterator[Model]:
    names = list(filter(None, {user.username, user.email, user.email.lower()}))
    for model in SIGN_INS:
        yield from model._default_manager.filter(username__in=names)
    if user.email:
        yield from PasswordLinkRequest.objects.filter(email__iexact=user.email)


def check_no_member(team: Team, email_keys: list[str]) -> None:
    """
    Raises:
        StillMember: a member of the team has one of these addresses.
    """
    users = [user.pk for user in _users_with(email_keys)]
    if Membership.objects.filter(team=team, user__in=users).exists():
        raise StillMember


def erase_login(login: Login) -> None:
    """Close a login and remove who it was of; the activity log keeps its number. The caller holds a transaction."""
    user = login.user
    for model in (SecondFactor, RecoveryCode, TrustedBrowser, PasswordLink, Session):
        model._default_manager.filter(user=user).delete()
    for row in login.sign_ins:
        row.delete()
    user.username, user.email, user.first_name, user.last_name = f"{ERASED_NAME}{secrets.token_hex(4)}", "", "", ""
    user.is_active = user.is_staff = False
    user.set_unusable_password()
    user.save()


def _users_with(email_keys: list[str]) -> list[User]:
    if not email_keys:
        return []
    either = Q()
    for key in email_keys:
        either |= Q(email__iexact=key) | Q(username__iexact=key)
    users: Any = User.objects.filter(either, is_superuser=False).order_by("pk")
    return [user for user in users if {search_key(user.email), search_key(user.username)} & set(email_keys)]


def _was_in(team: Team, user: User) -> bool:
    if Membership.objects.filter(user=user).exists():
        return False
    acted = AuditEvent.objects.filter(team_id=team.pk, actor=user)
    return acted.exists() or Invitation.objects.filter(team=team, accepted_by=user).exists()
