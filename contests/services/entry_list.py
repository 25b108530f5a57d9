"""The search of a contest's list of entries: how many match, and the ids of a page, the newest first."""

from dataclasses import dataclass

from django.core.exceptions import EmptyResultSet
from django.db.models import Exists, OuterRef, Q, QuerySet

from blitzrocket.emails import search_key, words_of
from blitzrocket.postgres.replica import connection_for_reads
from contests.models import Entry, NameWord
from contests.models.entry import LAST_CHARACTER

# Of a search with very many matches, the newest page is among so many of the newest entries, nearly always.
NEWEST = 5_000


@dataclass(frozen=True, slots=True)
class SearchPage:
    """The ids of a page, and the number of all matches, which is exact up to the greatest number that was asked for."""

    ids: list[str]
    total: int
    is_minimum: bool


@dataclass(frozen=True, slots=True)
class EntrySearch:
    """A search of one contest; without ``by_email``, of names only."""

    contest_id: str
    text: str
    by_email: bool

    def page(self, *, before: str, offset: int, count: int, most: int) -> SearchPage:
        """The page of ids that sort before one, or of all if that is empty; ``most`` is the greatest exact total.

        Matches by email cost the most: the index does not have their ids, so their rows are read. Hence they are read
        once, for total and page together, and not at all where there are too many to count.
        """
        before = before or LAST_CHARACTER
        if not self._has_more_than(most):
            total, ids = self._all(before, offset, count)
            return SearchPage(ids, min(total, most), is_minimum=total > most)
        ids = self._among_newest(before, offset, count)
        if len(ids) < count:
            ids = self._all(before, offset, count)[1]
        return SearchPage(ids, most, is_minimum=True)

    def condition(self) -> Q:
        """Whether an entry matches, for few entries: over all, an OR would read the whole contest."""
        words = self._by_name().filter(contest=OuterRef("contest"), entry=OuterRef("pk"))
        return Q(Exists(words)) | self._email_starts() if self.by_email else Q(Exists(words))

    def _by_name(self) -> "QuerySet[NameWord]":
        return NameWord.objects.with_words([self.contest_id], words_of(self.text))

    def _by_email(self) -> "QuerySet[Entry]":
        entries = Entry.objects.filter(contest=self.contest_id)
        return entries.filter(self._email_starts()) if self.by_email else entries.none()

    def _email_starts(self) -> Q:
        key = search_key(self.text)
        return Q(email_key__gte=key, email_key__lt=key + LAST_CHARACTER)

    def _has_more_than(self, most: int) -> bool:
        """Whether more match by email alone or by name alone, as the indexes say, of which not much more is read."""
        names = self._by_name()
        if self._by_email()[: most + 1].count() > most:
            return True
        return names[: most + 1].count() > most and _different(names, 2 * (most + 1)) > most

    def _all(self, before: str, offset: int, count: int) -> tuple[int, list[str]]:
        """The number of all matches, and the page, from one reading."""
        ids = self._by_email().values("pk").union(self._by_name().values("entry"), all=True)
        try:
            sql, values = ids.query.sql_with_params()
        except EmptyResultSet:
            return 0, []
        with connection_for_reads().cursor() as cursor:
            cursor.execute(
                f"""
                WITH matches (id) AS MATERIALIZED (SELECT DISTINCT * FROM ({sql}) ids)
                SELECT (SELECT count(*) FROM matches),
                    ARRAY(SELECT id FROM matches WHERE id < %s ORDER BY id DESC LIMIT %s OFFSET %s)
                """,  # noqa: S608
                [*values, before, count, offset],
            )
            total, ids = cursor.fetchone()
        return total, ids

    def _among_newest(self, before: str, offset: int, count: int) -> list[str]:
        """The page, or its beginning, from the newest entries, each compared with the search."""
        entries = Entry.objects.filter(contest=self.contest_id, pk__lt=before).order_by("-pk")
        oldest = entries.values_list("pk", flat=True)[NEWEST - 1 : NEWEST].first() or ""
        newest = entries.filter(self.condition(), pk__gte=oldest)
        return list(newest.values_list("pk", flat=True)[offset : offset + count])


def _different(words: "QuerySet[NameWord]", most: int) -> int:
    """How many entries have some of these words; at most so many words are read."""
    sql, values = words.values("entry")[:most].query.sql_with_params()
    with connection_for_reads().cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM (SELECT DISTINCT * FROM ({sql}) few) different", values)  # noqa: S608
        (count,) = cursor.fetchone()
    return int(count)
