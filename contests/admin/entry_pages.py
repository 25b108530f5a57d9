"""The tabs of a contest with its entries: the newest, and the leaderboard."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse

from blitzrocket.accounts.admin.team_scoped import change_url, list_url
from blitzrocket.numbers import show_number
from blitzrocket.postgres.replica import may_read_replica
from contests.admin.contest_pages import ContestPagesMixin, tab_url
from contests.leaderboard import entry_totals_of
from contests.models import Contest, Entry
from contests.models.entry import PLACES_COUNTED
from contests.services.entry_search import MAX_RESULTS, find_entries

PER_PAGE = 50
MAX_COUNTED = 100


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the leaderboard; ``share`` is its points in percent of the first place's."""

    rank: int
    entry: Entry
    url: str
    share: int


class EntryPagesMixin(ContestPagesMixin):
    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        urls = [
            path("<str:object_id>/entries/", wrap(self.entries), name="contests_contest_entries"),
            path("<str:object_id>/leaderboard/", wrap(self.leaderboard), name="contests_contest_leaderboard"),
        ]
        return [*urls, *super().get_urls()]

    @may_read_replica
    def entries(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The entries, the newest first, or those that match a search."""
        contest: Contest = self.get_visible_or_404(request, object_id)
        text = request.GET.get("q", "").strip()[:200]
        rows = Entry.objects.filter(contest=contest).order_by("-pk")
        if text:
            rows = rows.filter(pk__in=find_entries(text, [contest.pk]))
        elif before := request.GET.get("before", ""):
            rows = rows.filter(pk__lt=before)
        size = MAX_RESULTS if text else PER_PAGE
        page = list(rows[: size + 1])
        has_more, page = len(page) > size and not text, page[:size]
        url = tab_url(contest, "entries")
        context = {
            "text": text,
            "rows": [(entry, change_url(entry)) for entry in page],
            "is_cut": len(page) == MAX_RESULTS and bool(text),
            "total": _total_of(contest),
            "first_url": url if "before" in request.GET else "",
            "next_url": f"{url}?{urlencode({'before': page[-1].pk})}" if has_more else "",
            "list_url": list_url(Entry, contest=contest.pk),
            "add_url": self._add_url(request, contest),
        }
        return self.contest_page(request, contest, "entries", "admin/contests/entries.html", context)

    def _add_url(self, request: HttpRequest, contest: Contest) -> str:
        if not self.has_change_permission(request, contest):
            return ""
        return reverse("admin:contests_entry_add", query={"contest": contest.pk})

    @may_read_replica
    def leaderboard(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The places of the leaderboard, as far as places are counted."""
        contest: Contest = self.get_visible_or_404(request, object_id)
        ranked = Entry.objects.on_leaderboard(contest.pk)
        last = Entry.objects.filter(contest=contest, pk=request.GET.get("after", "")).first()
        page = list((ranked.filter(_behind(last)) if last else ranked)[: PER_PAGE + 1])
        has_more, page = len(page) > PER_PAGE, page[:PER_PAGE]
        places = _places(ranked, page)
        url = tab_url(contest, "leaderboard")
        context = {
            "places": places,
            "first_url": url if last else "",
            "next_url": f"{url}?{urlencode({'after': page[-1].pk})}" if has_more and places else "",
            "is_beyond": bool(page) and not places,
            "places_counted": PLACES_COUNTED,
            "entries_url": tab_url(contest, "entries"),
        }
        return self.contest_page(request, contest, "leaderboard", "admin/contests/leaderboard.html", context)


def _total_of(contest: Contest) -> str:
    """The number of entries, as last counted where there are many."""
    few = Entry.objects.filter(contest=contest).values("pk")[: MAX_COUNTED + 1].count()
    if few <= MAX_COUNTED:
        return str(few)
    totals = entry_totals_of(contest)
    return show_number(totals.entries) if totals and totals.entries > MAX_COUNTED else f"{MAX_COUNTED}+"


def _behind(entry: Entry) -> Q:
    """The entries below one on the leaderboard; the first condition is for the index."""
    later = Q(points_since__gt=entry.points_since) | Q(points_since=entry.points_since, pk__gt=entry.pk)
    return Q(points__lte=entry.points) & (Q(points__lt=entry.points) | later)


def _places(ranked: Any, page: list[Entry]) -> list[Place]:
    """The places of a page of the leaderboard; none where so many are ahead that places are not counted."""
    if not page:
        return []
    first, best = page[0], ranked.values_list("points", flat=True)[0]
    ahead = ranked.filter(points__gt=first.points).values("pk")[:PLACES_COUNTED].count()
    # Those with the same points on earlier pages.
    sooner = Q(points_since__lt=first.points_since) | Q(points_since=first.points_since, pk__lt=first.pk)
    earlier = ranked.filter(sooner, points=first.points).values("pk")[:PLACES_COUNTED].count()
    if ahead + earlier >= PLACES_COUNTED:
        return []
    places: list[Place] = []
    for number, entry in enumerate(page, start=ahead + earlier + 1):
        is_tied = bool(places) and places[-1].entry.points == entry.points
        rank = places[-1].rank if is_tied else number if places else ahead + 1
        share = max(0, round(100 * entry.points / best)) if best > 0 else 0
        places.append(Place(rank, entry, change_url(entry), share))
    return places
