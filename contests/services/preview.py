"""What an act would do to people's points, found out by doing it and taking it back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import transaction

from contests.models import Entry
from contests.models.entry import PLACES_COUNTED

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Effect:
    """An entry's points and place before an act and after it."""

    entry: Entry
    points_before: int
    points_after: int
    place_before: str
    place_after: str

    @property
    def difference(self) -> int:
        return self.points_after - self.points_before


def effects_of(entry_ids: Iterable[str], audit: Callable[[], Any]) -> list[Effect]:
    """What the act would do to these entries; whatever it raises is raised here."""
    ids = list(dict.fromkeys(entry_ids))
    before = _standing(ids)
    after: dict[str, tuple[Entry, str]] = {}

    def do() -> None:
        # Race: acts on several purchases lock their entries one after the other; all are locked in everybody's order.
        list(Entry.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
        audit()

    preview_effect(do, lambda _: after.update(_standing(ids)))
    return [
        Effect(
            entry=after[pk][0],
            points_before=before[pk][0].points,
            points_after=after[pk][0].points,
            place_before=before[pk][1],
            place_after=after[pk][1],
        )
        for pk in ids
    ]


def preview_effect(do: Callable[[], Result], then: Callable[[Result], None]) -> Result:
    """Do something, look at what it led to, and roll it all back: a preview that cannot differ from the action."""
    with transaction.atomic():
        result = do()
        then(result)
        transaction.set_rollback(True)
    return result


def _standing(entry_ids: list[str]) -> dict[str, tuple[Entry, str]]:
    entries = Entry.objects.in_bulk(entry_ids)
    return {pk: (entry, _place_in_words(entry)) for pk, entry in entries.items()}


def _place_in_words(entry: Entry) -> str:
    if entry.is_disqualified or not entry.email_confirmed:
        return "not ranked"
    place = entry.place
    return f"rank {place:,}" if place else f"below rank {PLACES_COUNTED:,}"
