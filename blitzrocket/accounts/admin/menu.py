"""The links of accounts in the admin's menu."""

from django.http import HttpRequest

from blitzrocket.accounts.admin.team_scoped import EVERYBODY, OWNER, has_role
from blitzrocket.adminsite.navigation import LINKS, Link


def for_everybody(request: HttpRequest) -> bool:
    """Whether the user has a role in some team."""
    return has_role(request, *EVERYBODY)


def for_owners(request: HttpRequest) -> bool:
    """Whether the user owns some team."""
    return has_role(request, OWNER)


def for_superusers(request: HttpRequest) -> bool:
    return bool(request.user.is_superuser)


LINKS += [
    Link("Settings", "Team", "badge", "accounts_membership_changelist", 31, for_owners),
    Link("Settings", "Invitations", "mail", "accounts_invitation_changelist", 32, for_owners),
    Link("Settings", "All teams", "domain", "accounts_team_changelist", 33, for_superusers),
    Link("Settings", "All users", "manage_accounts", "accounts_user_changelist", 34, for_superusers),
]
