"""Rate limits: calls per minute of each key, counted exactly over all processes.

A window of a minute starts with the first call after the previous window. DRF's own throttles count in a cache, which
lets calls through when several processes count at once.

Headers: IETF draft-ietf-httpapi-ratelimit-headers.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

if TYPE_CHECKING:  # DRF imports this module while rest_framework.views is being imported
    from rest_framework.views import APIView

WINDOW_SECONDS = 60


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


class ApiKeyThrottle(BaseThrottle):
    """Refuses a call beyond the key's limit; `ApiKeyAuthentication` has counted it."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        self.count: CallCount | None = getattr(request, "call_count", None)
        return self.count is None or not self.count.is_over

    def wait(self) -> float | None:
        return self.count.seconds_left if self.count else None
