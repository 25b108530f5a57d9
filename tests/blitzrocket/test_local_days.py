"""The first and last moments of days, also where clocks change at midnight."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from blitzrocket.local_days import end_of_day, is_start_of_day, last_day_before, start_of_day


@pytest.mark.parametrize(
    ("zone", "day", "starts", "ends"),
    [
        ("UTC", date(2026, 11, 26), datetime(2026, 11, 26), datetime(2026, 11, 27)),
        ("Europe/Berlin", date(2026, 3, 29), datetime(2026, 3, 28, 23), datetime(2026, 3, 29, 22)),  # of 23 hours
        ("Europe/Berlin", date(2026, 10, 25), datetime(2026, 10, 24, 22), datetime(2026, 10, 25, 23)),  # of 25 hours
        ("Africa/Cairo", date(2026, 4, 24), datetime(2026, 4, 23, 22), datetime(2026, 4, 24, 21)),  # starts at 01:00
        ("America/Havana", date(2026, 11, 1), datetime(2026, 11, 1, 4), datetime(2026, 11, 2, 5)),  # midnight is twice
        ("Asia/Beirut", date(2026, 10, 24), datetime(2026, 10, 23, 21), datetime(2026, 10, 24, 22)),  # 23:00 is twice
        # Clocks were set from half past eleven to half past midnight.
        ("America/Toronto", date(1919, 3, 31), datetime(1919, 3, 31, 4, 30), datetime(1919, 4, 1, 4)),
        ("Pacific/Apia", date(2011, 12, 30), datetime(2011, 12, 30, 10), datetime(2011, 12, 30, 10)),  # was left out
    ],
)
def test_a_day_starts_and_ends(zone: str, day: date, starts: datetime, ends: datetime) -> None:
    key = ZoneInfo(zone)
    assert start_of_day(day, key) == starts.replace(tzinfo=UTC)
    assert end_of_day(day, key) == ends.replace(tzinfo=UTC)


def test_days_follow_each_other_in_every_zone() -> None:
    """Each day of the weeks in which most clocks change: it starts where the one before ends, and is read back."""
    first = [date(2026, 3, 6), date(2026, 3, 26), date(2026, 4, 3), date(2026, 10, 23), date(2026, 10, 30)]
    for name in available_timezones():
        zone = ZoneInfo(name)
        for day in (start + timedelta(days=n) for start in first for n in range(4)):
            start, end = start_of_day(day, zone), end_of_day(day, zone)
            assert is_start_of_day(start, zone), (name, day)
            assert start.astimezone(zone).date() == day == last_day_before(end, zone), (name, day)
            assert (start - timedelta(microseconds=1)).astimezone(zone).date() < day, (name, day)
            assert not is_start_of_day(start + timedelta(seconds=1), zone)


def test_the_first_of_two_midnights_starts_the_day() -> None:
    havana = ZoneInfo("America/Havana")
    midnight = datetime(2026, 11, 1, tzinfo=havana)
    assert is_start_of_day(midnight, havana)
    assert not is_start_of_day(midnight.replace(fold=1), havana)
