"""The session engine (SESSION_ENGINE): Django's in the database, with an idle limit and an absolute one.

Both limits are the row's ``expire_date``, so that they hold in every process. The cookie lasts as long as the absolute
limit.
"""

from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.utils import timezone

from blitzrocket.accounts.models import Session, User
from blitzrocket.accounts.models.sessions import MAX_USER_AGENT_LENGTH

WRITE_EVERY = timedelta(minutes=1)


class SessionStore(DatabaseSessionStore):
    """``address`` and ``user_agent`` are those of the request; the middleware sets them.

    ``user`` is the one that was read with the session. Whether the session may still act for them, Django's checks say.
    """

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.row: Session | None = None
        self.user: User | None = None
        self.address = self.user_agent = ""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def restart(self) -> None:
        """Count the session's limits from now, because its user signs in."""
        self.row = None

    def touch(self) -> None:
        """Write that the session is in use, at most once a minute.

        Not by saving the session: that would write back all its data, and undo what another request changes meanwhile.
        """
        now = timezone.now()
        if self.row is None or self.row.user_id is None or now - self.row.last_used_at < WRITE_EVERY:
            return
        Session.objects.filter(session_key=self.session_key).update(
            last_used_at=now, expire_date=_expires_at(self.row, now), **self._client()
        )

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row of these data; it keeps its start unless its user changes."""
        row: Any = super().create_model_instance(data)
        user_id = data.get(SESSION_KEY)
        row.user_id = int(user_id) if user_id else None
        now = timezone.now()
        is_same_user = self.row is not None and self.row.user_id == row.user_id
        row.started_at = self.row.started_at if self.row is not None and is_same_user else now
        row.last_used_at, row.expire_date = now, _expires_at(row, now)
        for name, value in self._client().items():
            setattr(row, name, value)
        self.row = row
        return self.row

    def _get_session_from_db(self) -> Session | None:
        self.row = Session.read(cast("str", self.session_key))
        if self.row is None:
            self._session_key = None  # so that saving makes a new one, as in Django's
            return None
        self.user = self.row.user
        return self.row

    def _client(self) -> dict[str, str]:
        if not self.address and self.row is not None:
            return {"address": self.row.address, "user_agent": self.row.user_agent}
        return {"address": self.address, "user_agent": self.user_agent[:MAX_USER_AGENT_LENGTH]}


def _expires_at(row: Session, now: Any) -> Any:
    return min(now + settings.SESSION_IDLE_LIMIT, row.started_at + timedelta(seconds=settings.SESSION_COOKIE_AGE))
