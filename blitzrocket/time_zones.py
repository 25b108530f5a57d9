"""IANA time zones: which exist, which forms suggest, and which one a typed text means."""

from collections import Counter
from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError

MAX_LENGTH = 64
UTC_NAME = "UTC"
_REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
_PLACEHOLDERS = {"Factory", "localtime"}  # no zones of a place: an installer's default, and the server's own


@cache
def zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def suggested_zones() -> tuple[str, ...]:
    """UTC and the zones named after places, such as “Europe/Berlin”; older names of zones are left out."""
    return (UTC_NAME, *sorted(name for name in zone_names() if name.startswith(tuple(f"{r}/" for r in _REGIONS))))


def find_time_zone(text: str) -> str | None:
    """The zone that a person means: its name in any case, or its place, such as “new york”; None where unclear."""
    key = _key(text)
    return _names_by_key().get(key) or _names_by_place().get(key)


def validate_time_zone(name: str) -> None:
    """
    Raises:
        ValidationError: it is not the name of an IANA time zone.
    """
    if name not in zone_names() - _PLACEHOLDERS:
        raise ValidationError("Choose a time zone from the list, such as Europe/Berlin.")


@cache
def _names_by_key() -> dict[str, str]:
    return {_key(name): name for name in zone_names() - _PLACEHOLDERS}


@cache
def _names_by_place() -> dict[str, str]:
    """The suggested zones by the last part of their name, where only one has it."""
    places = [(_key(name.rpartition("/")[2]), name) for name in suggested_zones()]
    counts = Counter(place for place, _name in places)
    return {place: name for place, name in places if counts[place] == 1}


def _key(text: str) -> str:
    return "_".join(text.split()).casefold()
