"""Recorded purchases judged again, by other rules than those of their recording. Nothing is written here.

What was frozen with a purchase stays: whether it was the entry's first, and the contest's state. The room under a cap
per entry is what it was at the recording, plus or less what the entry's earlier purchases gain or lose by the other
rules; where nothing was noted because the rules had no such cap, it is what those purchases hold. So rules that are
the same give the same points, and others give what recording under them would have given.

History purchases keep the points that they were given elsewhere; they only take up room under a cap per entry.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.db import connection

from blitzrocket.ids import first_id_at
from contests.models import RuleSet
from contests.scoring import Award, ScoringFacts, Terms, award

CHUNK = 1000

_facts = msgspec.json.Decoder(ScoringFacts)

# A purchase of which nothing is left is not judged again: it has no points by any rules.
_COUNTING = "p.contest_id = %s AND p.status IN ('recorded', 'partially_refunded') AND p.id >= %s AND p.created_at < %s"
_COLUMNS = """
    p.entry_id, p.id, p.order_id, p.amount, p.amount - p.refunded_amount, p.points_now, p.recalculated_award_id,
    coalesce(j.rule_set_id, p.rule_set_id), coalesce(j.facts, p.facts)::text
"""
_NAMES = (
    "entry_id", "id", "order_id", "amount", "amount_left", "points_now", "recalculated_award_id", "rule_set_id", "facts"
)  # fmt: skip
_FROM = """
    FROM purchases_purchase p LEFT JOIN purchases_recalculatedaward j
    ON j.contest_id = p.contest_id AND j.id = p.recalculated_award_id
"""


@dataclass(frozen=True, slots=True)
class Period:
    """Purchases of a contest that were recorded from a moment on (None: from the beginning) and before another."""

    contest_id: str
    since: datetime | None
    until: datetime

    @property
    def values(self) -> list[Any]:
        first = first_id_at("purchase", self.since) if self.since else ""
        return [self.contest_id, first, self.until]


@dataclass(frozen=True, slots=True)
class RecordedPurchase:
    """A purchase with what it has now and what it was judged by last."""

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
        """Whether nothing of it was refunded."""
        return self.amount_left == self.amount

    @property
    def facts_left(self) -> ScoringFacts:
        """Its facts with what is left of its amount."""
        return self.facts if self.is_whole else replace(self.facts, amount=self.amount_left)


@dataclass(frozen=True, slots=True)
class PastHistory:
    """A history purchase, which is not judged, with the points that it holds."""

    entry_id: str
    id: str
    points_now: int


Past = RecordedPurchase | PastHistory


@dataclass(frozen=True, slots=True)
class RescoredPurchase:
    """What a purchase was awarded in full and by what is left of it, under the rules of then and under others."""

    past: RecordedPurchase
    facts: ScoringFacts
    full: Award
    left: Award
    left_then: Award
    points: int

    @property
    def is_same(self) -> bool:
        """Whether it was judged by the same rules and facts already."""
        return self.left is self.left_then

    @property
    def difference(self) -> int:
        return self.points - self.past.points_now


@dataclass(slots=True)
class EntryHistory:
    """An entry's purchases, one after the other: what the earlier ones hold under the other rules, and have gained."""

    held: int = 0
    gained: int = 0


@dataclass(slots=True)
class Scorer:
    """Judges purchases by other rules; ``turns`` has what cannot be seen in them, where a cap per entry needs it."""

    terms: Terms
    turns: dict[str, EntryHistory] = field(default_factory=dict)
    known: dict[str, Terms] = field(default_factory=dict)  # rule sets by id, which never change their meaning

    @property
    def has_cap_per_entry(self) -> bool:
        """Whether an award depends on the entry's purchases before."""
        return self.terms.cap_per_entry is not None

    def learn(self, contest_id: str, pasts: Iterable[Past]) -> None:
        """Read the rule sets that these were judged by and that were not seen before."""
        new = {past.rule_set_id for past in pasts if isinstance(past, RecordedPurchase)} - self.known.keys()
        for rule_set in RuleSet.objects.filter(contest=contest_id, pk__in=new):
            same = rule_set.terms == self.terms
            self.known[rule_set.pk] = self.terms if same else rule_set.terms

    def judge_all(self, pasts: Iterable[Past]) -> Iterator[RescoredPurchase]:
        """Those that rules judge; the purchases of an entry come in the order in which they were recorded."""
        for past in pasts:
            if isinstance(past, PastHistory):
                self.turn_of(past.entry_id).held += past.points_now
            else:
                yield self.score(past)

    def score(self, past: RecordedPurchase) -> RescoredPurchase:
        """One purchase; see `judge_all`."""
        then, turn = self.known[past.rule_set_id], self.turn_of(past.entry_id)
        room_taken = self._room_taken(past, then, turn)
        has_same_room = room_taken == past.facts.points_before
        facts = past.facts if has_same_room else replace(past.facts, points_before=room_taken)
        full = award(self.terms, facts)
        left = full if past.is_whole else award(self.terms, replace(facts, amount=past.amount_left))
        is_same = then is self.terms and has_same_room
        left_then = left if is_same else award(then, past.facts_left)
        points = past.points_now if is_same else min(full.points, left.points)
        turn.held += points
        turn.gained += points - past.points_now
        return RescoredPurchase(past, facts, full, left, left_then, points)

    def turn_of(self, entry_id: str) -> EntryHistory:
        return self.turns.setdefault(entry_id, EntryHistory())

    def _room_taken(self, past: RecordedPurchase, then: Terms, turn: EntryHistory) -> int:
        if self.terms.cap_per_entry is None:
            return 0
        if then.cap_per_entry is None:
            return max(0, turn.held)
        return max(0, past.facts.points_before + turn.gained)


def ids_of(period: Period, after: str) -> Iterator[list[str]]:
    """The ids of a period's purchases in chunks, in the order in which they were recorded; those behind this one."""
    query = f"SELECT p.id FROM purchases_purchase p WHERE {_COUNTING} AND p.id > %s ORDER BY p.id"
    for rows in _in_chunks(query, [*period.values, after]):
        yield [purchase_id for (purchase_id,) in rows]


def past_purchases_of(period: Period) -> Iterator[list[Past]]:
    """A period's purchases in chunks as they stood at one moment, entry by entry, each entry's in their order."""
    query = f"SELECT {_COLUMNS} {_FROM} WHERE {_COUNTING} ORDER BY p.entry_id, p.id"
    for rows in _in_chunks(query, period.values):
        yield [_past_of(row) for row in rows]


def read_again(contest_id: str, purchase_ids: Sequence[str]) -> list[Past]:
    """Purchases as they stand now, in the order in which they were recorded, without those that count no longer."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} {_FROM} WHERE p.contest_id = %s AND p.id = ANY(%s) "
            "AND p.status IN ('recorded', 'partially_refunded') ORDER BY p.id",
            [contest_id, list(purchase_ids)],
        )
        return [_past_of(row) for row in cursor.fetchall()]


def count_of(period: Period) -> int:
    """How many purchases there are to judge; for the progress of a job, and no page waits for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM purchases_purchase p WHERE {_COUNTING} AND p.rule_set_id IS NOT NULL", period.values
        )
        return int(cursor.fetchone()[0])


_TAKEN_BEFORE = """
    SELECT first.entry_id, sum(p.points_now),
        coalesce(sum(j.points_after - j.points_before) FILTER (WHERE j.recalculation_id = %s), 0)
    FROM unnest(%s::text[], %s::text[]) AS first (entry_id, id)
    JOIN purchases_purchase p ON p.contest_id = %s AND p.entry_id = first.entry_id AND p.id < first.id
    LEFT JOIN purchases_recalculatedaward j ON j.contest_id = p.contest_id AND j.id = p.recalculated_award_id
    GROUP BY first.entry_id
"""


def taken_before(contest_id: str, pasts: Sequence[Past], recalculation_id: str = "") -> dict[str, EntryHistory]:
    """What each entry's purchases before the first of these hold, and have gained by a recalculation so far."""
    first = {past.entry_id: past.id for past in reversed(pasts)}
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN_BEFORE, [recalculation_id, list(first), list(first.values()), contest_id])
        return {entry_id: EntryHistory(int(held), int(gained)) for entry_id, held, gained in cursor.fetchall()}


def _past_of(row: Sequence[Any]) -> Past:
    values = dict(zip(_NAMES, row, strict=True))
    if values["rule_set_id"] is None:
        return PastHistory(values["entry_id"], values["id"], values["points_now"])
    return RecordedPurchase(**values | {"facts": _facts.decode(values["facts"])})


def _in_chunks(query: str, values: list[Any]) -> Iterator[list[Any]]:
    """Rows through a cursor of the database's own, so that they are never all in memory here."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, values)
        while rows := cursor.fetchmany(CHUNK):
            yield rows
