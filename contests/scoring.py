"""How many points a purchase earns: a pure function of the rules as published and the facts of the purchase.

1. If there is a blocker (tracking is off, the contest does not run at the time of purchase, the entry is
   disqualified), the purchase earns 0, and the blocker is the reason.
2. Every rule whose conditions hold adds ``amount × points per 1.00 + fixed points``, exactly. Rules have no
   order, and none excludes another.
3. The exact sum is rounded once: to the nearest whole point (a half goes up), down, or up.
4. The caps limit it: per purchase, then per entry in this contest. It is never below 0.

Two examples. 49.99 USD under "1 point per 1.00": 49.99 exactly, 50 rounded. 20.00 EUR in December under that
rule and "2 points per 1.00 in December, and 5 more": 20.00 + 45.00 = 65; with at most 50 a purchase: 50.

Nothing here reads a clock, a database or a setting.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

# A limit of the service: points stay exact in clients whose numbers are doubles (JavaScript).
MAX_PER_PURCHASE = 10**12

_CONTEXT = Context(prec=60)
_ZERO = Decimal(0)


class Rounding(StrEnum):
    NEAREST = "nearest"
    DOWN = "down"
    UP = "up"


class Blocker(StrEnum):
    """A reason why a purchase earns nothing, whatever the rules are."""

    TRACKING_OFF = "tracking_off"
    CONTEST_DRAFT = "contest_draft"
    CONTEST_PAUSED = "contest_paused"
    CONTEST_ENDED = "contest_ended"
    CONTEST_NOT_STARTED = "contest_not_started"
    ENTRY_DISQUALIFIED = "entry_disqualified"


class ZeroReason(StrEnum):
    """Why an award is 0 points, in the order of precedence; the API's ``reasonCode``.

    ``CONTEST_NOT_ACTIVE`` is about the status (draft, paused or ended), ``CONTEST_ENDED`` about the end date.
    """

    TRACKING_OFF = "tracking_off"
    CONTEST_NOT_ACTIVE = "contest_not_active"
    CONTEST_NOT_STARTED = "contest_not_started"
    CONTEST_ENDED = "contest_ended"
    ENTRY_DISQUALIFIED = "entry_disqualified"
    NO_RULE_MATCHED = "no_rule_matched"
    CAP_REACHED = "cap_reached"
    ROUNDED_TO_ZERO = "rounded_to_zero"


_DECIMAL_ROUNDING = {Rounding.NEAREST: ROUND_HALF_UP, Rounding.DOWN: ROUND_FLOOR, Rounding.UP: ROUND_CEILING}
_STATUS_BLOCKERS = {
    "draft": Blocker.CONTEST_DRAFT,
    "paused": Blocker.CONTEST_PAUSED,
    "ended": Blocker.CONTEST_ENDED,
}


_ZERO_REASONS = {
    Blocker.TRACKING_OFF: ZeroReason.TRACKING_OFF,
    Blocker.CONTEST_NOT_STARTED: ZeroReason.CONTEST_NOT_STARTED,
    Blocker.CONTEST_ENDED: ZeroReason.CONTEST_ENDED,
    Blocker.ENTRY_DISQUALIFIED: ZeroReason.ENTRY_DISQUALIFIED,
}


class Mismatch(StrEnum):
    """Why a rule did not apply."""

    SWITCHED_OFF = "switched_off"
    OTHER_CURRENCY = "other_currency"
    AMOUNT_TOO_LOW = "amount_too_low"
    AMOUNT_TOO_HIGH = "amount_too_high"
    NOT_YET_VALID = "not_yet_valid"
    NO_LONGER_VALID = "no_longer_valid"
    NOT_FIRST_PURCHASE = "not_first_purchase"


class Cap(StrEnum):
    """A limit of the points of a purchase."""

    PER_PURCHASE = "per_purchase"
    PER_ENTRY = "per_entry"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A point rule. An empty currency is any; the range of amounts includes both ends, that of dates only its start."""

    id: str
    points_per_unit: Decimal = Decimal(0)
    fixed_points: int = 0
    currency: str = ""
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    first_purchase_only: bool = False
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The rules of a contest as published, with rounding and caps (in points; None is no cap)."""

    rules: tuple[Rule, ...]
    rounding: Rounding = Rounding.NEAREST
    cap_per_purchase: int | None = None
    cap_per_entry: int | None = None


class ScoringFacts(Struct, frozen=True, kw_only=True):
    """Everything an award depends on besides the terms; stored with the purchase and never changed.

    ``points_before`` are the entry's points from its other purchases in the contest.
    """

    amount: Decimal
    currency: str
    purchased_at: datetime
    is_first_purchase: bool = False
    points_before: int = 0
    tracking_enabled: bool = True
    contest_status: str = "active"
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_disqualified: bool = False


class Line(Struct, frozen=True):
    """The exact points of one rule, or why it did not apply."""

    rule: Rule
    mismatch: Mismatch | None
    points: Decimal


class AppliedCap(Struct, frozen=True):
    """A cap that limited the points, and the points that it left."""

    cap: Cap
    left: int


class Award(Struct, frozen=True):
    """The points of a purchase, the steps of their calculation, and the reason where they are 0."""

    points: int
    blocker: Blocker | None
    lines: tuple[Line, ...]
    exact: Decimal
    rounded: int
    applied_caps: tuple[AppliedCap, ...]
    reason: ZeroReason | None

    @property
    def matched(self) -> tuple[Line, ...]:
        return tuple([line for line in self.lines if line.mismatch is None])


def score(terms: Terms, facts: ScoringFacts) -> Award:
    """The award of a purchase with these facts under these terms."""
    blocker = find_blocker(facts)
    lines = tuple([_apply_rule(rule, facts) for rule in terms.rules])
    exact = _ZERO
    for line in lines:
        exact = _CONTEXT.add(exact, line.points)
    rounded = max(0, _round(exact, terms.rounding))
    points, applied_caps = (0, ()) if blocker is not None else _apply_caps(rounded, _limits(terms, facts))
    reason = None if points else _zero_reason(facts, blocker, lines, is_capped=bool(applied_caps))
    return Award(points, blocker, lines, exact, rounded, applied_caps, reason)


def points_that_stay(points_now: int, terms: Terms, facts: ScoringFacts, amount_left: Decimal) -> int:
    """The points of a purchase after a refund that leaves ``amount_left`` of its amount.

    Scored with the facts of the recording, and never more than it has now: a refund gives no points, and partial
    refunds of any number and size end at exactly 0.
    """
    if amount_left <= 0:
        return 0
    return min(points_now, score(terms, replace(facts, amount=amount_left)).points)


def imported_points_that_stay(points_now: int, points_given: int, amount: Decimal, amount_left: Decimal) -> int:
    """The points after a refund of an imported purchase, which got its points by unknown rules of another service.

    It keeps points in proportion to the amount left, rounded down: of 50 points for 49.99, a refund of 20.00 leaves 29
    (50 × 29.99 ÷ 49.99 is 29.99…).
    """
    if amount_left <= 0:
        return 0
    share = _CONTEXT.divide_int(_CONTEXT.multiply(Decimal(points_given), amount_left), amount)
    return min(points_now, int(share))


def find_blocker(facts: ScoringFacts) -> Blocker | None:
    """The blocker, if any. A contest runs from its start, inclusive, to its end, exclusive."""
    if not facts.tracking_enabled:
        return Blocker.TRACKING_OFF
    if facts.contest_status in _STATUS_BLOCKERS:
        return _STATUS_BLOCKERS[facts.contest_status]
    if facts.starts_at is not None and facts.purchased_at < facts.starts_at:
        return Blocker.CONTEST_NOT_STARTED
    if facts.ends_at is not None and facts.purchased_at >= facts.ends_at:
        return Blocker.CONTEST_ENDED
    return Blocker.ENTRY_DISQUALIFIED if facts.is_disqualified else None


def _zero_reason(facts: ScoringFacts, blocker: Blocker | None, lines: Iterable[Line], *, is_capped: bool) -> ZeroReason:
    if blocker is not None:
        by_status = facts.tracking_enabled and facts.contest_status in _STATUS_BLOCKERS
        return ZeroReason.CONTEST_NOT_ACTIVE if by_status else _ZERO_REASONS[blocker]
    if all(line.mismatch for line in lines):
        return ZeroReason.NO_RULE_MATCHED
    return ZeroReason.CAP_REACHED if is_capped else ZeroReason.ROUNDED_TO_ZERO


def find_mismatch(rule: Rule, facts: ScoringFacts) -> Mismatch | None:
    """The first unmet condition of the rule; None where it applies."""
    if not rule.is_active:
        return Mismatch.SWITCHED_OFF
    if rule.currency and rule.currency != facts.currency:
        return Mismatch.OTHER_CURRENCY
    if rule.amount_from is not None and facts.amount < rule.amount_from:
        return Mismatch.AMOUNT_TOO_LOW
    if rule.amount_to is not None and facts.amount > rule.amount_to:
        return Mismatch.AMOUNT_TOO_HIGH
    if rule.valid_from is not None and facts.purchased_at < rule.valid_from:
        return Mismatch.NOT_YET_VALID
    if rule.valid_until is not None and facts.purchased_at >= rule.valid_until:
        return Mismatch.NO_LONGER_VALID
    return Mismatch.NOT_FIRST_PURCHASE if rule.first_purchase_only and not facts.is_first_purchase else None


def _apply_rule(rule: Rule, facts: ScoringFacts) -> Line:
    mismatch = find_mismatch(rule, facts)
    if mismatch is not None:
        return Line(rule, mismatch, _ZERO)
    by_amount = _CONTEXT.multiply(facts.amount, rule.points_per_unit)
    return Line(rule, None, _CONTEXT.add(by_amount, rule.fixed_points))


def _round(exact: Decimal, rounding: Rounding) -> int:
    return int(exact.to_integral_value(rounding=_DECIMAL_ROUNDING[rounding]))


def _limits(terms: Terms, facts: ScoringFacts) -> Iterable[tuple[Cap, int]]:
    yield Cap.SERVICE, MAX_PER_PURCHASE
    if terms.cap_per_purchase is not None:
        yield Cap.PER_PURCHASE, terms.cap_per_purchase
    if terms.cap_per_entry is not None:
        yield Cap.PER_ENTRY, max(0, terms.cap_per_entry - facts.points_before)


def _apply_caps(points: int, limits: Iterable[tuple[Cap, int]]) -> tuple[int, tuple[AppliedCap, ...]]:
    applied_caps = []
    for cap, limit in limits:
        if points > limit:
            points = limit
            applied_caps.append(AppliedCap(cap, points))
    return points, tuple(applied_caps)
