"""Audit events about a login, in the activity log of each of its teams."""

from blitzrocket.accounts.models import Team, User
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent


def record_for_teams(user: User, action: AuditEvent.Action, audit: AuditContext) -> None:
    """Record an action on a user's login for each of their teams, so that the owners see it."""
    teams: list[Team | None] = list(Team.objects.filter(memberships__user=user))
    for team in teams or [None]:
        audit.follow_up().record(action, user, team=team)
