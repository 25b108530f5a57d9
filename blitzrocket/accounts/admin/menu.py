"""The links of accounts in the admin's menu."""

from django.http import HttpRequest

from blitzrocket.accounts.admin.team_scoped import ALL_ROLES, OWNER, has_role
from blitzrocket.adminsite.navigation import ACCOUNT_LINKS, LINKS, AccountLink, Link


def has_any_role(request: HttpRequest) -> bool:
    """Whether the user has a role in some team."""
    return has_role(request, *ALL_ROLES)


def is_owner(request: HttpRequest) -> bool:
    """Whether the user owns some team."""
    return has_role(request, OWNER)


def is_owner_only(request: HttpRequest) -> bool:
    """Whether the user owns some team, without seeing all of them."""
    return is_owner(request) and not is_superuser(request)


def is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_superuser)


def _has_password(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.has_usable_password()


LINKS += [
    Link("Settings", "Team", "badge", "accounts_membership_changelist", 31, is_owner),
    Link("Settings", "Invitations", "mail", "accounts_invitation_changelist", 32, is_owner),
    Link("Settings", "Team settings", "tune", "accounts_team_changelist", 33, is_owner_only),
    Link("Settings", "All teams", "domain", "accounts_team_changelist", 33, is_superuser),
    Link("Settings", "All users", "manage_accounts", "accounts_user_changelist", 34, is_superuser),
]
ACCOUNT_LINKS += [
    AccountLink("Time zone", "reader_time_zone", lambda request: True),
    AccountLink("Two-step verification", "second_factor", lambda request: True),
    AccountLink("Your sessions", "own_sessions", lambda request: True),
    AccountLink("Change password", "admin:password_change", _has_password),
]
