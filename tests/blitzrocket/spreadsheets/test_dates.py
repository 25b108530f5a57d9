"""Dates and times as exports and spreadsheets write them; what can be read in two ways is refused."""

import pytest

from blitzrocket.spreadsheets.dates import InvalidDate, day_comes_first, parse_local_datetime


@pytest.mark.parametrize(
    ("text", "moment", "names_zone"),
    [
        # the forms of the API
        ("2026-11-20T18:00:00Z", "2026-11-20T18:00:00+00:00", True),
        ("2026-11-20T18:00:00.123456+01:00", "2026-11-20T17:00:00.123456+00:00", True),
        # exports of shops
        ("2026-11-20 18:00:00 +0100", "2026-11-20T17:00:00+00:00", True),
        ("2026-11-20 18:00:00 -0530", "2026-11-20T23:30:00+00:00", True),
        ("2026-11-20 18:00:00 UTC", "2026-11-20T18:00:00+00:00", True),
        ("2026-11-20 18:00:00", "2026-11-20T18:00:00+00:00", False),
        ("2026-11-20 18:00", "2026-11-20T18:00:00+00:00", False),
        ("2026-11-20", "2026-11-20T00:00:00+00:00", False),
        ("2026/11/20 8:05", "2026-11-20T08:05:00+00:00", False),
        ("2026-11-20 18:00:00.5", "2026-11-20T18:00:00.500000+00:00", False),
        # spreadsheets
        ("20.11.2026 18:00", "2026-11-20T18:00:00+00:00", False),
        ("5. 1. 2026", "2026-01-05T00:00:00+00:00", False),
        ("20\u00a011\u00a02026", None, False),
        # names of months
        ("20 Nov 2026", "2026-11-20T00:00:00+00:00", False),
        ("Nov 20, 2026, 6:00 PM", "2026-11-20T18:00:00+00:00", False),
        ("November 20, 2026 at 12:00 a.m.", "2026-11-20T00:00:00+00:00", False),
        ("20-Sept-2026", "2026-09-20T00:00:00+00:00", False),
        ("Fri, 20 Nov 2026 18:00:00 +0100", "2026-11-20T17:00:00+00:00", True),
        ("Fri Nov 20 2026 18:00:00 GMT+0100 (Central European Standard Time)", "2026-11-20T17:00:00+00:00", True),
        # none
        ("20/11/2026", None, False),
        ("05/01/2026", None, False),
        ("2026-02-30", None, False),
        ("2026-13-01", None, False),
        ("20 Foo 2026", None, False),
        ("2026-11-20 25:00", None, False),
        ("2026-11-20 13:00 pm", None, False),
        ("2026-11-20 18:00 CET", None, False),
        ("2026-11-20 18:00 (CET)", None, False),
        ("20 Nov 2026 6:00 PM (Pacific Standard Time)", None, False),
        ("2026-11-20 (UTC)", None, False),
        ("20.11.2026 18:00(MEZ)", None, False),
        ("11/20/2026 18:00 ()", None, False),
        ("2026-11-20 18:00 UTC (Greenwich)", "2026-11-20T18:00:00+00:00", True),
        ("2026-11-20 18:00 -0500 (EST)", "2026-11-20T23:00:00+00:00", True),
        ("46346.75", None, False),
        ("yesterday", None, False),
        ("0001-01-01 00:00 +1400", None, False),
        ("2026-11-20 18:00 +9900", None, False),
        ("", None, False),
    ],
)
def test_forms_of_a_date(text: str, moment: str | None, names_zone: bool) -> None:
    if moment is None:
        with pytest.raises(InvalidDate):
            parse_local_datetime(text)
        return
    parsed, says_zone = parse_local_datetime(text)
    assert (parsed.isoformat(), says_zone) == (moment, names_zone)


@pytest.mark.parametrize(
    ("column", "day_first"),
    [
        (["05/01/2026", "25/01/2026"], True),
        (["05/01/2026", "01/25/2026 10:00"], False),
        (["05/01/2026", "12/12/2026"], None),
        (["25/01/2026", "01/25/2026"], None),
        (["2026-01-25", "25.1.2026"], None),
        ([" 13/1/26"], True),
        ([], None),
    ],
)
def test_the_whole_column_decides_which_number_is_the_day(column: list[str], day_first: bool | None) -> None:
    assert day_comes_first(column) is day_first


@pytest.mark.parametrize(
    ("text", "day_first", "moment"),
    [
        ("05/01/2026", True, "2026-01-05T00:00:00+00:00"),
        ("05/01/2026", False, "2026-05-01T00:00:00+00:00"),
        ("5/1/26 6:30 PM", False, "2026-05-01T18:30:00+00:00"),
        ("25/01/2026 18:00 +0200", True, "2026-01-25T16:00:00+00:00"),
        ("25/01/2026", False, None),
    ],
)
def test_dates_with_slashes_are_read_in_the_columns_order(text: str, day_first: bool, moment: str | None) -> None:
    if moment is None:
        with pytest.raises(InvalidDate, match="no such day"):
            parse_local_datetime(text, day_first=day_first)
        return
    assert parse_local_datetime(text, day_first=day_first)[0].isoformat() == moment
