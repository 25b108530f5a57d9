"""Times and time zones on screens: “26 Nov 2026, 21:07”.

Dates of a contest and its rules are in the contest's zone, all others in the reader's, which is Django's current one.
"""

from datetime import date, datetime, tzinfo

from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from blitzrocket.local_days import is_start_of_day, last_day_before

# Written out: Django reads its DATETIME_FORMAT anew for each time, and a list of 100 rows has 200 to 400 of them.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MINUTES_PER_HOUR = 60
_SECONDS_PER_MINUTE = 60


def show_datetime(at: datetime, *, zone: tzinfo | None = None, seconds: bool = False) -> str:
    """“6 Nov 2026, 14:05”, in the reader's zone unless another is given."""
    return _text_of(timezone.localtime(at, zone), seconds=seconds)


def _text_of(local: datetime, *, seconds: bool) -> str:
    clock = f"{local.hour:02}:{local.minute:02}" + (f":{local.second:02}" if seconds else "")
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year:04}, {clock}"


def show_date(day: date) -> str:
    """“6 Nov 2026”."""
    return formats.date_format(day, "DATE_FORMAT")


def time_element(at: datetime, *, zone: tzinfo | None = None, seconds: bool = False) -> SafeString:
    """A time as HTML; its tooltip has the seconds and the zone, as has its text where that is not the reader's."""
    local, key = timezone.localtime(at, zone), zone_key(zone)
    return format_html(
        '<time datetime="{}" title="{} {} (UTC{})">{}{}</time>',
        local.isoformat(timespec="seconds"),
        _text_of(local, seconds=True),
        key,
        offset_text(local),
        _text_of(local, seconds=seconds),
        "" if zone is None or key == zone_key() else f" {key}",
    )


def first_day_element(starts: datetime, zone: tzinfo) -> SafeString:
    """The start of a period as HTML: “1 Dec 2026” for a whole day, otherwise with the time."""
    return _day_element(starts, starts.astimezone(zone).date(), zone)


def last_day_element(ends: datetime, zone: tzinfo) -> SafeString:
    """The end of a period as HTML: its last day, “24 Dec 2026” for the start of the 25th; otherwise with the time."""
    return _day_element(ends, last_day_before(ends, zone), zone)


def _day_element(at: datetime, day: date, zone: tzinfo) -> SafeString:
    if not is_start_of_day(at, zone):
        return time_element(at, zone=zone)
    exact = f"{show_datetime(at, zone=zone, seconds=True)} {zone_key(zone)} (UTC{offset_text(at.astimezone(zone))})"
    return format_html('<time datetime="{}" title="{}">{}</time>', day.isoformat(), exact, show_date(day))


def offset_text(local: datetime) -> str:
    """The offset of a local time from UTC: “+05:30”, “−03:00”."""
    offset = local.utcoffset()
    minutes = int(offset.total_seconds()) // _SECONDS_PER_MINUTE if offset else 0
    sign = "\N{MINUS SIGN}" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // _MINUTES_PER_HOUR:02}:{abs(minutes) % _MINUTES_PER_HOUR:02}"


def zone_key(zone: tzinfo | None = None) -> str:
    """The IANA name of a time zone: “Europe/Berlin”; the reader's zone by default.

    Never its abbreviation: three zones are called CST, and that of Etc/GMT+3 is “-03”.
    """
    zone = zone or timezone.get_current_timezone()
    return str(getattr(zone, "key", zone))
