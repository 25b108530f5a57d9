from blitzrocket.accounts.models.invitations import Invitation
from blitzrocket.accounts.models.sign_in import SignInFailures
from blitzrocket.accounts.models.users import Membership, Team, User

__all__ = ["Invitation", "Membership", "SignInFailures", "Team", "User"]
