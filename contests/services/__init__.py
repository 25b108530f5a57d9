from contests.services.copying import copy_contest
from contests.services.entries import (
    BalanceTooLow,
    EmailTaken,
    EntryGone,
    NewEntry,
    NotReachable,
    PhoneTaken,
    adjust_points,
    create_entry,
    enter,
    update_entry,
)
from contests.services.file_imports import ImportNotReady, start_import, start_undo
from contests.services.importing import keep_upload
from contests.services.invitations import (
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
from contests.services.jobs import ContestBusy, start_job
from contests.services.rules import create_contest, publish_rules, terms_as_edited

__all__ = [
    "AlreadyMember",
    "BalanceTooLow",
    "ContestBusy",
    "EmailTaken",
    "EntryGone",
    "ImportNotReady",
    "InvitationClosed",
    "NewEntry",
    "NotReachable",
    "PhoneTaken",
    "SuperuserInvited",
    "UsernameTaken",
    "accept_invitation",
    "adjust_points",
    "copy_contest",
    "create_contest",
    "create_entry",
    "create_invitation",
    "enter",
    "invitation_of",
    "keep_upload",
    "publish_rules",
    "register_invited",
    "revoke_invitation",
    "revoke_void_invitations",
    "start_import",
    "start_job",
    "start_undo",
    "terms_as_edited",
    "update_entry",
]
