"""Services for sessions: begin one, list them, end them."""

from collections.abc import Iterable
from typing import cast

from django.contrib.auth import login
from django.http import HttpRequest
from django.utils import timezone

from blitzrocket.accounts.models import Session, TrustedBrowser, User
from blitzrocket.accounts.services.session_store import SessionStore

BACKEND = "django.contrib.auth.backends.ModelBackend"
SECOND_STEP_PASSED = "second_step_passed"


def begin_session(request: HttpRequest, user: User, *, second_step: bool = False) -> None:
    """Sign the user in under a new session key; ``second_step``: they passed two-step verification."""
    store_of(request).restart()
    login(request, user, backend=BACKEND)
    request.session[SECOND_STEP_PASSED] = second_step


def store_of(request: HttpRequest) -> SessionStore:
    """The session of the request, as the engine's class."""
    return cast("SessionStore", request.session)


def open_sessions(user: User) -> list[Session]:
    """The sessions in which the user is signed in, the last used first."""
    rows = Session.objects.filter(user=user, expire_date__gt=timezone.now())
    return list(rows.order_by("-last_used_at", "session_key"))


def end_session(user: User, public_id: str) -> bool:
    """End one of the user's sessions; False where it has ended already."""
    ended = [row.session_key for row in open_sessions(user) if row.public_id == public_id]
    return _end(user, ended)


def end_other_sessions(user: User, current_key: str | None) -> int:
    """End the user's sessions but the current one, forget browsers that skip the second step; return how many ended."""
    TrustedBrowser.objects.filter(user=user).delete()
    return Session.objects.filter(user=user).exclude(session_key=current_key or "").delete()[0]


def _end(user: User, keys: Iterable[str]) -> bool:
    return bool(Session.objects.filter(user=user, session_key__in=list(keys)).delete()[0])
