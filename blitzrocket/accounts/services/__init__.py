from blitzrocket.accounts.services.invitations import (
    AlreadyMember,
    InvitationClosed,
    SuperuserInvited,
    UsernameTaken,
    accept_invitation,
    create_invitation,
    invitation_of,
    register_invited,
    revoke_invitation,
    revoke_void_invitations,
)

__all__ = [
    "AlreadyMember",
    "InvitationClosed",
    "SuperuserInvited",
    "UsernameTaken",
    "accept_invitation",
    "create_invitation",
    "invitation_of",
    "register_invited",
    "revoke_invitation",
    "revoke_void_invitations",
]
