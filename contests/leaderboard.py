"""Leaderboard and entry counts of contests."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from blitzrocket.limited_rows import first_of_each
from contests.models import Contest, Entry, EntryTotals
from contests.models.entry import RANKING
from contests.models.totals import EXACT_BELOW


def leaderboard(contest: Contest, limit: int) -> list[Entry]:
    """The first places, each with its ``rank`` and ``referrals_count``.

    Standard competition ranking (1, 2, 2, 4): entries with the same points share a rank. Among them, the entry that had
    the points first comes first.
    """
    referred = Entry.objects.filter(contest=contest, referred_by=OuterRef("pk")).values("referred_by")
    referrals = Coalesce(Subquery(referred.annotate(count=Count("pk")).values("count")), 0)
    places: list[Entry] = list(Entry.objects.on_leaderboard(contest.pk).annotate(referrals_count=referrals)[:limit])
    ranks = dict(ranks_of([(entry.pk, entry.points) for entry in places]))
    for entry in places:
        entry.rank = ranks[entry.pk]  # type: ignore[attr-defined]
    return places


def ranks_of(rows: Sequence[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """The rank of each entry of a list sorted by points."""
    rank = 0
    for position, (entry_id, points) in enumerate(rows, start=1):
        if position == 1 or points != rows[position - 2][1]:
            rank = position
        yield entry_id, rank


def top_entries(contest_ids: list[str], limit: int) -> list[Entry]:
    """The entries with the most points over these contests; of each contest, only the first places are read."""
    ranked = Entry.objects.filter(email_confirmed=True, is_disqualified=False, points__gt=0).values_list("points", "pk")
    places = first_of_each(ranked, "contest", contest_ids, RANKING, limit)
    ids = [pk for _points, pk in sorted(places, key=lambda place: (-place[0], place[1]))[:limit]]
    entries = Entry.objects.filter(contest__in=contest_ids).select_related("contest").in_bulk(ids)
    return [entries[pk] for pk in ids if pk in entries]


@dataclass(frozen=True, slots=True)
class EntryCounts:
    """How many entries a contest has, and their points."""

    entries: int
    confirmed_entries: int
    disqualified_entries: int
    points: int
    highest_points: int


def entry_totals_of(contest: Contest) -> EntryTotals | None:
    """The totals of the contest's entries by the last count; None before the first."""
    return EntryTotals.objects.filter(contest=contest).first()


def entry_count(contest_ids: Sequence[str]) -> int | None:
    """How many entries these contests have together; None where that would have to be counted in a long list."""
    totals = EntryTotals.objects.filter(contest__in=contest_ids, entries__gte=EXACT_BELOW)
    large = dict(totals.values_list("contest", "entries"))
    others = Entry.objects.filter(contest__in=[pk for pk in contest_ids if pk not in large])
    count = others.values("pk")[: EXACT_BELOW + 1].count()
    return sum(large.values()) + count if count <= EXACT_BELOW else None


def update_entry_totals(contest_id: str) -> None:
    """Count a contest's entries again and save the totals."""
    EntryTotals.objects.update_or_create(contest_id=contest_id, defaults=asdict(count_entries(contest_id)))


def analytics(contest: Contest) -> dict[str, Any]:
    """Numbers of entries and their points: counted now, or taken from the totals where there are many."""
    totals = entry_totals_of(contest)
    counts = totals if totals and totals.entries >= EXACT_BELOW else count_entries(contest.pk)
    return {
        "totalEntries": counts.entries,
        "confirmedEntries": counts.confirmed_entries,
        "disqualifiedEntries": counts.disqualified_entries,
        "points": {
            "total": counts.points,
            "average": _average(counts.points, counts.entries),
            "highest": counts.highest_points,
        },
    }


def count_entries(contest_id: str) -> EntryCounts:
    """Count a contest's entries and their points."""
    counts = Entry.objects.filter(contest=contest_id).aggregate(
        entries=Count("pk"),
        confirmed_entries=Count("pk", filter=Q(email_confirmed=True)),
        disqualified_entries=Count("pk", filter=Q(is_disqualified=True)),
        highest_points=Max("points"),  # before the sum takes the column's name
        points=Sum("points"),
    )
    return EntryCounts(**{column: int(count or 0) for column, count in counts.items()})


def _average(points: int, entries: int) -> Decimal:
    return (Decimal(points) / (entries or 1)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def add_entries_counts(contests: Sequence[Contest]) -> None:
    """Set ``entries_count`` of each contest: counted now, or taken from its totals where there are many."""
    ids = [contest.pk for contest in contests]
    large = EntryTotals.objects.filter(contest__in=ids, entries__gte=EXACT_BELOW)
    counts = dict(large.values_list("contest", "entries"))
    small = Entry.objects.filter(contest__in=[pk for pk in ids if pk not in counts]).values("contest")
    counts |= dict(small.annotate(count=Count("pk")).values_list("contest", "count"))
    for contest in contests:
        contest.entries_count = counts.get(contest.pk, 0)  # type: ignore[attr-defined]
