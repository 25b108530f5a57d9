"""Sessions of signed-in users, with what their owner sees of them."""

from importlib import import_module
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

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

    @classmethod
    def read(cls, session_key: str) -> "Session | None":
        """The session of this key unless it has expired, with its user and their roles: every page reads all three.

        One statement; its rows differ in the membership only.
        """
        rows: list[Any] = list(
            cls.objects.filter(session_key=session_key, expire_date__gt=timezone.now())
            .annotate(membership=models.FilteredRelation("user__memberships"))
            .select_related("user", "membership__team")  # type: ignore[misc]  # unknown to the stubs
        )
        if not rows:
            return None
        session: Session = rows[0]
        if session.user is not None:
            # Django leaves out the attribute where there is no membership. Sorting these few rows here takes less than
            # Django takes to write an ORDER BY.
            memberships = (row.membership for row in rows if hasattr(row, "membership"))
            session.user.roles = sorted(memberships, key=attrgetter("created_at"))
        return session

    @property
    def public_id(self) -> str:
        """The session's name on pages; its key would let a reader of the page into the session."""
        return digest_of(self.session_key)[:PUBLIC_ID_LENGTH]
