"""Times and time zones on screens."""

from datetime import datetime, tzinfo

from django.utils import formats, timezone

SECONDS_FORMAT = "j M Y, H:i:s"


def show_datetime(at: datetime, *, seconds: bool = False) -> str:
    """“6 Nov 2026, 14:05” in the reader's time zone, which the page names."""
    return formats.date_format(timezone.localtime(at), SECONDS_FORMAT if seconds else "DATETIME_FORMAT")


def zone_key(zone: tzinfo | None = None) -> str:
    """The IANA name of a time zone: “Europe/Berlin”; the reader's zone by default.

    Never its abbreviation: three zones are called CST, and that of Etc/GMT+3 is “-03”.
    """
    zone = zone or timezone.get_current_timezone()
    return str(getattr(zone, "key", zone))
