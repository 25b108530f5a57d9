"""Sessions of signed-in users, with what their owner sees of them."""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from blitzrocket.tokens import digest_of

MAX_USER_AGENT_LENGTH = 300
PUBLIC_ID_LENGTH = 16


class Session(AbstractBaseSession):
    """A session; its user is None until someone signs in."""

    # Without a foreign key in the database: a session of a login that is gone must not fail to be saved.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, db_constraint=False, related_name="sessions"
    )
    started_at = models.DateTimeField("signed in")
    last_used_at = models.DateTimeField("last used")
    address = models.CharField("IP address", max_length=45, blank=True)
    user_agent = models.CharField("browser", max_length=MAX_USER_AGENT_LENGTH, blank=True)

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        verbose_name = "session"
        verbose_name_plural = "sessions"

    @classmethod
    def get_session_store_class(cls) -> Any:
        return import_module(settings.SESSION_ENGINE).SessionStore  # a module of services, which stand above

    @property
    def public_id(self) -> str:
        """The session's name on pages; its key would let a reader of the page into the session."""
        return digest_of(self.session_key)[:PUBLIC_ID_LENGTH]
