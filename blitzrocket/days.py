"""Days as dashboards and lists count them: in UTC."""

from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone


def today() -> date:
    """The day in UTC."""
    return timezone.now().astimezone(UTC).date()


def first_day_of(days: int) -> date:
    """The first of so many days, of which today is the last."""
    return today() - timedelta(days=days - 1)


def start_of(day: date) -> datetime:
    """The first moment of a day, in UTC."""
    return datetime.combine(day, time(), UTC)
