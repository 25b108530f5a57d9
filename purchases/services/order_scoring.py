"""Scoring an order by what is known of it. Pure: nothing here reads or writes the database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import replace

from blitzrocket.datetimes import format_rfc3339
from blitzrocket.emails import Email
from contests.explanation import explain
from contests.models import Contest
from contests.models.rule_cache import PublishedRules
from contests.rule_text import why_nothing
from contests.scoring import Award, ScoringFacts, score
from purchases.services.differences import Differences, differences_from
from purchases.services.outbox import NOBODY, Subscribers

RECORDED = "Purchase recorded successfully"
ALREADY_RECORDED = "Purchase already recorded"
NOTHING_EARNED = "Purchase recorded, but it earned no points: "


class NewPurchase(msgspec.Struct, frozen=True, kw_only=True):
    """An order to record, checked and normalised: the amount is positive and has the currency's minor digits."""

    email: Email
    order_id: str
    amount: Decimal
    currency: str
    purchased_at: datetime
    is_time_sent: bool = True  # else the time of purchase is that of the call


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded order: new, or a duplicate (with 0 points).

    ``differences`` has the fields of a duplicate that differ from the recorded order, and those that the first receipt
    of a held order decided. ``reason_code`` says why a new purchase earned 0 points; else it is empty. ``explain``
    makes the explanation of a new purchase; for a duplicate, the recorded one has it.
    """

    purchase_id: str
    entry_id: str
    points_awarded: int
    already_exists: bool
    message: str
    differences: Differences
    reason_code: str = ""
    explain: Callable[[], dict[str, Any]] | None = None


class EntryMissing(Exception):
    """The contest has no entry with the order's email."""


class ContestState(msgspec.Struct, frozen=True):
    """The contest's settings that an award depends on besides its rules."""

    tracking_enabled: bool
    contest_status: str
    starts_at: datetime | None
    ends_at: datetime | None


def state_of(contest: Contest) -> ContestState:
    return ContestState(
        tracking_enabled=contest.tracking_enabled,
        contest_status=contest.status,
        starts_at=contest.starts_at,
        ends_at=contest.ends_at,
    )


class Conditions(msgspec.Struct, frozen=True):
    """The rules and the contest's state that score an order: the current ones, or those of its first receipt."""

    rules: PublishedRules
    state: ContestState
    subscribers: Subscribers = NOBODY  # of the current ones: who is told


@dataclass(slots=True)
class EntryTotals:
    """What awards depend on of an entry, and where its ledger continues; updated from order to order of a batch."""

    id: str
    points: int
    line_count: int
    is_disqualified: bool
    has_purchases: bool  # not counting voided ones
    purchase_points: int  # the sum of its ledger lines for purchases; only read where there is a cap per entry

    def add(self, points: int) -> None:
        """Count one more purchase with these points."""
        self.has_purchases = True
        if points:
            self.points, self.line_count = self.points + points, self.line_count + 1
            self.purchase_points += points


class ScoredOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order with its award, and the entry's ledger after it."""

    entry_id: str
    order: NewPurchase
    rules: PublishedRules
    facts: ScoringFacts
    award: Award
    differences: Differences
    line_number: int  # of its ledger line, if it has points
    balance: int

    def explain(self) -> dict[str, Any]:
        return explain(self.order.order_id, self.rules.number, self.rules.terms, self.facts, self.award)

    def recorded(self, purchase_id: str) -> Recorded:
        """The result once the purchase is written."""
        points = self.award.points
        return Recorded(
            purchase_id=purchase_id,
            entry_id=self.entry_id,
            points_awarded=points,
            already_exists=False,
            message=RECORDED if points else NOTHING_EARNED + why_nothing(self.award, self.rules.terms.rounding),
            differences=self.differences,
            reason_code=self.award.reason or "",
            explain=self.explain,
        )


def score_order(
    order: NewPurchase, entry: EntryTotals, conditions: Conditions, differences: Differences
) -> ScoredOrder:
    """Score the next order of an entry, and count it in the entry's totals."""
    facts = facts_of(order, entry, conditions)
    result = score(conditions.rules.terms, facts)
    entry.add(result.points)
    return ScoredOrder(
        entry_id=entry.id,
        order=order,
        rules=conditions.rules,
        facts=facts,
        award=result,
        differences=differences,
        line_number=entry.line_count,
        balance=entry.points,
    )


def facts_of(order: NewPurchase, entry: EntryTotals, conditions: Conditions) -> ScoringFacts:
    """What an award depends on besides the rules; the entry's points only where they have a cap per entry."""
    state = conditions.state
    return ScoringFacts(
        amount=order.amount,
        currency=order.currency,
        purchased_at=order.purchased_at,
        is_first_purchase=not entry.has_purchases,
        points_before=entry.purchase_points if conditions.rules.terms.cap_per_entry is not None else 0,
        is_disqualified=entry.is_disqualified,
        tracking_enabled=state.tracking_enabled,
        contest_status=state.contest_status,
        starts_at=state.starts_at,
        ends_at=state.ends_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstReceipt:
    """What the first receipt of a held order decides: the time of purchase, the rules and the contest's state."""

    purchased_at: datetime
    conditions: Conditions

    def apply_to(self, order: NewPurchase) -> tuple[NewPurchase, Differences]:
        """The order at the time of its first receipt, and the difference where another time is received now."""
        at = self.purchased_at
        differences: Differences = {}
        if order.is_time_sent and order.purchased_at != at:
            differences["purchasedAt"] = {
                "recorded": format_rfc3339(at),
                "received": format_rfc3339(order.purchased_at),
            }
        return replace(order, purchased_at=at), differences


class RecordedOrder(msgspec.Struct, frozen=True):
    """The fields of a recorded order with which a duplicate is compared."""

    purchase_id: str
    entry_id: str
    email: str
    email_key: str
    amount: Decimal
    currency: str
    is_voided: bool

    def duplicate(self, order: NewPurchase) -> Recorded:
        """The result for an order that was received again."""
        return Recorded(
            purchase_id=self.purchase_id,
            entry_id=self.entry_id,
            points_awarded=0,
            already_exists=True,
            message=ALREADY_RECORDED,
            differences=differences_from(self, email=order.email, amount=order.amount, currency=order.currency),
        )
