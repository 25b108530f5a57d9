"""Times as the API takes and gives them: ISO 8601 with a zone."""

import re
from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime

# ISO 8601 with date, time and zone; Python's own reader takes much that no shop sends.
_iso_moment = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)", re.ASCII)


def read_moment(text: Any) -> datetime | None:
    """The time in UTC, or None where the text is none."""
    if not isinstance(text, str) or not _iso_moment.fullmatch(text):
        return None
    try:
        found = parse_datetime(text)
        return found.astimezone(UTC) if found else None
    except (ValueError, OverflowError):
        return None


def write_moment(moment: datetime) -> str:
    """In UTC with milliseconds: ``2026-11-22T18:00:00.000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
