"""The user of a request: the one read with the session, as long as the session may act for them."""

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from blitzrocket.accounts.models import User
from blitzrocket.accounts.services.session_store import SessionStore
from blitzrocket.accounts.services.sessions import BACKEND, store_of


def user_of(request: HttpRequest) -> User | AnonymousUser:
    """Whom `django.contrib.auth.get_user` says, without another statement where all of its checks are passed.

    Otherwise Django says who it is, or that it is nobody: a changed password, an old secret key, a user who may not
    sign in any more.
    """
    session = store_of(request)
    user_id = session.get(SESSION_KEY)  # reads the session
    user = session.user
    if user is None or user_id != str(user.pk) or not _may_act_for(session, user):
        return get_user(request)
    return user


def _may_act_for(session: SessionStore, user: User) -> bool:
    is_known_backend = session.get(BACKEND_SESSION_KEY) == BACKEND
    if not is_known_backend or not ModelBackend().user_can_authenticate(user):
        return False
    return constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
