"""Which texts are times: RFC 3339, and the forms of ISO 8601 that Python's documentation names, with a zone."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blitzrocket.datetimes import PATTERN, parse_rfc3339

AT = datetime(2026, 11, 22, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        # RFC 3339
        ("2026-11-22T18:00:00Z", AT),
        ("2026-11-22t18:00:00z", AT),
        ("2026-11-22 19:30:00+01:30", AT),
        ("2026-11-22_18:00:00.000000000-00:00", AT),
        ("2026-11-22T18:00:00.1234567z", AT.replace(microsecond=123456)),
        ("2026-11-23T17:59:00+23:59", AT),
        # leap seconds
        ("2026-11-22T17:59:60Z", AT),
        ("2016-12-31T23:59:60z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("1990-12-31T15:59:60-08:00", datetime(1991, 1, 1, tzinfo=UTC)),
        ("2017-01-01T00:59:60.25+01:00", datetime(2017, 1, 1, 0, 0, 0, 250_000, UTC)),
        ("20161231T235960Z", datetime(2017, 1, 1, tzinfo=UTC)),
        # other forms
        ("2026-11-22T18Z", AT),
        ("2026-11-22T18:00+00", AT),
        ("20261122T180000,000Z", AT),
        ("20261122T1800-0000", AT),
        ("2026-W47-7T18:00Z", AT),
        ("2026W477T18Z", AT),
        ("2026-W47T18Z", AT - timedelta(days=6)),
        ("2026W47T18Z", AT - timedelta(days=6)),
        ("2026-11-22T19:00:30+01:00:30", AT),
        ("2026-11-22 19:00:00 +0100", AT),  # Ruby's
        ("2026-11-22 13:00:00.000 -05:00", AT),
        ("2026-11-22z18:00z", AT),
    ],
)
def test_forms_of_a_time(text: str, moment: datetime) -> None:
    assert parse_rfc3339(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        *("", "now", "2026-11-22", "2026-11-22T18:00:00", "18:00Z", "1700000000", "2026-11-22T18:00:00ZZ"),
        *("2026-02-30T18:00:00Z", "2026-02-29T18:00:00Z", "2026-13-01T00:00Z", "2026-W54-1T18Z", "2025-W53-1T18Z"),
        *("2026-326T18:00Z", "2026-11T18:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"),
        *("2026-11-22T24:00:00Z", "2026-11-22T18:60Z", "2026-11-22T18:00:61Z", "2026-11-22T18:00:00+24:00"),
        *("2026-11-22T18:00:00+01:60", "2026-11-22T1:00Z", "2026-11-22T18:0000Z", "2026-11-22T1800:00Z"),
        *(
            "2026-11-22T18.5Z",
            "2026-11-22T180Z",
            "2026-11-22T18:00.5Z",
            "2026-11-22T18:00:00.Z",
            "2026-11-22T18:00x+00",
        ),
        *("２０２６-11-22T18:00Z", "2026-11-22\0T18:00Z", "2026-11-22T18:00:00 UTC", "Sun, 22 Nov 2026 18:00:00 GMT"),
    ],
)
def test_other_texts_are_not_times(text: str) -> None:
    assert parse_rfc3339(text) is None


@st.composite
def clocks(draw: st.DrawFn, hours: int = 23) -> str:
    colon = draw(st.sampled_from([":", ""]))
    parts = [f"{draw(st.integers(0, hours)):02}", *(f"{draw(st.integers(0, 59)):02}" for _ in range(2))]
    parts = parts[: draw(st.integers(1, 3))]
    has_fraction = len(parts) == 3 and draw(st.booleans())
    fraction = draw(st.sampled_from([".", ","])) + draw(st.from_regex(r"[0-9]{1,9}", fullmatch=True))
    return colon.join(parts) + (fraction if has_fraction else "")


@st.composite
def moments(draw: st.DrawFn) -> str:
    """Every form that Python's documentation names, with a zone."""
    day = draw(st.dates())
    year, week, weekday = day.isocalendar()
    dates = [f"{day:%Y-%m-%d}", f"{day:%Y%m%d}"] if day.year >= 1000 else [day.isoformat()]
    if 1000 <= year <= 9999:
        dates += [
            f"{year}-W{week:02}-{weekday}",
            f"{year}W{week:02}{weekday}",
            f"{year}-W{week:02}",
            f"{year}W{week:02}",
        ]
    zone = draw(st.just("Z") | st.builds(str.__add__, st.sampled_from("+-"), clocks()))
    return draw(st.sampled_from(dates)) + draw(st.sampled_from("Tt _x")) + draw(clocks()) + zone


@given(moments())
def test_every_accepted_text_is_read_as_python_reads_it(text: str) -> None:
    try:
        wanted = datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError:
        wanted = None
    assert parse_rfc3339(text) == wanted


@given(moments(), st.integers(0, 40), st.sampled_from([*"0159-+:.,TZz W", ""]), st.booleans())
def test_the_pattern_accepts_only_valid_times_and_days_that_do_not_exist(
    text: str, place: int, other: str, replaces: bool
) -> None:
    text = text[:place] + other + text[place + replaces :]
    moment = parse_rfc3339(text)
    if not re.fullmatch(PATTERN, text):
        assert moment is None
    elif moment is None:
        fixed = text[:4] + text[4:].replace("z", "Z").replace("60", "59")
        with pytest.raises((ValueError, OverflowError)):
            datetime.fromisoformat(fixed).astimezone(UTC)
