"""Where a contest stands, in words, at the borders of days. No database."""

from datetime import UTC, datetime, timedelta

import pytest

from contests.models import Contest

START, END = datetime(2026, 12, 1, 9, tzinfo=UTC), datetime(2026, 12, 24, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
Status = Contest.Status

LINES = [
    ("long before", START - timedelta(days=3), "Starts in 3 days"),
    ("late on the third day before", datetime(2026, 11, 28, 23, 59, tzinfo=UTC), "Starts in 3 days"),
    ("the day before", datetime(2026, 11, 30, 23, 59, tzinfo=UTC), "Starts tomorrow"),
    ("early on the day itself", datetime(2026, 12, 1, tzinfo=UTC), "Starts today"),
    ("just before it starts", START - INSTANT, "Starts today"),
    ("at its start", START, "Running, ends in 22 days"),
    ("the day before its last", datetime(2026, 12, 22, 23, 59, tzinfo=UTC), "Running, ends tomorrow"),
    ("on its last day", datetime(2026, 12, 23, tzinfo=UTC), "Running, ends today"),
    ("at its last moment", END - INSTANT, "Running, ends today"),
    ("at its end, which is midnight", END, "Ended yesterday"),
    ("a day later", END + timedelta(days=1), "Ended 2 days ago"),
]
OTHERS = [
    ({"status": Status.PAUSED}, "Paused"),
    ({"status": Status.DRAFT}, "Draft"),
    ({"status": Status.ENDED}, "Ended"),
    ({"status": Status.ENDED, "ends_at": START + timedelta(hours=1)}, "Ended today"),
    ({"ends_at": None, "is_evergreen": True}, "Running"),
    ({"ends_at": None}, "Running"),
    ({"starts_at": None, "ends_at": START + timedelta(hours=3)}, "Running, ends today"),
]


def contest(**fields: object) -> Contest:
    usual = {"title": "Summer", "status": Status.ACTIVE, "starts_at": START, "ends_at": END, "time_zone": "UTC"}
    return Contest(**(usual | fields))


@pytest.mark.parametrize(("moment", "line"), [case[1:] for case in LINES], ids=[case[0] for case in LINES])
def test_days_are_counted_to_start_and_last_day(moment: datetime, line: str) -> None:
    assert contest().status_line(moment) == line


@pytest.mark.parametrize(("fields", "line"), OTHERS)
def test_other_states_have_their_label(fields: dict[str, object], line: str) -> None:
    assert contest(**fields).status_line(START + timedelta(hours=2)) == line


def test_days_are_in_the_contests_time_zone() -> None:
    berlin = contest(time_zone="Europe/Berlin")
    assert berlin.status_line(datetime(2026, 11, 30, 23, 30, tzinfo=UTC)) == "Starts today"
