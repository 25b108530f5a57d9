"""Dates and times of the API: RFC 3339, and the other forms of ISO 8601 that `datetime.fromisoformat` reads.

The forms are those that Python's documentation names, always with a zone. Other texts that its implementation accepts
are refused, because it misreads them: “T20.5Z” becomes half a second past eight, “T205Z” eight o'clock.
"""

import re
from datetime import UTC, datetime, timedelta

_MONTH, _DAY = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
_WEEK, _WEEKDAY = "W(?:0[1-9]|[1-4][0-9]|5[0-3])", "[1-7]"
_ANY = r"[^\u0000]"  # RFC 3339's T or t, or any other character
_HOUR, _MINUTE, _SECOND = "(?:[01][0-9]|2[0-3])", "[0-5][0-9]", "[0-5][0-9]"
_LEAP_SECOND = "([0-5][0-9]|60)"
_FRACTION = "(?:[.,][0-9]+)?"


def _clock(second: str) -> str:
    """A pattern for a time with colons or without; minutes, seconds and a fraction are optional."""
    with_colons = f":{_MINUTE}(?::{second}{_FRACTION})?"
    without_colons = f"{_MINUTE}(?:{second}{_FRACTION})?"
    return f"{_HOUR}(?:{with_colons}|{without_colons})?"


_DATE = (
    "[0-9]{4}(?:"
    f"-{_MONTH}-{_DAY}{_ANY}|{_MONTH}{_DAY}{_ANY}|"
    f"-{_WEEK}(?:-{_WEEKDAY}[^0-9]|{_ANY})|{_WEEK}{_WEEKDAY}?{_ANY})"
)
PATTERN = f"{_DATE}{_clock(_LEAP_SECOND)}(?:[Zz]| ?[+-]{_clock(_SECOND)})"
_moment = re.compile(PATTERN)


def parse_rfc3339(text: str) -> datetime | None:
    """The time in UTC; None for any other text and for a day that does not exist. A leap second is the next second."""
    match = _moment.fullmatch(text)
    if match is None:
        return None
    leap = timedelta()
    if match.lastindex and match[match.lastindex] == "60":
        start, end = match.span(match.lastindex)
        text, leap = f"{text[:start]}59{text[end:]}", timedelta(seconds=1)
    try:
        moment = datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-").replace("z", "Z"))
        return moment.astimezone(UTC) + leap
    except (ValueError, OverflowError):
        return None


def format_rfc3339(moment: datetime) -> str:
    """In UTC with milliseconds: ``2026-11-22T18:00:00.000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
