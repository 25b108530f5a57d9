"""Days in UTC, for dashboards and lists."""

from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone


def today() -> date:
    return timezone.now().astimezone(UTC).date()


def first_day_of(days: int) -> date:
    """The first day of a period of this many days that ends today."""
    return today() - timedelta(days=days - 1)


def start_of(day: date) -> datetime:
    """The first moment of a day, in UTC."""
    return datetime.combine(day, time(), UTC)
