"""Rate limits: calls per minute of each key, counted exactly over all processes.

A window of a minute starts with the first call after the previous window. The count is a statement of its own,
committed before the call's work: inside that transaction all calls of a key would queue for its row. DRF's own
throttles count in a cache, which lets calls through when several processes count at once.

Headers: IETF draft-ietf-httpapi-ratelimit-headers.
"""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from apikeys.models import LAST_USED_EVERY, ApiKey

if TYPE_CHECKING:  # DRF imports this module while rest_framework.views is being imported
    from rest_framework.views import APIView

WINDOW_SECONDS = 60

_COUNT = """
    INSERT INTO apikeys_callwindow AS w (key_id, started_at, calls)
    VALUES (%(key)s, statement_timestamp(), 1)
    ON CONFLICT (key_id) DO UPDATE SET
        calls = CASE WHEN w.started_at > excluded.started_at - %(window)s
                     THEN w.calls + 1 ELSE 1 END,
        started_at = CASE WHEN w.started_at > excluded.started_at - %(window)s
                          THEN w.started_at ELSE excluded.started_at END
    RETURNING calls, extract(epoch FROM started_at + %(window)s - statement_timestamp())
"""
# Race: PostgreSQL checks the condition again under the row's lock, so that of many processes only the first writes.
_MARK_USED = """
    UPDATE apikeys_apikey SET last_used_at = %(now)s
    WHERE id = %(key)s AND (last_used_at IS NULL OR last_used_at < %(due)s)
"""
_COUNT_AND_MARK_USED = f"WITH used AS ({_MARK_USED}) {_COUNT}"


@dataclass(frozen=True, slots=True)
class CallCount:
    """The state of a key's window: its limit, the calls so far including this one, seconds until the next window."""

    limit: int
    calls: int
    seconds_left: int

    @property
    def is_over(self) -> bool:
        return self.calls > self.limit

    @property
    def headers(self) -> dict[str, str]:
        remaining = max(0, self.limit - self.calls)
        return {
            "RateLimit-Policy": f'"default";q={self.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"default";r={remaining};t={self.seconds_left}',
        }


def count_call(key: ApiKey) -> CallCount | None:
    """Count a call of a key and update its ``last_used_at``; None for a key without a limit.

    At most one statement: the update is part of the count, at most once per minute.
    """
    now = timezone.now()
    due = now - LAST_USED_EVERY
    is_due = key.last_used_at is None or key.last_used_at < due
    values: dict[str, Any] = {"key": key.pk, "now": now, "due": due, "window": timedelta(seconds=WINDOW_SECONDS)}
    with connection.cursor() as cursor:
        if key.rate_limit is None:
            if is_due:
                cursor.execute(_MARK_USED, values)
            return None
        cursor.execute(_COUNT_AND_MARK_USED if is_due else _COUNT, values)
        calls, seconds_left = cursor.fetchone()
    return CallCount(key.rate_limit, calls, max(1, min(WINDOW_SECONDS, ceil(seconds_left))))


class ApiKeyThrottle(BaseThrottle):
    """Refuses a call beyond the key's limit; `ApiKeyAuthentication` has counted it."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        self.count: CallCount | None = getattr(request, "call_count", None)
        return self.count is None or not self.count.is_over

    def wait(self) -> float | None:
        return self.count.seconds_left if self.count else None
