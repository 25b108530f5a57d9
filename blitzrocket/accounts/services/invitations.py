"""Inviting people into a team: made by an owner, accepted by whoever has the link, once.

Nothing here looks for a user with the invited address, so that an owner learns of nobody whether they have a login.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from blitzrocket.accounts.models import Invitation, Membership, Team, User
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import Email


class InvitationClosed(Exception):
    """It was accepted or revoked, has expired, or never was."""


class AlreadyMember(Exception):
    """The person is in the team; an invitation changes nobody's role."""


class SuperuserInvited(Exception):
    """A superuser sees all teams and belongs to none by invitation."""


class UsernameTaken(Exception):
    """Another person has the user name."""


def create_invitation(team: Team, email: Email, role: str, *, audit: AuditContext) -> tuple[Invitation, str]:
    """Invite somebody, and return the token of the link; one that the team has for the same address is revoked.

    Raises:
        ValueError: the act has no user.
    """
    if audit.user is None:
        raise ValueError("an invitation is made by a person")
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
    """Have its link open nothing any more; False where that was so already."""
    # Race: it is accepted at the same moment. Whichever comes first wins, and the other sees it.
    locked = Invitation.objects.pending().filter(pk=invitation.pk).select_for_update().first()
    if locked is None:
        return False
    locked.revoked_at = audit.at
    locked.save(update_fields=["revoked_at"])
    audit.record(AuditEvent.Action.REVOKED, locked, team=locked.team)
    return True


def revoke_void_invitations(user: User, *, audit: AuditContext) -> int:
    """Revoke what somebody sent who may not invite any more, and return how many that were; their links open nothing.

    Called where a right is taken away: a membership changed or deleted, a login closed.
    """
    sent = Invitation.objects.pending().filter(created_by=user).select_related("created_by")
    void = [invitation for invitation in sent if not invitation.may_still_invite]
    return sum(revoke_invitation(invitation, audit=audit.follow_up()) for invitation in void)


def invitation_of(token: str) -> Invitation:
    """The invitation that a link opens.

    Raises:
        InvitationClosed: there is none that can be accepted.
    """
    found = Invitation.objects.open_at(timezone.now()).with_token(token).select_related("team", "created_by").first()
    if found is None or not found.may_still_invite:
        raise InvitationClosed
    return found


@transaction.atomic
def accept_invitation(invitation: Invitation, user: User) -> Membership:
    """Let a person who has a login join the team.

    Raises:
        InvitationClosed: it cannot be accepted any more.
        AlreadyMember: they are in the team; the invitation stays open.
        SuperuserInvited: they are a superuser; the invitation stays open.
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
    """Make the login of a new person, whose name and password are set on ``user``, and let them join the team.

    Raises:
        InvitationClosed: it cannot be accepted any more.
        UsernameTaken: somebody took the name since it was checked.
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
    """The invitation, if it can still be accepted, held until the transaction ends."""
    # Race: two people open the same link, or an owner revokes it meanwhile. The second to come finds it closed.
    locked = Invitation.objects.open_at(at).filter(pk=invitation.pk).select_for_update().first()
    if locked is None or not locked.may_still_invite:
        raise InvitationClosed
    return locked


def _join(invitation: Invitation, user: User, audit: AuditContext) -> Membership:
    membership = Membership.objects.create(team=invitation.team, user=user, role=invitation.role)
    invitation.accepted_at, invitation.accepted_by = audit.at, user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    audit.record(AuditEvent.Action.ACCEPTED, invitation, team=invitation.team, after={"role": invitation.role})
    joined = {"role": membership.role, "invitation": invitation.pk}
    audit.follow_up().record(AuditEvent.Action.ADDED, membership, team=invitation.team, after=joined)
    return membership
