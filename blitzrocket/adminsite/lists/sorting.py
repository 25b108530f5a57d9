"""The orders that a list offers: those that an index gives, and any on small tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from blitzrocket.keyset import reverse_of

A_TO_Z = ("A to Z", "Z to A")


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of a list.

    ``column`` is the column whose heading offers it, and its name in the address. ``order`` is ascending and ends with
    a column that no two rows share; ``expressions`` are annotations that it names. ``labels`` are those of the
    ascending and the descending order.
    """

    column: str
    order: tuple[str, ...]
    labels: tuple[str, str] = ("Oldest first", "Newest first")
    expressions: Mapping[str, Any] = field(default_factory=dict)
    starts_descending: bool = True
    # Where the index has only some of the rows: which, how the list calls them, and the filters that contradict it.
    only: Q | None = None
    only_label: str = ""
    contradicts: tuple[str, ...] = ()
    # Whether the index begins with the contest or team, so that the list is sorted for a few of them only.
    needs_owner: bool = False


@dataclass(frozen=True, slots=True)
class SortChoice:
    """A sort in one direction, as the address names it: “points”, or “-points” descending."""

    sort: Sort
    is_descending: bool

    @property
    def name(self) -> str:
        return f"-{self.sort.column}" if self.is_descending else self.sort.column

    @property
    def order(self) -> tuple[str, ...]:
        return reverse_of(self.sort.order) if self.is_descending else self.sort.order

    @property
    def label(self) -> str:
        return self.sort.labels[self.is_descending]

    def opposite(self) -> "SortChoice":
        return SortChoice(self.sort, not self.is_descending)


def sort_choices(sorts: Sequence[Sort]) -> list[SortChoice]:
    """Both directions of each; the first is the list's usual order."""
    return [
        SortChoice(sort, is_descending)
        for sort in sorts
        for is_descending in (sort.starts_descending, not sort.starts_descending)
    ]
