"""Parsing dates and times as exports and spreadsheets write them.

Accepted are the forms of the API, ISO dates with a blank before time and zone (``2026-11-20 18:00:00 +0100``), dates
with dots (day first), dates with slashes, and English month names. Without a zone a time is UTC, without a time it is
midnight. The order of day and month between slashes is derived from the whole column: `day_comes_first`.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

from blitzrocket.datetimes import parse_rfc3339

MONTHS = HOURS_OF_HALF_A_DAY = 12
_MONTH_NAMES = (
    "jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
    "sep sept september", "oct october", "nov november", "dec december",
)  # fmt: skip
_months = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
_DATES = (
    r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})",
    r"(?P<d>\d{1,2})\. ?(?P<m>\d{1,2})\. ?(?P<y>\d{4})",
    r"(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>\d{4}|\d{2})",
    r"(?:[a-z]{3,9},? )?(?P<d>\d{1,2})[ -](?P<name>[a-z]{3,9})\.?,?[ -](?P<y>\d{4})",
    r"(?:[a-z]{3,9},? )?(?P<name>[a-z]{3,9})\.? (?P<d>\d{1,2}),? (?P<y>\d{4})",
)
_TIME = (
    r"(?:(?:t|,? (?:at )?)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?"
    r"(?: ?(?P<half>[ap])\.?m\.?)?)?"
)
_ZONE = (
    r"(?: ?(?P<zone>z|utc|gmt)?(?: ?(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?)?)?"
    r"(?P<zone_name> ?\(.*\))?"
)
_forms = [re.compile(f"{date}{_TIME}{_ZONE}", re.ASCII) for date in _DATES]
_slashes = re.compile(r"\s*(\d{1,2})/(\d{1,2})/", re.ASCII)


class InvalidDate(ValueError):
    """The text is not a date, or is ambiguous; the message says which."""


def day_comes_first(texts: Iterable[str]) -> bool | None:
    """Whether a column writes 20/11/2026 (or 11/20/2026); None where its dates do not show which, or contradict."""
    firsts, seconds = False, False
    for text in texts:
        if match := _slashes.match(text):
            firsts |= int(match[1]) > MONTHS
            seconds |= int(match[2]) > MONTHS
    return None if firsts == seconds else firsts


def parse_local_datetime(text: str, *, day_first: bool | None = None) -> tuple[datetime, bool]:
    """The time in UTC, and whether the text names its zone.

    Raises:
        InvalidDate: it is not a date, or is ambiguous.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).replace("\u2212", "-").split())
    moment = parse_rfc3339(plain)
    if moment is not None:
        return moment, True
    match = next((candidate for form in _forms if (candidate := form.fullmatch(plain.casefold()))), None)
    if match is None:
        raise InvalidDate("write it as 2026-11-20 18:00:00 +0100")
    parts = match.groupdict()
    if parts["zone_name"] and not (parts["zone"] or parts["sign"]):  # "(CET)" alone: its offset depends on who reads it
        raise InvalidDate("write the zone as an offset, as in 2026-11-20 18:00:00 +0100")
    try:
        moment = datetime(*_day(parts, day_first), *_clock(parts), tzinfo=_zone(parts))
        return moment.astimezone(UTC), bool(parts["zone"] or parts["sign"])
    except (ValueError, OverflowError) as error:
        if isinstance(error, InvalidDate):
            raise
        raise InvalidDate("there is no such day or time") from None


def _day(parts: dict[str, str | None], day_first: bool | None) -> tuple[int, int, int]:
    year = int(parts["y"] or 0)
    if parts.get("a"):
        if day_first is None:
            raise InvalidDate("day and month can be read in two ways: write it as 2026-11-20")
        first, second = int(parts["a"] or 0), int(parts["b"] or 0)
        day, month = (first, second) if day_first else (second, first)
        return year if len(parts["y"] or "") > 2 else 2000 + year, month, day  # noqa: PLR2004  (years of two digits)
    month = _months.get(parts["name"] or "", 0) if "name" in parts else int(parts["m"] or 0)
    return year, month, int(parts["d"] or 0)


def _clock(parts: dict[str, str | None]) -> tuple[int, int, int, int]:
    hour = int(parts["hour"] or 0)
    if parts["half"]:
        if not 1 <= hour <= HOURS_OF_HALF_A_DAY:
            raise ValueError
        hour = hour % HOURS_OF_HALF_A_DAY + (HOURS_OF_HALF_A_DAY if parts["half"] == "p" else 0)
    microsecond = int((parts["fraction"] or "0")[:6].ljust(6, "0"))
    return hour, int(parts["minute"] or 0), int(parts["second"] or 0), microsecond


def _zone(parts: dict[str, str | None]) -> timezone:
    offset = timedelta(hours=int(parts["hours"] or 0), minutes=int(parts["minutes"] or 0))
    return timezone(-offset if parts["sign"] == "-" else offset)
