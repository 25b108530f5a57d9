"""The top of a contest's leaderboard before and after a change of points that is not made."""

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
MAX_CANDIDATES = 40 * PLACES


@dataclass(frozen=True, slots=True, order=True)
class RankCandidate:
    """An entry that may be in the top `PLACES`; candidates sort by rank."""

    negative_points: int
    since: datetime
    entry_id: str

    @property
    def points(self) -> int:
        return -self.negative_points


@dataclass(slots=True)
class LeaderboardProjection:
    """Ranks the entries whose points may change, given one by one; keeps at most `MAX_CANDIDATES` in memory."""

    contest_id: str
    candidates: list[RankCandidate] = field(default_factory=list)
    leaders: dict[str, Entry] = field(default_factory=dict)
    points_after: dict[str, int] = field(default_factory=dict)  # of the current leaders
    at: datetime = field(default_factory=timezone.now)

    def __post_init__(self) -> None:
        self.leaders = {entry.pk: entry for entry in self._leaderboard()[:PLACES]}
        self.points_after = {pk: entry.points for pk, entry in self.leaders.items()}

    def add(self, entry: Entry, difference: int) -> None:
        """Add an entry with the points that it would gain or lose."""
        if entry.is_disqualified or not entry.email_confirmed:
            return
        since = self.at if difference else entry.points_since
        self.candidates.append(RankCandidate(-entry.points - difference, since, entry.pk))
        if entry.pk in self.points_after:
            self.points_after[entry.pk] = entry.points + difference
        if len(self.candidates) > MAX_CANDIDATES:
            self._drop_the_rest()

    def places(self, period: Period) -> Iterator[dict[str, Any]]:
        """The entries in the top `PLACES` before or after, by their new place; each is named by its id only."""
        self._drop_the_rest()
        best = sorted([*self.candidates, *self._without_purchases(period)])[:PLACES]
        points = self.points_after | {candidate.entry_id: candidate.points for candidate in best}
        after = dict(ranks_of([(candidate.entry_id, candidate.points) for candidate in best]))
        before = dict(ranks_of([(pk, entry.points) for pk, entry in self.leaders.items()]))
        entries = Entry.objects.filter(contest=self.contest_id).in_bulk([*after, *before])
        for pk in dict.fromkeys([*after, *before]):
            yield {
                "entry": pk,
                "points_before": entries[pk].points,
                "points_after": points[pk],
                "place_before": before.get(pk) or entries[pk].place(),
                "place_after": after.get(pk),
            }

    def _leaderboard(self) -> Any:
        return Entry.objects.on_leaderboard(self.contest_id)

    def _drop_the_rest(self) -> None:
        self.candidates = sorted(self.candidates)[:PLACES]

    def _without_purchases(self, period: Period) -> list[RankCandidate]:
        """The best entries without purchases in the period, whose points stay."""
        contest_id, first_id, until = period.values
        purchases = Purchase.objects.filter(
            contest=contest_id, entry=OuterRef("pk"), pk__gte=first_id, created_at__lt=until
        )
        others = self._leaderboard().exclude(Exists(purchases.filter(status__in=Purchase.COUNTING)))
        if len(self.candidates) == PLACES:
            others = others.filter(points__gte=self.candidates[-1].points)
        return [RankCandidate(-entry.points, entry.points_since, entry.pk) for entry in others[:PLACES]]
