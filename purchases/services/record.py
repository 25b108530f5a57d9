"""Recording a purchase: the one way in, whoever sends the order.

Exactly once: a contest has at most one purchase an order id, and that purchase at most one award. The purchase,
its ledger line and the entry's points are written in one transaction or not at all.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import msgspec
from django.db import connection, transaction
from django.db.models import Exists, F, Func, OuterRef, Subquery, Sum, TextField, Value
from django.db.models.functions import Coalesce

from apikeys.models import ApiKey
from blitzrocket.exact_json import write
from blitzrocket.ids import new_id
from contests import ledger
from contests.currencies import in_minor_units
from contests.explanation import explain, in_order
from contests.identity import Email
from contests.models import Contest, Entry, PointTransaction, RuleSet
from contests.points import Facts, Terms, award
from contests.wording import why_nothing
from purchases.models import Purchase, RejectedPurchase, order_key
from purchases.services.refund import ORDER_LOCK, apply_waiting_refunds, lock_order
from purchases.services.refusals import Refusal, keep_refusal

RECORDED = "Purchase recorded successfully"
ALREADY_RECORDED = "Purchase already recorded"
NOTHING_EARNED = "Purchase recorded, but it earned no points: "


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPurchase:
    """An order to record, checked and normalised: the amount is positive and has the currency's minor digits."""

    email: Email
    order_id: str
    amount: Decimal
    currency: str
    purchased_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What became of an order: recorded now, or known before (then without points, and what differs)."""

    purchase_id: str
    entry_id: str
    points_awarded: int
    already_exists: bool
    message: str
    explanation: dict[str, Any]
    differences: dict[str, dict[str, Any]]


class EntryMissing(Exception):
    """The contest has no entry with the order's email address; the attempt is held until one appears."""


def record_purchase(contest: Contest, order: NewPurchase, *, api_key: ApiKey, received_at: datetime) -> Recorded:
    """Record an order, or find that it is recorded.

    Raises:
        EntryMissing: nobody in the contest has that address.
    """
    # Races: (1) The same order twice at once: the insert waits for the other one's commit and then inserts
    # nothing. (2) Two orders of one entry at once: the entry's lock makes them take turns, and what caps and
    # "first purchase" depend on is read under it. (3) Deadlocks: the lock on the entry comes first everywhere.
    try:
        with transaction.atomic():
            recorded = _record(contest, order, api_key, received_at)
    except EntryMissing:
        _hold(contest, order, api_key, received_at)
        # Race: meanwhile another call recorded the order, or somebody made the entry. Whoever made it looks for held
        # attempts after committing, and this looks for the entry after holding, so that one of the two finds the other.
        with transaction.atomic():
            recorded = _record(contest, order, api_key, received_at)
    if recorded.already_exists:
        _note_duplicate(recorded, received_at)
    return recorded


def _record(contest: Contest, order: NewPurchase, api_key: ApiKey, received_at: datetime) -> Recorded:
    entry = Entry.objects.locked(contest.pk, order.email.key)
    if entry is None:
        known = Purchase.objects.of_order(contest.pk, order.order_id)
        if known is None:
            raise EntryMissing
        return _known(known, order)
    return record_for(entry, contest, order, api_key=api_key, received_at=received_at)


# A hot path of its own would replace this function: the same order, award and rows in fewer round trips.
def record_for(
    entry: Entry, contest: Contest, order: NewPurchase, *, api_key: ApiKey | None, received_at: datetime
) -> Recorded:
    """Record an order for an entry that is locked, whatever its address is, in the transaction that holds the lock."""
    rule_set, contest_now = contest.rules_in_force, _state_of(contest)
    history = _history_of(entry, order, rule_set.terms)
    if history["is_held"]:
        rule_set, contest_now, order = _as_first_received(contest, order)
        history = _history_of(entry, order, rule_set.terms)
    facts = _facts(contest_now, entry, order, history)
    given = award(rule_set.terms, facts)
    explanation = explain(order.order_id, rule_set.number, rule_set.terms, facts, given)
    inserted = _insert_once(
        entry,
        order,
        rule_set=rule_set,
        facts=facts,
        points=given.points,
        explanation=explanation,
        api_key=api_key,
        received_at=received_at,
    )
    if inserted is None:
        known = Purchase.objects.get(contest=contest, order_id=order.order_id)
        return _known(known, order) if history["has_attempts"] else _already_recorded(known, order)
    purchase_id, refunds_wait, attempts_are_open = inserted
    if given.points:
        ledger.post(
            entry,
            PointTransaction.Kind.EARNED,
            given.points,
            purchase_id=purchase_id,
            occurred_at=order.purchased_at,
        )
    if attempts_are_open:
        close_attempts(Purchase(pk=purchase_id, contest=contest, order_id=order.order_id))
    if refunds_wait:
        apply_waiting_refunds(Purchase.objects.get(pk=purchase_id))
    return Recorded(
        purchase_id=purchase_id,
        entry_id=entry.pk,
        points_awarded=given.points,
        already_exists=False,
        message=RECORDED if given.points else NOTHING_EARNED + why_nothing(given, rule_set.terms.rounding),
        explanation=explanation,
        differences={},
    )


def _history_of(entry: Entry, order: NewPurchase, terms: Terms) -> dict[str, Any]:
    """What else the award depends on, in one statement under the entry's lock; the sum only where a cap asks."""
    before: Value | Coalesce = Value(0)
    if terms.cap_per_entry is not None:
        lines = PointTransaction.objects.filter(contest=entry.contest_id, entry=OuterRef("pk"), purchase__isnull=False)
        before = Coalesce(Subquery(lines.order_by().values("entry").annotate(sum=Sum("points")).values("sum")), 0)
    others = Purchase.objects.filter(contest=entry.contest_id, entry=OuterRef("pk"))
    attempts = RejectedPurchase.objects.of_order(entry.contest_id, order.order_id)
    found = Entry.objects.filter(pk=entry.pk).values(
        has_others=Exists(others.exclude(status=Purchase.Status.VOIDED)),
        points_before=before,
        has_attempts=Exists(attempts.open()),
        is_held=Exists(attempts.filter(state=RejectedPurchase.State.HELD)),
        # Race: a refund for this order comes now. Held from before the insert looks for waiting ones: `refund_order`.
        lock=Func(Value(f"{entry.contest_id}/{order.order_id}"), template=ORDER_LOCK, output_field=TextField()),
    )
    return dict(found.get())


def close_attempts(purchase: Purchase) -> None:
    """The order is recorded: no refused attempt at it needs anybody any more."""
    attempts = RejectedPurchase.objects.of_order(purchase.contest_id, purchase.order_id)
    attempts.open().update(state=RejectedPurchase.State.RECORDED, purchase=purchase.pk)


def _as_first_received(contest: Contest, order: NewPurchase) -> tuple[RuleSet, "ContestState", NewPurchase]:
    """An order that was held is judged by the rules and the contest's state, and at the time, of its first receipt."""
    attempts = RejectedPurchase.objects.of_order(contest.pk, order.order_id)
    held = attempts.select_related("rule_set").filter(state=RejectedPurchase.State.HELD).first()
    if held is None:  # Race: dismissed, or recorded for another entry, since it was seen.
        return contest.rules_in_force, _state_of(contest), order
    then = msgspec.convert(held.contest_then, ContestState) if held.contest_then else _state_of(contest)
    at = cast("datetime", held.purchased_at)
    return cast("RuleSet", held.rule_set), then, replace(order, purchased_at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestState:
    """What of a contest an award depends on besides its rules."""

    tracking_enabled: bool
    contest_status: str
    starts_at: datetime | None
    ends_at: datetime | None


def _state_of(contest: Contest) -> ContestState:
    return ContestState(
        tracking_enabled=contest.tracking_enabled,
        contest_status=contest.status,
        starts_at=contest.starts_at,
        ends_at=contest.ends_at,
    )


def _facts(contest_now: ContestState, entry: Entry, order: NewPurchase, history: dict[str, Any]) -> Facts:
    return Facts(
        amount=order.amount,
        currency=order.currency,
        purchased_at=order.purchased_at,
        is_first_purchase=not history["has_others"],
        points_before=history["points_before"],
        is_disqualified=entry.is_disqualified,
        **asdict(contest_now),
    )


_INSERT = """
    INSERT INTO purchases_purchase (
        id, contest_id, entry_id, order_id, order_key, email, email_key, amount, currency, purchased_at, status,
        points_awarded, points_now, refunded_amount, rule_set_id, facts, explanation, api_key_id, duplicates, created_at
    ) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, %s, %s, %s, %s, 0, %s)
    ON CONFLICT (contest_id, order_id) DO NOTHING
    RETURNING id, EXISTS (
        SELECT FROM purchases_waitingrefund waiting
        WHERE waiting.contest_id = purchases_purchase.contest_id
        AND waiting.order_id = purchases_purchase.order_id AND waiting.state = 'waiting'
    ), EXISTS (
        SELECT FROM purchases_rejectedpurchase attempt
        WHERE attempt.contest_sent = purchases_purchase.contest_id
        AND attempt.order_id = purchases_purchase.order_id AND attempt.state IN ('refused', 'held')
    )
"""


def _insert_once(
    entry: Entry,
    order: NewPurchase,
    *,
    rule_set: RuleSet,
    facts: Facts,
    points: int,
    explanation: dict[str, Any],
    api_key: ApiKey | None,
    received_at: datetime,
) -> tuple[str, bool, bool] | None:
    """The id of the new row, whether refunds wait for it and attempts are open, or None where the order is known.

    The lock of `_history_of` is held by now, so nothing that waits for this order comes in between.
    """
    values: list[Any] = [
        new_id("purchase"),
        entry.contest_id,
        entry.pk,
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
        rule_set.pk,
        write(facts).decode(),
        write(explanation).decode(),
        api_key.pk if api_key else None,
        received_at,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
        row: tuple[str, bool, bool] | None = cursor.fetchone()
    return row


def _known(purchase: Purchase, order: NewPurchase) -> Recorded:
    """The order is recorded; of a voided one, an attempt may wait for its right entry (`detach_purchase`)."""
    if not purchase.is_voided:
        close_attempts(purchase)
    return _already_recorded(purchase, order)


def _already_recorded(purchase: Purchase, order: NewPurchase) -> Recorded:
    return Recorded(
        purchase_id=purchase.pk,
        entry_id=purchase.entry_id,
        points_awarded=0,
        already_exists=True,
        message=ALREADY_RECORDED,
        explanation=in_order(purchase.explanation),
        differences=_differences(purchase, order),
    )


def _differences(purchase: Purchase, order: NewPurchase) -> dict[str, dict[str, Any]]:
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


def _note_duplicate(recorded: Recorded, received_at: datetime) -> None:
    """Count it on the purchase's own row, after the transaction: nobody waits for this but the same order."""
    noted: dict[str, Any] = {"duplicates": F("duplicates") + 1, "last_duplicate_at": received_at}
    if recorded.differences:
        noted["last_differences"] = recorded.differences
    Purchase.objects.filter(pk=recorded.purchase_id).update(**noted)


def _hold(contest: Contest, order: NewPurchase, api_key: ApiKey, received_at: datetime) -> None:
    refusal = Refusal(
        api_key=api_key,
        contest_sent=contest.pk,
        contest=contest,
        order_id=order.order_id,
        email=order.email.address,
        amount=str(order.amount),
        currency=order.currency,
        code="entry_not_found",
        held_from=order.purchased_at,
        contest_then=msgspec.to_builtins(_state_of(contest)),
    )
    with transaction.atomic():
        # Race: the order is being recorded for another entry. This waits for it, and what is recorded is not held.
        lock_order(contest.pk, order.order_id)
        if Purchase.objects.of_order(contest.pk, order.order_id) is None:
            keep_refusal(refusal, received_at)
