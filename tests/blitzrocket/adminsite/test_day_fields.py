"""The first and the last day of a period, in the zone of a contest; a time may be given."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.core.exceptions import ValidationError

from blitzrocket.adminsite.datetime_fields import DayWidget, FirstDayField, LastDayField

BERLIN = ZoneInfo("Europe/Berlin")


def field(kind: type[FirstDayField], zone: str = "Europe/Berlin", typed_in: str = "") -> FirstDayField:
    day_field = kind(required=False, widget=DayWidget)
    day_field.shown_zone, day_field.typed_zone = ZoneInfo(zone), ZoneInfo(typed_in or zone)
    return day_field


@pytest.mark.parametrize(
    ("kind", "typed", "moment"),
    [
        (FirstDayField, ["2026-12-01", ""], datetime(2026, 12, 1, tzinfo=BERLIN)),
        (LastDayField, ["2026-12-24", ""], datetime(2026, 12, 25, tzinfo=BERLIN)),
        (LastDayField, ["2026-12-24", "18:00"], datetime(2026, 12, 24, 18, tzinfo=BERLIN)),
        (FirstDayField, ["2026-03-29", ""], datetime(2026, 3, 28, 23, tzinfo=UTC)),
        (LastDayField, ["2026-03-29", ""], datetime(2026, 3, 29, 22, tzinfo=UTC)),  # a day of 23 hours
        (LastDayField, ["2026-10-25", ""], datetime(2026, 10, 25, 23, tzinfo=UTC)),  # a day of 25 hours
        (FirstDayField, ["2026-10-25", "02:30:05"], datetime(2026, 10, 25, 0, 30, 5, tzinfo=UTC)),  # twice; the first
        (FirstDayField, ["", ""], None),
        (FirstDayField, None, None),
    ],
)
def test_days_are_read_and_shown_again(kind: Any, typed: list[str] | None, moment: datetime | None) -> None:
    days = field(kind)
    value = days.clean(typed)
    assert (value and value.astimezone(UTC)) == moment
    assert not days.has_changed(moment, typed or ["", ""])
    assert [str(part) for part in days.prepare_value(moment) or ["", ""]] == (typed or ["", ""])


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        (["", "18:00"], "Enter a valid date."),
        (["2026-03-29", "02:30"], "couldn’t be interpreted in time zone Europe/Berlin"),
        (["1234-01-01", ""], "Enter a year from 1900 to 9000."),
        (["tomorrow", ""], "Enter a valid date."),
        (["2026-12-01", "noon"], "Enter a valid time."),
    ],
)
def test_other_days_are_refused(typed: list[str], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        field(LastDayField).clean(typed)


def test_midnight_as_an_end_is_shown_as_the_day_before() -> None:
    days = field(LastDayField)
    assert days.parts_of(days.clean(["2026-12-25", "00:00"])) == [date(2026, 12, 24), ""]


def test_a_day_that_starts_after_a_skipped_midnight_is_whole() -> None:
    first, last = field(FirstDayField, "Africa/Cairo"), field(LastDayField, "Africa/Cairo")
    assert first.parts_of(first.clean(["2026-04-24", ""])) == [date(2026, 4, 24), ""]
    assert last.parts_of(last.clean(["2026-04-23", ""])) == [date(2026, 4, 23), ""]


def test_a_date_that_stays_is_unchanged_in_every_zone() -> None:
    moments = [datetime(2026, 10, 25, 1, 30, 12, 345678, tzinfo=UTC), datetime(2027, 3, 28, 1, tzinfo=UTC)]
    for name in available_timezones():
        for days in (field(FirstDayField, name), field(LastDayField, name, "Asia/Tokyo")):
            for moment in moments:
                assert not days.has_changed(moment, [str(part) for part in days.parts_of(moment)]), (name, moment)


def test_a_date_typed_with_another_zone_is_read_in_that() -> None:
    days = field(FirstDayField, "Europe/Berlin", "Asia/Tokyo")
    assert days.clean(["2026-12-01", ""]) == datetime(2026, 11, 30, 15, tzinfo=UTC)
