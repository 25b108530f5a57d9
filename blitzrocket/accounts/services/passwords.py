"""Services for passwords: change one's own, and links by which a user chooses a new one."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from blitzrocket.accounts.models import Membership, PasswordLink, User
from blitzrocket.accounts.models.password_links import LIFETIME
from blitzrocket.accounts.models.sign_in import FailureCounter
from blitzrocket.accounts.services.own_events import record_for_teams
from blitzrocket.accounts.services.sessions import end_other_sessions
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent

ATTEMPTS, WINDOW = 5, timedelta(minutes=15)


class LinkClosed(Exception):
    """The link was used or replaced, has expired, or its maker may no longer make it."""


class LoginElsewhere(Exception):
    """The user is a superuser, or in a team that the owner doesn't own."""


def password_counter(user: User) -> FailureCounter:
    """The counter of wrong current passwords: an open session must not be enough to guess its user's."""
    return FailureCounter("~password", str(user.pk), ATTEMPTS, WINDOW)


def may_manage_login(owner: User, user: User) -> bool:
    """Whether an owner may make a password link for a user, or reset their two-step verification.

    Whoever may can sign in as that user, so every team of the user must be the owner's.
    """
    if owner.pk == user.pk or not owner.is_active:
        return False
    if owner.is_superuser:
        return True
    if user.is_superuser:
        return False
    owned = set(Membership.objects.filter(user=owner, role=Membership.Role.OWNER).values_list("team", flat=True))
    teams = set(Membership.objects.filter(user=user).values_list("team", flat=True))
    return bool(teams) and teams <= owned


@transaction.atomic
def create_password_link(
    user: User, *, audit: AuditContext, lifetime: timedelta = LIFETIME
) -> tuple[PasswordLink, str]:
    """A link and its token; earlier links of the user stop working.

    Raises:
        LoginElsewhere: the acting owner may not.
    """
    if audit.user is not None and not may_manage_login(audit.user, user):
        raise LoginElsewhere
    link, token = replace_link(user, lifetime, created_by=audit.user)
    record_for_teams(user, AuditEvent.Action.PASSWORD_LINK, audit)
    return link, token


@transaction.atomic
def replace_link(user: User, lifetime: timedelta, *, created_by: User | None = None) -> tuple[PasswordLink, str]:
    """The only link of a user."""
    # Race: two are made at once. The user's row makes one wait, and it replaces the other.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    PasswordLink.objects.filter(user=user).delete()
    link = PasswordLink(user=user, created_by=created_by)
    token = link.new_token(timezone.now(), lifetime)
    link.save()
    return link, token


def link_with(token: str) -> PasswordLink:
    """The link with this token.

    Raises:
        LinkClosed: there is none that works.
    """
    links = PasswordLink.objects.open_at(timezone.now()).with_token(token)
    link = links.select_related("user", "created_by").first()
    if link is None or (link.created_by is not None and not may_manage_login(link.created_by, link.user)):
        raise LinkClosed
    return link


@transaction.atomic
def use_link(link: PasswordLink, password: str) -> None:
    """Set the user's new password and use the link up; all sessions of the user end.

    Raises:
        LinkClosed: it was used or replaced meanwhile.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=link.user_id)
    # Race: the link is opened twice at once. The user's row makes one wait, and it finds the link deleted.
    if not PasswordLink.objects.filter(pk=link.pk, digest=link.digest).exists():
        raise LinkClosed
    user.set_password(password)
    user.save(update_fields=["password"])
    password_changed(user, audit=AuditContext(user=user), session_key=None)


@transaction.atomic
def password_changed(user: User, *, audit: AuditContext, session_key: str | None, must_change: bool = False) -> None:
    """What a new password brings with it: other sessions end, links stop working, the change is recorded.

    ``must_change``: someone else set it, so the user chooses another at the next sign-in.
    """
    User.objects.filter(pk=user.pk).update(must_change_password=must_change)
    user.must_change_password = must_change
    PasswordLink.objects.filter(user=user).delete()
    end_other_sessions(user, session_key)
    record_for_teams(user, AuditEvent.Action.PASSWORD_CHANGED, audit)
