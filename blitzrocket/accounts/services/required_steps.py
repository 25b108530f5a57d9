"""What a signed-in user must do before anything else: choose a password, set up two-step verification."""

from dataclasses import dataclass

from django.http import HttpRequest

from blitzrocket.accounts.models import Team, User
from blitzrocket.accounts.services.sessions import SECOND_STEP_PASSED


@dataclass(frozen=True, slots=True)
class RequiredStep:
    """A step, by the names of its pages; the first is where it begins."""

    pages: tuple[str, ...]


CHOOSE_PASSWORD = RequiredStep(("admin:password_change",))
SET_UP_SECOND_FACTOR = RequiredStep(("second_factor_setup", "second_factor", "admin:password_change"))


def required_step(request: HttpRequest) -> RequiredStep | None:
    """The next step of the signed-in user; None where nothing is required."""
    if not request.user.is_authenticated:
        return None
    user = request.user
    if user.must_change_password:
        return CHOOSE_PASSWORD
    if not request.session.get(SECOND_STEP_PASSED) and must_use_second_factor(user):
        return SET_UP_SECOND_FACTOR
    return None


def must_use_second_factor(user: User) -> bool:
    """Whether a team of the user requires two-step verification; for a superuser, any team."""
    if user.is_superuser:
        return Team.objects.filter(require_second_factor=True).exists()
    return any(membership.team.require_second_factor for membership in user.roles)
