"""Times as screens write them, in the reader's zone or a contest's."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import formats, timezone

from blitzrocket.times import show_date, show_datetime, time_element

AT = datetime(2026, 11, 26, 20, 7, 5, 900000, tzinfo=UTC)


def test_the_zone_is_the_readers_unless_another_is_given() -> None:
    with timezone.override("America/New_York"):
        assert show_datetime(AT) == "26 Nov 2026, 15:07"
        assert show_datetime(AT, zone=ZoneInfo("Europe/Berlin")) == "26 Nov 2026, 21:07"
        assert show_datetime(AT, seconds=True) == "26 Nov 2026, 15:07:05"


def test_a_time_looks_as_django_writes_it() -> None:
    """By DATETIME_FORMAT, as in what Django's own templates and widgets show."""
    days = [datetime(2026, month, day, 0, 5, 9, tzinfo=UTC) for month in range(1, 13) for day in (1, 9, 28)]
    for at in (*days, datetime(9, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(9998, 1, 2, 12, tzinfo=UTC)):
        assert show_datetime(at) == formats.date_format(at, "DATETIME_FORMAT")
        assert show_datetime(at, seconds=True) == formats.date_format(at, "j M Y, H:i:s")


def test_a_date() -> None:
    assert show_date(date(2026, 3, 1)) == "1 Mar 2026"


@pytest.mark.parametrize(
    ("zone", "html"),
    [
        (
            "Europe/Berlin",
            (
                '<time datetime="2026-11-26T21:07:05+01:00" title="26 Nov 2026, 21:07:05 Europe/Berlin (UTC+01:00)">'
                "26 Nov 2026, 21:07 Europe/Berlin</time>"
            ),
        ),
        (
            "America/St_Johns",
            (
                '<time datetime="2026-11-26T16:37:05-03:30" title="26 Nov 2026, 16:37:05 America/St_Johns (UTC−03:30)">'
                "26 Nov 2026, 16:37 America/St_Johns</time>"
            ),
        ),
    ],
)
def test_the_tooltip_has_seconds_zone_and_offset(zone: str, html: str) -> None:
    assert time_element(AT, zone=ZoneInfo(zone)) == html


def test_templates_have_one_filter_for_each_kind() -> None:
    page = Template(
        "{% load times numbers money %}{{ at|moment }}{{ none|moment }}{{ 1234|number }} {{ 5|signed }} "
        '{{ 2|counted:"order,orders" }} {{ sum|amount:"JPY" }}'
    )
    shown = page.render(Context({"at": AT, "zone": ZoneInfo("UTC"), "none": None, "sum": 1500}))
    assert shown.endswith("26 Nov 2026, 20:07</time>1,234 +5 2 orders 1,500 JPY")
