"""The points and places of entries before an action and after it, from the points that it would change."""

from collections.abc import Mapping
from dataclasses import dataclass

from blitzrocket.numbers import show_number
from contests.models import Entry
from contests.models.entry import PLACES_COUNTED
from contests.services.entries import EntryGone

PointChanges = dict[str, int]  # by entry id, also of entries whose points stay


@dataclass(frozen=True, slots=True)
class Effect:
    """An entry's points and place before an action and after it."""

    entry: Entry
    points_before: int
    points_after: int
    place_before: str
    place_after: str

    @property
    def difference(self) -> int:
        return self.points_after - self.points_before


def effects_of(changes: Mapping[str, int]) -> list[Effect]:
    """What these changes of points would do; nothing is locked or written.

    Raises:
        EntryGone: an entry was removed.
    """
    entries = Entry.objects.in_bulk(list(changes))
    if len(entries) < len(changes):
        raise EntryGone
    points_after = {entries[pk]: entries[pk].points + difference for pk, difference in changes.items()}
    return [
        Effect(
            entry=entry,
            points_before=entry.points,
            points_after=points,
            place_before=_place_in_words(entry, entry.place()),
            place_after=_place_in_words(entry, entry.place(points_after)),
        )
        for entry, points in points_after.items()
    ]


def _place_in_words(entry: Entry, place: int | None) -> str:
    if not entry.is_ranked:
        return "not ranked"
    return f"rank {show_number(place)}" if place else f"below rank {show_number(PLACES_COUNTED)}"
