"""A clock that a test sets: what asks for the time, and makes ids by it, gets this one's."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class Clock:
    """Stands still, but for a microsecond each time it is read, so that ids keep their order."""

    def __init__(self, now: datetime = START) -> None:
        self.at = now

    def now(self) -> datetime:
        self.at += timedelta(microseconds=1)
        return self.at

    def go(self, **by: float) -> datetime:
        self.at += timedelta(**by)
        return self.at

    def nanoseconds(self) -> int:
        return int(self.now().timestamp() * 1_000_000) * 1000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock.now)
    monkeypatch.setattr(time, "time_ns", clock.nanoseconds)
    return clock
