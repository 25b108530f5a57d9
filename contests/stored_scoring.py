"""What is stored of a purchase's scoring: what cannot be derived from its other columns and its rule set.

Sentences and steps are made when they are read. The version is that of the calculation in `contests.scoring`: where
that changes, rows of an earlier version still have to give the figures they gave.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from blitzrocket.strict_json import write
from contests.scoring import Award, ScoringFacts

VERSION = 1


class StoredScoring(msgspec.Struct, omit_defaults=True, frozen=True, kw_only=True):
    """The facts that were true when a purchase was scored, and the exact points of each rule.

    The names are short and the usual values are left out, because every purchase has one.
    """

    v: int
    parts: dict[str, Decimal] = {}  # by rule id; of the rules that applied, unless something blocked the award
    first: bool = False
    before: int = 0
    tracking: bool = True
    status: str = "active"
    starts: datetime | None = None
    ends: datetime | None = None
    disqualified: bool = False
    added: bool = False  # of an order imported with its points: they were added to the balance


def stored_scoring(facts: ScoringFacts, award: Award) -> dict[str, Any]:
    """The value to store as JSON, with points as Decimal."""
    values: dict[str, Any] = msgspec.to_builtins(_scoring_of(facts, award), builtin_types=(Decimal,))
    return values


def scoring_json(facts: ScoringFacts, award: Award) -> str:
    """The same value as JSON text, written without a step between: recording makes one for each order."""
    return write(_scoring_of(facts, award)).decode()


def _scoring_of(facts: ScoringFacts, award: Award) -> StoredScoring:
    parts = {} if award.blocker else {line.rule.id: line.points for line in award.lines if line.mismatch is None}
    return StoredScoring(
        v=VERSION,
        parts=parts,
        first=facts.is_first_purchase,
        before=facts.points_before,
        tracking=facts.tracking_enabled,
        status=facts.contest_status,
        starts=facts.starts_at,
        ends=facts.ends_at,
        disqualified=facts.is_disqualified,
    )


def stored_import(*, is_added: bool) -> dict[str, Any]:
    """The value to store for an order that was imported with its points, which no rule gave."""
    values: dict[str, Any] = msgspec.to_builtins(StoredScoring(v=VERSION, added=is_added))
    return values


def read_scoring(values: dict[str, Any]) -> StoredScoring:
    return msgspec.convert(values, StoredScoring)


def facts_from(scoring: StoredScoring, amount: Decimal, currency: str, purchased_at: datetime) -> ScoringFacts:
    """The facts of a purchase: those that are stored, and the ones in its other columns."""
    return ScoringFacts(
        amount=amount,
        currency=currency,
        purchased_at=purchased_at,
        is_first_purchase=scoring.first,
        points_before=scoring.before,
        tracking_enabled=scoring.tracking,
        contest_status=scoring.status,
        starts_at=scoring.starts,
        ends_at=scoring.ends,
        is_disqualified=scoring.disqualified,
    )
