"""Recording a purchase: the one way in, whoever sends the order.

Exactly once: a contest has at most one purchase an order id, and that purchase at most one award. The purchase,
its ledger line and the entry's points are written in one transaction or not at all.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Sum, Value
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


# A hot path of its own would replace this function: the same order, award and rows in fewer round trips.
def _record(contest: Contest, order: NewPurchase, api_key: ApiKey, received_at: datetime) -> Recorded:
    entry = Entry.objects.locked(contest.pk, order.email.key)
    if entry is None:
        known = Purchase.objects.of_order(contest.pk, order.order_id)
        if known is None:
            raise EntryMissing
        _held(contest.pk, order.order_id).update(state=RejectedPurchase.State.RECORDED, purchase=known)
        return _already_recorded(known, order)
    rule_set = contest.rules_in_force
    history = _history_of(entry, order, rule_set.terms)
    if history["is_held"]:
        rule_set, order = _as_first_received(contest, order)
        history = _history_of(entry, order, rule_set.terms)
    facts = _facts(contest, entry, order, history)
    given = award(rule_set.terms, facts)
    explanation = explain(order.order_id, rule_set.number, rule_set.terms, facts, given)
    purchase_id = _insert_once(
        entry,
        order,
        rule_set=rule_set,
        facts=facts,
        points=given.points,
        explanation=explanation,
        api_key=api_key,
        received_at=received_at,
    )
    if purchase_id is None:
        return _already_recorded(Purchase.objects.get(contest=contest, order_id=order.order_id), order)
    if given.points:
        ledger.post(
            entry,
            PointTransaction.Kind.EARNED,
            given.points,
            purchase_id=purchase_id,
            occurred_at=order.purchased_at,
        )
    if history["is_held"]:
        _held(contest.pk, order.order_id).update(state=RejectedPurchase.State.RECORDED, purchase=purchase_id)
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
    found = Entry.objects.filter(pk=entry.pk).values(
        has_others=Exists(others.exclude(status=Purchase.Status.VOIDED)),
        points_before=before,
        is_held=Exists(_held(entry.contest_id, order.order_id)),
    )
    return dict(found.get())


def _held(contest_id: str, order_id: str) -> QuerySet[RejectedPurchase]:
    """The attempt that waits for its entry, if the order was refused before."""
    return RejectedPurchase.objects.filter(
        contest_sent=contest_id, order_id=order_id, state=RejectedPurchase.State.HELD
    )


def _as_first_received(contest: Contest, order: NewPurchase) -> tuple[RuleSet, NewPurchase]:
    """An order that was held is judged by the rules and at the time of its first receipt."""
    held = _held(contest.pk, order.order_id).select_related("rule_set").get()
    return cast("RuleSet", held.rule_set), replace(order, purchased_at=cast("datetime", held.purchased_at))


def _facts(contest: Contest, entry: Entry, order: NewPurchase, history: dict[str, Any]) -> Facts:
    return Facts(
        amount=order.amount,
        currency=order.currency,
        purchased_at=order.purchased_at,
        is_first_purchase=not history["has_others"],
        points_before=history["points_before"],
        tracking_enabled=contest.tracking_enabled,
        contest_status=contest.status,
        starts_at=contest.starts_at,
        ends_at=contest.ends_at,
        is_disqualified=entry.is_disqualified,
    )


_INSERT = """
    INSERT INTO purchases_purchase (
        id, contest_id, entry_id, order_id, order_key, email, email_key, amount, currency, purchased_at, status,
        points_awarded, rule_set_id, facts, explanation, api_key_id, duplicates, created_at
    ) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, %s)
    ON CONFLICT (contest_id, order_id) DO NOTHING
    RETURNING id
"""


def _insert_once(
    entry: Entry,
    order: NewPurchase,
    *,
    rule_set: RuleSet,
    facts: Facts,
    points: int,
    explanation: dict[str, Any],
    api_key: ApiKey,
    received_at: datetime,
) -> str | None:
    """The id of the new row, or None where the contest has that order id already."""
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
        rule_set.pk,
        write(facts).decode(),
        write(explanation).decode(),
        api_key.pk,
        received_at,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
        row = cursor.fetchone()
    return row[0] if row else None


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
    keep_refusal(
        Refusal(
            api_key=api_key,
            contest_sent=contest.pk,
            contest=contest,
            order_id=order.order_id,
            email=order.email.address,
            amount=str(order.amount),
            currency=order.currency,
            code="entry_not_found",
            held_from=order.purchased_at,
        ),
        received_at,
    )
