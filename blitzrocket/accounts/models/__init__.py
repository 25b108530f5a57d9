from blitzrocket.accounts.models.invitations import Invitation
from blitzrocket.accounts.models.password_links import PasswordLink, PasswordLinkRequest
from blitzrocket.accounts.models.second_factor import RecoveryCode, SecondFactor, TrustedBrowser
from blitzrocket.accounts.models.sessions import Session
from blitzrocket.accounts.models.sign_in import SignInFailures
from blitzrocket.accounts.models.users import Membership, Team, User

__all__ = [
    "Invitation",
    "Membership",
    "PasswordLink",
    "PasswordLinkRequest",
    "RecoveryCode",
    "SecondFactor",
    "Session",
    "SignInFailures",
    "Team",
    "TrustedBrowser",
    "User",
]
