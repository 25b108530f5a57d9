"""The first places of a contest before and after a change that is only thought of."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from contests.leaderboard import ranks_of
from contests.models import Entry
from purchases.models import Purchase
from purchases.services.rescoring import Period

PLACES = 25
MOST_CANDIDATES = 40 * PLACES


@dataclass(frozen=True, slots=True, order=True)
class RankCandidate:
    """Somebody who may be among the first; the smaller the better."""

    negative_points: int
    since: datetime
    entry_id: str

    @property
    def points(self) -> int:
        return -self.negative_points


@dataclass(slots=True)
class LeaderboardProjection:
    """Takes everybody whose points may change, one by one, and keeps only who may come in among the first."""

    contest_id: str
    candidates: list[RankCandidate] = field(default_factory=list)
    first_now: dict[str, Entry] = field(default_factory=dict)
    points_after: dict[str, int] = field(default_factory=dict)  # of those who are among the first now
    at: datetime = field(default_factory=timezone.now)

    def __post_init__(self) -> None:
        self.first_now = {entry.pk: entry for entry in self._board()[:PLACES]}
        self.points_after = {pk: entry.points for pk, entry in self.first_now.items()}

    def take(self, entry: Entry, difference: int) -> None:
        """Somebody with the points they would gain or lose."""
        if entry.is_disqualified or not entry.email_confirmed:
            return
        since = self.at if difference else entry.points_since
        self.candidates.append(RankCandidate(-entry.points - difference, since, entry.pk))
        if entry.pk in self.points_after:
            self.points_after[entry.pk] = entry.points + difference
        if len(self.candidates) > MOST_CANDIDATES:
            self._keep_the_best()

    def places(self, period: Period) -> Iterator[dict[str, Any]]:
        """Who is among the first before or after, the first after at the top; people stand here by their ids."""
        self._keep_the_best()
        best = sorted([*self.candidates, *self._without_purchases(period)])[:PLACES]
        points = self.points_after | {one.entry_id: one.points for one in best}
        after = dict(ranks_of([(one.entry_id, one.points) for one in best]))
        before = dict(ranks_of([(pk, entry.points) for pk, entry in self.first_now.items()]))
        entries = Entry.objects.filter(contest=self.contest_id).in_bulk([*after, *before])
        for pk in dict.fromkeys([*after, *before]):
            yield {
                "entry": pk,
                "points_before": entries[pk].points,
                "points_after": points[pk],
                "place_before": before.get(pk) or entries[pk].place,
                "place_after": after.get(pk),
            }

    def _board(self) -> Any:
        return Entry.objects.on_leaderboard(self.contest_id)

    def _keep_the_best(self) -> None:
        self.candidates = sorted(self.candidates)[:PLACES]

    def _without_purchases(self, period: Period) -> list[RankCandidate]:
        """The best of those who bought nothing in the period: their points stay."""
        contest_id, first_id, until = period.values
        bought = Purchase.objects.filter(
            contest=contest_id, entry=OuterRef("pk"), pk__gte=first_id, created_at__lt=until
        )
        others = self._board().exclude(Exists(bought.filter(status__in=Purchase.COUNTING)))
        if len(self.candidates) == PLACES:
            others = others.filter(points__gte=self.candidates[-1].points)
        return [RankCandidate(-entry.points, entry.points_since, entry.pk) for entry in others[:PLACES]]
