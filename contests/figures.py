"""Figures of a contest: who leads, and how many take part."""

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection
from django.db.models import Avg, Count, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from contests.models import Contest, Entry


def leaderboard(contest: Contest, limit: int) -> list[Entry]:
    """The first places, each with its ``rank`` and ``referrals_count``.

    Standard competition ranking: those with the same points share a rank, and the next one counts them all. Among them
    whoever had the points first comes first.
    """
    referred = Entry.objects.filter(contest=contest, referred_by=OuterRef("pk")).order_by().values("referred_by")
    referrals = Coalesce(Subquery(referred.annotate(count=Count("pk")).values("count")), 0)
    places: list[Entry] = list(Entry.objects.on_leaderboard(contest.pk).annotate(referrals_count=referrals)[:limit])
    ranks = dict(ranks_of([(entry.pk, entry.points) for entry in places]))
    for entry in places:
        entry.rank = ranks[entry.pk]  # type: ignore[attr-defined]
    return places


def ranks_of(rows: Sequence[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """The rank of each of these, which are sorted by their points."""
    rank = 0
    for position, (entry_id, points) in enumerate(rows, start=1):
        if position == 1 or points != rows[position - 2][1]:
            rank = position
        yield entry_id, rank


def top_entries(contest_ids: list[str], limit: int) -> list[Entry]:
    """Who has the most points in any of these contests; the first places of each are read, and no more."""
    with connection.cursor() as cursor:
        cursor.execute(_TOP_ENTRIES, [contest_ids, limit, limit])
        ids = [pk for (pk,) in cursor.fetchall()]
    found = Entry.objects.select_related("contest").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


_TOP_ENTRIES = """
    SELECT entry.id FROM unnest(%s::text[]) contest (id) CROSS JOIN LATERAL (
        SELECT id, points FROM contests_entry
        WHERE contest_id = contest.id AND email_confirmed AND NOT is_disqualified AND points > 0
        ORDER BY points DESC, points_since, id LIMIT %s
    ) entry ORDER BY entry.points DESC, entry.id LIMIT %s
"""


def analytics(contest: Contest) -> dict[str, Any]:
    """How many take part, and their points."""
    counted = Entry.objects.filter(contest=contest).aggregate(
        total=Count("pk"),
        confirmed=Count("pk", filter=Q(email_confirmed=True)),
        disqualified=Count("pk", filter=Q(is_disqualified=True)),
        points_together=Sum("points"),
        points_on_average=Avg("points"),
        points_at_most=Max("points"),
    )
    points = {"total": int(counted["points_together"] or 0), "highest": counted["points_at_most"] or 0}
    average = Decimal(counted["points_on_average"] or 0).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return {
        "totalEntries": counted["total"],
        "confirmedEntries": counted["confirmed"],
        "disqualifiedEntries": counted["disqualified"],
        "points": points | {"average": average},
    }
