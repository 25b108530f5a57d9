"""Scoring recorded purchases by other rules, for backtests and recalculations. Nothing is written here.

The facts stored with a purchase stay: whether it was the entry's first, and the contest's state. The points counted
towards a cap per entry are those of its recording, changed by what the entry's earlier purchases gain or lose by the
other rules; where the rules of its recording had no such cap, they are the points of those purchases. So the same rules
give the same points, and other rules give what recording by them would have given.

Imported purchases are not scored: they keep the points of the other service, which count towards a cap per entry.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.db import connection
from msgspec.structs import replace

from blitzrocket.ids import first_id_at
from contests.models import RuleSet
from contests.money import in_minor_units
from contests.scoring import Award, ScoringFacts, Terms, score
from contests.stored_scoring import StoredScoring, facts_from

CHUNK = 1000

_scoring = msgspec.json.Decoder(StoredScoring)

# Without purchases of which nothing is left: they have no points by any rules.
_COUNTING = "p.contest_id = %s AND p.status IN ('recorded', 'partially_refunded') AND p.id >= %s AND p.created_at < %s"
_COLUMNS = """
    p.entry_id, p.id, p.order_id, p.amount, p.amount - p.refunded_amount, p.points_now, p.recalculated_award_id,
    coalesce(j.rule_set_id, p.rule_set_id), p.currency, p.purchased_at, coalesce(j.scoring, p.scoring)::text
"""
_FROM = """
    FROM purchases_purchase p LEFT JOIN purchases_recalculatedaward j
    ON j.contest_id = p.contest_id AND j.id = p.recalculated_award_id
"""


@dataclass(frozen=True, slots=True)
class Period:
    """The purchases of a contest recorded at ``since`` (None: ever) or later, and before ``until``."""

    contest_id: str
    since: datetime | None
    until: datetime

    @property
    def values(self) -> list[Any]:
        """The parameters of `_COUNTING`. Ids sort by time, so their range is read from an index."""
        first = first_id_at("purchase", self.since) if self.since else ""
        return [self.contest_id, first, self.until]


@dataclass(frozen=True, slots=True)
class RecordedPurchase:
    """A purchase with its current points, and the rules and facts that it was scored by last."""

    entry_id: str
    id: str
    order_id: str
    amount: Decimal
    amount_left: Decimal
    points_now: int
    recalculated_award_id: str | None
    rule_set_id: str
    facts: ScoringFacts

    @property
    def is_whole(self) -> bool:
        """Whether nothing was refunded."""
        return self.amount_left == self.amount

    @property
    def facts_left(self) -> ScoringFacts:
        """Its facts with the amount left after refunds."""
        return self.facts if self.is_whole else replace(self.facts, amount=self.amount_left)


@dataclass(frozen=True, slots=True)
class ImportedPurchase:
    """A purchase imported from another service, which rules do not score, with its current points."""

    entry_id: str
    id: str
    points_now: int


StoredPurchase = RecordedPurchase | ImportedPurchase


@dataclass(frozen=True, slots=True)
class RescoredPurchase:
    """A purchase scored by other rules.

    ``full_award`` is for the whole amount, the others for the amount left: ``current_award`` by the rules that it was
    scored by last, ``new_award`` by the other ones, with ``facts``.
    """

    purchase: RecordedPurchase
    facts: ScoringFacts
    full_award: Award
    new_award: Award
    current_award: Award
    points: int

    @property
    def is_same(self) -> bool:
        """Whether it was scored by the same rules and facts before."""
        return self.new_award is self.current_award

    @property
    def difference(self) -> int:
        return self.points - self.purchase.points_now


@dataclass(slots=True)
class EntryHistory:
    """The points of an entry's earlier purchases by the other rules, and how many more or less these are than now."""

    points: int = 0
    gain: int = 0


@dataclass(slots=True)
class Scorer:
    """Scores purchases by other rules.

    With a cap per entry, ``histories`` has to hold the entries' purchases from before the first one scored; see
    `histories_before`.
    """

    terms: Terms
    histories: dict[str, EntryHistory] = field(default_factory=dict)  # by entry id
    terms_by_rule_set: dict[str, Terms] = field(default_factory=dict)  # by id; published rules never change

    @property
    def has_cap_per_entry(self) -> bool:
        """Whether an award depends on the entry's earlier purchases."""
        return self.terms.cap_per_entry is not None

    def load_rule_sets(self, contest_id: str, purchases: Iterable[StoredPurchase]) -> None:
        """Read the rule sets that these purchases were scored by, unless they were read before."""
        ids = {purchase.rule_set_id for purchase in purchases if isinstance(purchase, RecordedPurchase)}
        for rule_set in RuleSet.objects.filter(contest=contest_id, pk__in=ids - self.terms_by_rule_set.keys()):
            is_same = rule_set.terms == self.terms
            self.terms_by_rule_set[rule_set.pk] = self.terms if is_same else rule_set.terms

    def score_all(self, purchases: Iterable[StoredPurchase]) -> Iterator[RescoredPurchase]:
        """Score purchases, each entry's in the order in which they were recorded; imported purchases are skipped."""
        for purchase in purchases:
            if isinstance(purchase, ImportedPurchase):
                self.history_of(purchase.entry_id).points += purchase.points_now
            else:
                yield self.score(purchase)

    def score(self, purchase: RecordedPurchase) -> RescoredPurchase:
        """Score the next purchase of its entry."""
        current_terms, history = self.terms_by_rule_set[purchase.rule_set_id], self.history_of(purchase.entry_id)
        points_before = self._points_before(purchase, current_terms, history)
        has_same_points_before = points_before == purchase.facts.points_before
        facts = purchase.facts if has_same_points_before else replace(purchase.facts, points_before=points_before)
        full_award = score(self.terms, facts)
        new_award = full_award if purchase.is_whole else score(self.terms, replace(facts, amount=purchase.amount_left))
        is_same = current_terms is self.terms and has_same_points_before
        current_award = new_award if is_same else score(current_terms, purchase.facts_left)
        points = purchase.points_now if is_same else min(full_award.points, new_award.points)
        history.points += points
        history.gain += points - purchase.points_now
        return RescoredPurchase(purchase, facts, full_award, new_award, current_award, points)

    def history_of(self, entry_id: str) -> EntryHistory:
        return self.histories.setdefault(entry_id, EntryHistory())

    def _points_before(self, purchase: RecordedPurchase, current_terms: Terms, history: EntryHistory) -> int:
        """The points counted towards the cap per entry before this purchase."""
        if self.terms.cap_per_entry is None:
            return 0
        if current_terms.cap_per_entry is None:
            return max(0, history.points)
        return max(0, purchase.facts.points_before + history.gain)


def purchase_ids_of(period: Period, after: str) -> Iterator[list[str]]:
    """The ids of a period's purchases after this one, in chunks and in the order in which they were recorded."""
    query = f"SELECT p.id FROM purchases_purchase p WHERE {_COUNTING} AND p.id > %s ORDER BY p.id"
    for rows in _in_chunks(query, [*period.values, after]):
        yield [purchase_id for (purchase_id,) in rows]


def purchases_of(period: Period) -> Iterator[list[StoredPurchase]]:
    """A period's purchases in chunks, all as of one moment: entry by entry, each entry's in the order of recording."""
    query = f"SELECT {_COLUMNS} {_FROM} WHERE {_COUNTING} ORDER BY p.entry_id, p.id"
    for rows in _in_chunks(query, period.values):
        yield [_purchase_of(row) for row in rows]


def current_purchases(contest_id: str, purchase_ids: Sequence[str]) -> list[StoredPurchase]:
    """These purchases as they are now, in the order of recording, without those voided or refunded in full."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} {_FROM} WHERE p.contest_id = %s AND p.id = ANY(%s) "
            "AND p.status IN ('recorded', 'partially_refunded') ORDER BY p.id",
            [contest_id, list(purchase_ids)],
        )
        return [_purchase_of(row) for row in cursor.fetchall()]


def count_purchases_of(period: Period) -> int:
    """How many purchases of a period are scored: reads them all, so only for a job's progress."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM purchases_purchase p WHERE {_COUNTING} AND p.rule_set_id IS NOT NULL", period.values
        )
        return int(cursor.fetchone()[0])


_HISTORIES_BEFORE = """
    SELECT first.entry_id, sum(p.points_now),
        coalesce(sum(j.points_after - j.points_before) FILTER (WHERE j.recalculation_id = %s), 0)
    FROM unnest(%s::text[], %s::text[]) AS first (entry_id, id)
    JOIN purchases_purchase p ON p.contest_id = %s AND p.entry_id = first.entry_id AND p.id < first.id
    LEFT JOIN purchases_recalculatedaward j ON j.contest_id = p.contest_id AND j.id = p.recalculated_award_id
    GROUP BY first.entry_id
"""


def histories_before(
    contest_id: str, purchases: Sequence[StoredPurchase], recalculation_id: str = ""
) -> dict[str, EntryHistory]:
    """Each entry's purchases before its first one of these; the gain is that of this recalculation so far."""
    first = {purchase.entry_id: purchase.id for purchase in reversed(purchases)}
    with connection.cursor() as cursor:
        cursor.execute(_HISTORIES_BEFORE, [recalculation_id, list(first), list(first.values()), contest_id])
        return {entry_id: EntryHistory(int(points), int(gain)) for entry_id, points, gain in cursor.fetchall()}


def _purchase_of(row: Sequence[Any]) -> StoredPurchase:
    entry_id, pk, order_id, amount, amount_left, points_now, award_id, rule_set_id, currency, at, scoring = row
    if rule_set_id is None:
        return ImportedPurchase(entry_id, pk, points_now)
    facts = facts_from(_scoring.decode(scoring), in_minor_units(amount, currency), currency, at)
    return RecordedPurchase(entry_id, pk, order_id, amount, amount_left, points_now, award_id, rule_set_id, facts)


def _in_chunks(query: str, values: list[Any]) -> Iterator[list[Any]]:
    """Rows in chunks through a server-side cursor, so that they are never all in memory."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, values)
        while rows := cursor.fetchmany(CHUNK):
            yield rows
