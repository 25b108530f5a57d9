"""Whole days in a time zone, also where its clocks change at midnight."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

INSTANT = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)


def start_of_day(day: date, zone: tzinfo) -> datetime:
    """The first moment of a day, in UTC: its first midnight, or where clocks skip midnight, the moment after it."""
    midnight = datetime.combine(day, time(), zone)
    start = midnight.astimezone(UTC)
    if start.astimezone(zone).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return start
    # The two offsets of a skipped time: read with the one after the change it is too early, with the other too late.
    early, late = midnight.replace(fold=1).astimezone(UTC), start
    while late - early > _SECOND:
        middle = early + (late - early) // 2
        early, late = (early, middle) if middle.astimezone(zone).date() >= day else (middle, late)
    return late.replace(microsecond=0)


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """The first moment after a day, in UTC."""
    return start_of_day(day + timedelta(days=1), zone)


def is_start_of_day(moment: datetime, zone: tzinfo) -> bool:
    """Whether a day of the zone starts at this moment."""
    # Both in UTC: Python takes a time in a repeated hour as equal to none in another zone.
    return start_of_day(moment.astimezone(zone).date(), zone) == moment.astimezone(UTC)


def last_day_before(moment: datetime, zone: tzinfo) -> date:
    """The last day of a period that ends at this moment, which does not belong to it."""
    return (moment.astimezone(UTC) - INSTANT).astimezone(zone).date()
