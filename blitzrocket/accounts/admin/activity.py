"""The sentences of the activity log about teams, their members, logins and invitations."""

from collections.abc import Collection, Mapping

from django.db.models import Q

from blitzrocket.accounts.models import Invitation, Membership, Team, User
from blitzrocket.audit.models import AuditEvent
from blitzrocket.audit.sentences import (
    OBJECT_TYPES,
    SENTENCES,
    ObjectType,
    Reference,
    SearchScope,
    Sentence,
    Subject,
    fields_changed,
)

MAX_FOUND = 50
Action = AuditEvent.Action


def _ids(references: Collection[Reference]) -> list[str]:
    return [reference.object_id for reference in references]


def _teams(references: Collection[Reference]) -> Mapping[str, Subject]:
    return {team.pk: Subject(team.name) for team in Team.objects.filter(pk__in=_ids(references))}


def _users(references: Collection[Reference]) -> Mapping[str, Subject]:
    return {str(user.pk): Subject(str(user)) for user in User.objects.filter(pk__in=_ids(references))}


def _members(references: Collection[Reference]) -> Mapping[str, Subject]:
    rows = Membership.objects.filter(pk__in=_ids(references)).select_related("user")
    return {member.pk: Subject(str(member.user)) for member in rows}


def _invitations(references: Collection[Reference]) -> Mapping[str, Subject]:
    return {row.pk: Subject(str(row.email)) for row in Invitation.objects.filter(pk__in=_ids(references))}


def find_users(text: str, scope: SearchScope) -> list[int]:
    """The members of the teams with this in their user name or name."""
    name = Q(username__icontains=text) | Q(first_name__icontains=text) | Q(last_name__icontains=text)
    members = Membership.objects.filter(team__in=scope.team_ids).values("user")
    return list(User.objects.filter(name, pk__in=members).values_list("pk", flat=True)[:MAX_FOUND])


def _find_members(text: str, scope: SearchScope) -> list[str]:
    rows = Membership.objects.filter(team__in=scope.team_ids, user__in=find_users(text, scope))
    return list(rows.values_list("pk", flat=True)[:MAX_FOUND])


def _find_invitations(text: str, scope: SearchScope) -> list[str]:
    rows = Invitation.objects.filter(team__in=scope.team_ids, email__icontains=text)
    return list(rows.values_list("pk", flat=True)[:MAX_FOUND])


def _role(event: AuditEvent, subject: Subject) -> dict[str, str]:
    role = str(event.after.get("role", ""))
    return {"role": dict(Membership.Role.choices).get(role, role)}


OBJECT_TYPES |= {
    "team": ObjectType(_teams, "a deleted team"),
    "user": ObjectType(_users, "a deleted login"),
    "membership": ObjectType(_members, "a former member", _find_members),
    "invitation": ObjectType(_invitations, "a deleted invitation", _find_invitations),
}
SENTENCES |= {
    ("team", Action.ADDED): Sentence("created the team {object}", mentioned=("name",)),
    ("team", Action.CHANGED): Sentence(
        "changed {fields} of the team {object}", lambda event, subject: {"fields": fields_changed(event, Team)}
    ),
    ("user", Action.ADDED): Sentence("created the login {object}", mentioned=("username", "invitation")),
    ("user", Action.CHANGED): Sentence(
        "changed {fields} of the login {object}", lambda event, subject: {"fields": fields_changed(event, User)}
    ),
    ("user", Action.TWO_STEP_ON): Sentence("turned on two-step verification"),
    ("user", Action.TWO_STEP_OFF): Sentence("turned off two-step verification"),
    ("user", Action.TWO_STEP_RESET): Sentence("reset two-step verification of {object}"),
    ("user", Action.RECOVERY_USED): Sentence("signed in with a recovery code"),
    ("user", Action.RECOVERY_RENEWED): Sentence("created new recovery codes"),
    ("user", Action.PASSWORD_LINK): Sentence("created a password link for {object}"),
    ("user", Action.PASSWORD_CHANGED): Sentence("changed the password of {object}"),
    ("membership", Action.ADDED): Sentence(
        "added {object} to the team, role: {role}", _role, mentioned=("username", "team", "role", "invitation")
    ),
    ("membership", Action.CHANGED): Sentence("changed the role of {object} to {role}", _role),
    ("membership", Action.DELETED): Sentence("removed {object} from the team"),
    ("invitation", Action.ADDED): Sentence(
        "invited {object} to the team, role: {role}", _role, mentioned=("email", "role")
    ),
    ("invitation", Action.REVOKED): Sentence("revoked the invitation of {object}"),
    ("invitation", Action.ACCEPTED): Sentence(
        "accepted the invitation of {object}, role: {role}", _role, mentioned=("role",)
    ),
}
