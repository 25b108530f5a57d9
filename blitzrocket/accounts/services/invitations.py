"""Services for invitations into a team: create, revoke, accept, register.

None of them looks up a user by the invited address, so that an owner cannot find out who has a login.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from blitzrocket.accounts.models import Invitation, Membership, Team, User
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import Email


class InvitationClosed(Exception):
    """The invitation was accepted or revoked, has expired, or does not exist."""


class AlreadyMember(Exception):
    """The user is already in the team; an invitation does not change a role."""


class SuperuserInvited(Exception):
    """The user is a superuser, who sees all teams and joins none by invitation."""


class UsernameTaken(Exception):
    """Another user has that name."""


def create_invitation(team: Team, email: Email, role: str, *, audit: AuditContext) -> tuple[Invitation, str]:
    """Create an invitation and return it with its token; a pending one of the team for the same address is revoked.

    Raises:
        ValueError: the audit context has no user.
    """
    if audit.user is None:
        raise ValueError("invitations are made by users")
    invitation = Invitation(team=team, role=role, created_by=audit.user)
    invitation.set_email(email)
    token = invitation.new_token()
    with transaction.atomic():
        # Race: two owners invite the same address at once. The second waits here and revokes the first's.
        Team.objects.select_for_update(no_key=True).get(pk=team.pk)
        for earlier in Invitation.objects.pending().filter(team=team, email_key=email.key):
            revoke_invitation(earlier, audit=audit.follow_up())
        invitation.save(force_insert=True)
        after = {"email": "changed", "role": invitation.role}
        audit.record(AuditEvent.Action.ADDED, invitation, team=team, after=after)
    return invitation, token


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, audit: AuditContext) -> bool:
    """Revoke an invitation; False where it was accepted or revoked before."""
    # Race: it is accepted at the same moment. The first to lock the row wins, and the other sees it.
    locked = Invitation.objects.pending().filter(pk=invitation.pk).select_for_update().first()
    if locked is None:
        return False
    locked.revoked_at = audit.at
    locked.save(update_fields=["revoked_at"])
    audit.record(AuditEvent.Action.REVOKED, locked, team=locked.team)
    return True


def revoke_void_invitations(user: User, *, audit: AuditContext) -> int:
    """Revoke a user's pending invitations into teams that they no longer own, and return how many.

    Called where a user loses rights: a membership changed or deleted, a login closed.
    """
    pending = Invitation.objects.pending().filter(created_by=user).select_related("created_by")
    void = [invitation for invitation in pending if not invitation.may_still_invite()]
    return sum(revoke_invitation(invitation, audit=audit.follow_up()) for invitation in void)


def invitation_of(token: str) -> Invitation:
    """The open invitation with this token.

    Raises:
        InvitationClosed: there is none that can be accepted.
    """
    invitation = (
        Invitation.objects.open_at(timezone.now()).with_token(token).select_related("team", "created_by").first()
    )
    if invitation is None or not invitation.may_still_invite():
        raise InvitationClosed
    return invitation


@transaction.atomic
def accept_invitation(invitation: Invitation, user: User) -> Membership:
    """Add an existing user to the team.

    Raises:
        InvitationClosed: it can no longer be accepted.
        AlreadyMember: the user is in the team; the invitation stays open.
        SuperuserInvited: the user is a superuser; the invitation stays open.
    """
    audit = AuditContext(user=user)
    locked = _locked(invitation, audit.at)
    # Race: the same person accepts two invitations of one team at once. The second waits, and then sees the first.
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if user.is_superuser:
        raise SuperuserInvited
    if Membership.objects.filter(team=locked.team_id, user=user).exists():
        raise AlreadyMember
    return _join(locked, user, audit)


@transaction.atomic
def register_invited(invitation: Invitation, user: User) -> Membership:
    """Save a new user, whose name and password are set, and add them to the team.

    Raises:
        InvitationClosed: it can no longer be accepted.
        UsernameTaken: another user took the name since it was checked.
    """
    audit = AuditContext(user=user)
    locked = _locked(invitation, audit.at)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise UsernameTaken from error
    audit.follow_up().record(AuditEvent.Action.ADDED, user, after={"invitation": locked.pk})
    return _join(locked, user, audit)


def _locked(invitation: Invitation, at: datetime) -> Invitation:
    """The invitation if it can still be accepted, locked until the transaction ends."""
    # Race: two people accept the same link, or an owner revokes it meanwhile. The second finds it closed.
    locked = Invitation.objects.open_at(at).filter(pk=invitation.pk).select_for_update().first()
    if locked is None or not locked.may_still_invite():
        raise InvitationClosed
    return locked


def _join(invitation: Invitation, user: User, audit: AuditContext) -> Membership:
    membership = Membership.objects.create(team=invitation.team, user=user, role=invitation.role)
    invitation.accepted_at, invitation.accepted_by = audit.at, user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    audit.record(AuditEvent.Action.ACCEPTED, invitation, team=invitation.team, after={"role": invitation.role})
    after = {"role": membership.role, "invitation": invitation.pk}
    audit.follow_up().record(AuditEvent.Action.ADDED, membership, team=invitation.team, after=after)
    return membership
