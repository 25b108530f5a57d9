"""Recording a purchase; every caller records orders here.

Exactly once: a contest has at most one purchase per order id, with one award. The purchase, its ledger line and the
entry's points are written in one transaction.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from apikeys.models import ApiKey
from blitzrocket.strict_json import write
from contests import ledger
from contests.models import Contest, Entry, PointTransaction
from contests.scoring import Terms, points_that_stay
from purchases.models import Purchase, RejectedPurchase
from purchases.services.holding import hold_orders
from purchases.services.locking import lock_order, shared_order_lock
from purchases.services.order_scoring import (
    COLUMNS,
    Differences,
    EntryMissing,
    NewPurchase,
    Recorded,
    ScoredOrder,
    already_recorded,
    columns_of,
    first_receipt,
    score,
    state_of,
)
from purchases.services.refund import RefundableOrder, apply_pending_refunds, points_after_pending_refunds

TRIES = 5


class HeldMeanwhile(Exception):
    """The order was held or rejected between reading its history and inserting it; the insert is rolled back."""


def record_purchase(contest: Contest, order: NewPurchase, *, api_key: ApiKey, received_at: datetime) -> Recorded:
    """Record an order, unless it is already recorded.

    Raises:
        EntryMissing: the contest has no entry with the email; the order is held.
    """
    # Races: (1) The same order twice at once: the insert waits for the other one's commit and then inserts
    # nothing. (2) Two orders of one entry at once: the entry's lock makes them take turns, and what caps and
    # "first purchase" depend on is read under it. (3) Deadlocks: the lock on the entry comes first everywhere.
    recorded = _record_or_hold(contest, order, api_key, received_at)
    if recorded is None and Entry.objects.has(contest.pk, order.email.key):
        # Race: the entry was created meanwhile. Its creation looks for held orders after committing, and this looks for
        # the entry after holding, so that one of the two sees the other.
        recorded = _record_or_hold(contest, order, api_key, received_at)
    if recorded is None:
        raise EntryMissing
    if recorded.already_exists:
        count_duplicates(contest, [recorded], received_at)
    return recorded


def preview_purchase(contest: Contest, order: NewPurchase, *, received_at: datetime) -> Recorded:
    """The result of recording the order now: it is recorded and rolled back, so that the two cannot differ.

    Raises:
        EntryMissing: the contest has no entry with the email; nothing is held.
    """
    for _ in range(TRIES - 1):
        with suppress(HeldMeanwhile):
            return _try_to_preview(contest, order, received_at)
    return _try_to_preview(contest, order, received_at)


def _try_to_preview(contest: Contest, order: NewPurchase, received_at: datetime) -> Recorded:
    with transaction.atomic():
        recorded = _record_if_entry(contest, order, None, received_at)
        existing = Purchase.objects.find_order(contest.pk, order.order_id) if recorded is None else None
        if existing is not None:
            recorded = _duplicate(existing, order)
        transaction.set_rollback(True)
    if recorded is None:
        raise EntryMissing
    return recorded


def _record_or_hold(contest: Contest, order: NewPurchase, api_key: ApiKey, received_at: datetime) -> Recorded | None:
    """Record the order; None where it is held."""
    # Race: another call holds the order while this one waits for its lock, after reading its history. The first receipt
    # decides, so this reads the history again.
    for _ in range(TRIES - 1):
        with suppress(HeldMeanwhile):
            return _try_to_record(contest, order, api_key, received_at)
    return _try_to_record(contest, order, api_key, received_at)


def _try_to_record(contest: Contest, order: NewPurchase, api_key: ApiKey, received_at: datetime) -> Recorded | None:
    with transaction.atomic():
        recorded = _record_if_entry(contest, order, api_key, received_at)
        if recorded is not None:
            return recorded
        # Race: the order is being recorded for another entry. This waits for it, and what is recorded is not held.
        lock_order(contest.pk, order.order_id)
        if hold_orders(contest, [order], api_key=api_key, received_at=received_at):
            return None
        return _duplicate(Purchase.objects.get(contest=contest, order_id=order.order_id), order)


def _record_if_entry(
    contest: Contest, order: NewPurchase, api_key: ApiKey | None, received_at: datetime
) -> Recorded | None:
    """Record the order; None where no entry has its email."""
    entry = Entry.objects.locked(contest.pk, order.email.key)
    return record_for(entry, contest, order, api_key=api_key, received_at=received_at) if entry else None


# To record in fewer round trips, replace this function: locks, award and rows have to stay the same.
def record_for(
    entry: Entry, contest: Contest, order: NewPurchase, *, api_key: ApiKey | None, received_at: datetime
) -> Recorded:
    """Record an order for a locked entry with any email, in the transaction that holds the lock."""
    scored, has_rejections = _score(entry, contest, order)
    inserted = _insert_once(columns_of(scored, api_key, received_at))
    if inserted is None:
        purchase = Purchase.objects.get(contest=contest, order_id=order.order_id)
        return _duplicate(purchase, order) if has_rejections else already_recorded(purchase, order)
    purchase_id, has_pending_refunds, has_open_rejections = inserted
    if scored.award.points:
        ledger.post(
            entry,
            PointTransaction.Kind.EARNED,
            scored.award.points,
            purchase_id=purchase_id,
            occurred_at=scored.order.purchased_at,
        )
    if has_open_rejections and not has_rejections:
        raise HeldMeanwhile
    if has_open_rejections:
        close_rejected_purchases(contest.pk, order.order_id, purchase_id)
    if has_pending_refunds:
        apply_pending_refunds(Purchase.objects.get(contest=contest, pk=purchase_id))
    return scored.recorded(purchase_id)


def plan_points(entry: Entry, contest: Contest, order: NewPurchase) -> int:
    """The points that recording the order for this entry would give it, after its pending refunds.

    0 where the order is recorded. Nothing is locked or written.
    """
    if Purchase.objects.find_order(contest.pk, order.order_id) is not None:
        return 0
    scored, _ = _score(entry, contest, order, locks=False)
    terms, facts = scored.rule_set.terms, scored.facts
    new = RefundableOrder(
        amount=scored.order.amount,
        currency=scored.order.currency,
        refunded_amount=Decimal(0),
        points_now=scored.award.points,
        count_refunds=lambda: 0,
        points_that_stay=lambda points, amount_left: points_that_stay(points, terms, facts, amount_left),
    )
    return points_after_pending_refunds(contest.pk, order.order_id, new)


def _score(entry: Entry, contest: Contest, order: NewPurchase, *, locks: bool = True) -> tuple[ScoredOrder, bool]:
    """The scored order, and whether it was rejected before."""
    rule_set, state = contest.current_rules(), state_of(contest)
    differences: Differences = {}
    history = _history_of(entry, order, rule_set.terms, locks=locks)
    if history["is_held"]:
        rejections = RejectedPurchase.objects.of_order(contest.pk, order.order_id).select_related("rule_set")
        held = rejections.filter(state=RejectedPurchase.State.HELD).first()
        if held is not None:  # Race: it may have been dismissed since.
            rule_set, state, order, differences = first_receipt(contest, held, order)
            history = _history_of(entry, order, rule_set.terms, locks=locks)
    scored = score(
        entry,
        order,
        rule_set=rule_set,
        state=state,
        is_first_purchase=not history["has_others"],
        points_before=history["points_before"],
        differences=differences,
    )
    return scored, history["has_rejections"]


def _history_of(entry: Entry, order: NewPurchase, terms: Terms, *, locks: bool) -> dict[str, Any]:
    """What else the award depends on, in one statement; the sum only where there is a cap.

    To record the order, the caller holds the entry's lock, and the statement takes the order's.
    """
    before: Value | Coalesce = Value(0)
    if terms.cap_per_entry is not None:
        lines = PointTransaction.objects.filter(
            contest=entry.contest_id, entry=OuterRef("pk"), purchase_id__isnull=False
        )
        before = Coalesce(Subquery(lines.order_by().values("entry").annotate(sum=Sum("points")).values("sum")), 0)
    others = Purchase.objects.filter(contest=entry.contest_id, entry=OuterRef("pk"))
    rejections = RejectedPurchase.objects.of_order(entry.contest_id, order.order_id)
    columns: dict[str, Any] = {
        "has_others": Exists(others.exclude(status=Purchase.Status.VOIDED)),
        "points_before": before,
        "has_rejections": Exists(rejections.open()),
        "is_held": Exists(rejections.filter(state=RejectedPurchase.State.HELD)),
    }
    if locks:
        # Race: a refund for this order arrives now (`refund_order`). The lock is held from before the insert, which
        # looks for pending refunds.
        columns["lock"] = shared_order_lock(entry.contest_id, order.order_id)
    return dict(Entry.objects.filter(contest=entry.contest_id, pk=entry.pk).values(**columns).get())


def close_rejected_purchases(contest_id: str, order_id: str, purchase_id: str) -> None:
    """Mark the open rejections of a recorded order as resolved."""
    # Race: it is voided meanwhile because its attach is undone; then its rejection is held again.
    own = Purchase.objects.filter(contest=contest_id, pk=purchase_id)
    not_voided = own.exclude(status=Purchase.Status.VOIDED)
    rejections = RejectedPurchase.objects.of_order(contest_id, order_id).open()
    rejections.filter(Exists(not_voided)).update(state=RejectedPurchase.State.RECORDED, purchase=purchase_id)


def close_rejected_purchases_of_orders(contest_id: str, order_ids: Sequence[str]) -> None:
    """Mark the open rejections of several recorded orders as resolved."""
    if order_ids:
        with connection.cursor() as cursor:
            cursor.execute(_CLOSE, [contest_id, list(order_ids)])


# Race: two calls with the same orders. Both lock the rows in the order of their ids.
_CLOSE = """
    WITH closing AS MATERIALIZED (
        SELECT rejected.contest_id, rejected.id, purchase.id AS purchase_id
        FROM purchases_purchase purchase JOIN purchases_rejectedpurchase rejected
        ON rejected.contest_id = purchase.contest_id AND rejected.contest_sent = purchase.contest_id
        AND rejected.order_id = purchase.order_id AND rejected.state IN ('rejected', 'held')
        WHERE purchase.contest_id = %s AND purchase.order_id = ANY(%s) AND purchase.status <> 'voided'
        ORDER BY rejected.id FOR NO KEY UPDATE OF rejected
    )
    UPDATE purchases_rejectedpurchase rejected SET state = 'recorded', purchase_id = closing.purchase_id
    FROM closing WHERE rejected.contest_id = closing.contest_id AND rejected.id = closing.id
"""
_INSERT = f"""
    INSERT INTO purchases_purchase ({COLUMNS})
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, 0)
    ON CONFLICT (contest_id, order_id) DO NOTHING
    RETURNING id, EXISTS (
        SELECT FROM purchases_pendingrefund pending
        WHERE pending.contest_id = purchases_purchase.contest_id
        AND pending.order_id = purchases_purchase.order_id AND pending.state = 'pending'
    ), EXISTS (
        SELECT FROM purchases_rejectedpurchase rejected
        WHERE rejected.contest_sent = purchases_purchase.contest_id
        AND rejected.contest_id = purchases_purchase.contest_id
        AND rejected.order_id = purchases_purchase.order_id AND rejected.state IN ('rejected', 'held')
    )
"""


def _insert_once(row: list[Any]) -> tuple[str, bool, bool] | None:
    """The id of the new row, and whether it has pending refunds and open rejections; None where the order is recorded.

    The lock of `_history_of` is held, so no refund or rejection of this order is saved in between.
    """
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, row)
        inserted: tuple[str, bool, bool] | None = cursor.fetchone()
    return inserted


def _duplicate(purchase: Purchase, order: NewPurchase) -> Recorded:
    """The result for a recorded order; a voided one may have a rejection on hold (`detach_purchase`), which stays."""
    if not purchase.is_voided:
        close_rejected_purchases(purchase.contest_id, purchase.order_id, purchase.pk)
    return already_recorded(purchase, order)


# Race: two calls with the same orders, or a recalculation. All lock the rows in the order of their ids.
_COUNT_DUPLICATES = """
    WITH duplicate AS MATERIALIZED (
        SELECT duplicate.* FROM unnest(%(ids)s::text[], %(times)s::int[], %(differences)s::jsonb[])
        AS duplicate (id, times, differences)
        JOIN purchases_purchase purchase USING (id)
        WHERE purchase.contest_id = %(contest)s ORDER BY id FOR NO KEY UPDATE OF purchase
    ), counted AS (
        INSERT INTO purchases_duplicatecount (contest_id, day, purchase_id, times)
        SELECT purchase.contest_id, (%(at)s::timestamptz AT TIME ZONE 'UTC')::date, purchase.id, duplicate.times
        FROM duplicate JOIN purchases_purchase purchase ON purchase.id = duplicate.id
        WHERE purchase.contest_id = %(contest)s ORDER BY purchase.id
        ON CONFLICT (contest_id, day, purchase_id)
        DO UPDATE SET times = purchases_duplicatecount.times + excluded.times
    )
    UPDATE purchases_purchase SET
        duplicates = duplicates + duplicate.times,
        last_duplicate_at = %(at)s,
        last_differences = coalesce(duplicate.differences, last_differences)
    FROM duplicate WHERE purchases_purchase.contest_id = %(contest)s AND purchases_purchase.id = duplicate.id
"""


def count_duplicates(contest: Contest, duplicates: Sequence[Recorded], received_at: datetime) -> None:
    """Count duplicates on the purchases' own rows, after the transaction, so that only the same orders wait."""
    last = {recorded.purchase_id: recorded for recorded in duplicates}
    ids = sorted(last)
    times = [sum(recorded.purchase_id == purchase_id for recorded in duplicates) for purchase_id in ids]
    differences = [write(last[pk].differences).decode() if last[pk].differences else None for pk in ids]
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"contest": contest.pk, "at": received_at, "ids": ids, "times": times}
        cursor.execute(_COUNT_DUPLICATES, values | {"differences": differences})
