"""Scoring an order for an entry; nothing is written here."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import msgspec

from apikeys.models import ApiKey
from blitzrocket.datetimes import format_rfc3339
from blitzrocket.emails import Email
from blitzrocket.ids import new_id
from blitzrocket.strict_json import write
from contests.explanation import explain, in_order
from contests.models import Contest, Entry, RuleSet
from contests.money import in_minor_units
from contests.rule_text import why_nothing
from contests.scoring import Award, ScoringFacts, award
from purchases.models import Purchase, RejectedPurchase, order_key

RECORDED = "Purchase recorded successfully"
ALREADY_RECORDED = "Purchase already recorded"
NOTHING_EARNED = "Purchase recorded, but it earned no points: "

Differences = dict[str, dict[str, Any]]  # by the API's name of a field: what is recorded, and what was received


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPurchase:
    """An order to record, checked and normalised: the amount is positive and has the currency's minor digits."""

    email: Email
    order_id: str
    amount: Decimal
    currency: str
    purchased_at: datetime
    is_time_sent: bool = True  # else the time of purchase is that of the call


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A recorded order: new, or a duplicate (with 0 points).

    ``differences`` has the fields of a duplicate that differ from the recorded order, and those that the first receipt
    of a held order decided. ``reason_code`` says why a new purchase earned 0 points; else it is empty.
    """

    purchase_id: str
    entry_id: str
    points_awarded: int
    already_exists: bool
    message: str
    explanation: dict[str, Any]
    differences: Differences
    reason_code: str = ""


class EntryMissing(Exception):
    """The contest has no entry with the order's email."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestState:
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


def first_receipt(
    contest: Contest, held: RejectedPurchase, order: NewPurchase
) -> tuple[RuleSet, ContestState, NewPurchase, Differences]:
    """Rules, contest state and order of a held order: its first receipt decides those and the time of purchase.

    Also the difference where another time is received now.
    """
    state = msgspec.convert(held.contest_state, ContestState) if held.contest_state else state_of(contest)
    at = cast("datetime", held.purchased_at)
    differences: Differences = {}
    if order.is_time_sent and order.purchased_at != at:
        differences["purchasedAt"] = {"recorded": format_rfc3339(at), "received": format_rfc3339(order.purchased_at)}
    return cast("RuleSet", held.rule_set), state, replace(order, purchased_at=at), differences


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredOrder:
    """An order of an entry with its award and explanation."""

    entry: Entry
    order: NewPurchase
    rule_set: RuleSet
    facts: ScoringFacts
    award: Award
    explanation: dict[str, Any]
    differences: Differences

    def recorded(self, purchase_id: str) -> Recorded:
        """The result once the purchase is written."""
        points = self.award.points
        return Recorded(
            purchase_id=purchase_id,
            entry_id=self.entry.pk,
            points_awarded=points,
            already_exists=False,
            message=RECORDED if points else NOTHING_EARNED + why_nothing(self.award, self.rule_set.terms.rounding),
            explanation=self.explanation,
            differences=self.differences,
            reason_code=self.award.reason or "",
        )


def score(
    entry: Entry,
    order: NewPurchase,
    *,
    rule_set: RuleSet,
    state: ContestState,
    is_first_purchase: bool,
    points_before: int,
    differences: Differences | None = None,
) -> ScoredOrder:
    """Score an order of an entry with these rules; ``points_before`` matters only with a cap per entry."""
    facts = facts_of(
        order,
        state,
        is_first_purchase=is_first_purchase,
        points_before=points_before if rule_set.terms.cap_per_entry is not None else 0,
        is_disqualified=entry.is_disqualified,
    )
    result = award(rule_set.terms, facts)
    explanation = explain(order.order_id, rule_set.number, rule_set.terms, facts, result)
    return ScoredOrder(
        entry=entry,
        order=order,
        rule_set=rule_set,
        facts=facts,
        award=result,
        explanation=explanation,
        differences=differences or {},
    )


def facts_of(
    order: NewPurchase, state: ContestState, *, is_first_purchase: bool, points_before: int, is_disqualified: bool
) -> ScoringFacts:
    """What an award depends on besides the rules."""
    return ScoringFacts(
        amount=order.amount,
        currency=order.currency,
        purchased_at=order.purchased_at,
        is_first_purchase=is_first_purchase,
        points_before=points_before,
        is_disqualified=is_disqualified,
        **asdict(state),
    )


def columns_of(scored: ScoredOrder, api_key: ApiKey | None, received_at: datetime) -> list[Any]:
    """A purchase's values with a new id, in the order of `COLUMNS`."""
    order, points = scored.order, scored.award.points
    return [
        new_id("purchase"),
        scored.entry.contest_id,
        scored.entry.pk,
        order.order_id,
        order_key(order.order_id),
        order.email.address,
        order.email.key,
        order.amount,
        order.currency,
        order.purchased_at,
        Purchase.Status.RECORDED.value,
        points,
        points,
        scored.rule_set.pk,
        write(scored.facts).decode(),
        write(scored.explanation).decode(),
        api_key.pk if api_key else None,
        received_at,
    ]


COLUMNS = """
    id, contest_id, entry_id, order_id, order_key, email, email_key, amount, currency, purchased_at, status,
    points_awarded, points_now, rule_set_id, facts, explanation, api_key_id, created_at, refunded_amount, duplicates
"""


def already_recorded(purchase: Purchase, order: NewPurchase) -> Recorded:
    """The result for a duplicate."""
    return Recorded(
        purchase_id=purchase.pk,
        entry_id=purchase.entry_id,
        points_awarded=0,
        already_exists=True,
        message=ALREADY_RECORDED,
        explanation=in_order(purchase.explanation),
        differences=_differences(purchase, order),
    )


def _differences(purchase: Purchase, order: NewPurchase) -> Differences:
    recorded_amount = in_minor_units(purchase.amount, purchase.currency)
    pairs = {
        "email": (purchase.email, order.email.address, purchase.email_key != order.email.key),
        "amount": (recorded_amount, order.amount, recorded_amount != order.amount),
        "currency": (purchase.currency, order.currency, purchase.currency != order.currency),
    }
    return {
        field: {"recorded": recorded, "received": received}
        for field, (recorded, received, differs) in pairs.items()
        if differs
    }
