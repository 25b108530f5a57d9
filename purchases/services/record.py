"""Recording a purchase: the one way in, whoever sends the order.

Exactly once: a contest has at most one purchase an order id, and that purchase at most one award. The purchase,
its ledger line and the entry's points are written in one transaction or not at all.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from apikeys.models import ApiKey
from blitzrocket.strict_json import write
from contests import ledger
from contests.models import Contest, Entry, PointTransaction
from contests.scoring import Terms
from purchases.models import Purchase, RejectedPurchase
from purchases.services.holding import hold_orders
from purchases.services.locking import lock_order, shared_order_lock
from purchases.services.refund import apply_pending_refunds
from purchases.services.scoring import (
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

TRIES = 5


class HeldMeanwhile(Exception):
    """The order was held or refused between looking at its history and inserting it, which is rolled back."""


def record_purchase(contest: Contest, order: NewPurchase, *, api_key: ApiKey, received_at: datetime) -> Recorded:
    """Record an order, or find that it is recorded.

    Raises:
        EntryMissing: nobody in the contest has that address.
    """
    # Races: (1) The same order twice at once: the insert waits for the other one's commit and then inserts
    # nothing. (2) Two orders of one entry at once: the entry's lock makes them take turns, and what caps and
    # "first purchase" depend on is read under it. (3) Deadlocks: the lock on the entry comes first everywhere.
    recorded = _record_or_hold(contest, order, api_key, received_at)
    if recorded is None and Entry.objects.has(contest.pk, order.email.key):
        # Race: somebody made the entry meanwhile. Whoever makes it looks for held orders after committing, and this
        # looks for the entry after holding, so that one of the two finds the other.
        recorded = _record_or_hold(contest, order, api_key, received_at)
    if recorded is None:
        raise EntryMissing
    if recorded.already_exists:
        count_duplicates([recorded], received_at)
    return recorded


def preview_purchase(contest: Contest, order: NewPurchase, *, received_at: datetime) -> Recorded:
    """What recording the order now would answer; it is recorded and taken back, so that the two cannot differ.

    Raises:
        EntryMissing: nobody in the contest has that address; nothing is held.
    """
    for _ in range(TRIES - 1):
        with suppress(HeldMeanwhile):
            return _try_to_preview(contest, order, received_at)
    return _try_to_preview(contest, order, received_at)


def _try_to_preview(contest: Contest, order: NewPurchase, received_at: datetime) -> Recorded:
    with transaction.atomic():
        recorded = _record_if_entry(contest, order, None, received_at)
        known = Purchase.objects.of_order(contest.pk, order.order_id) if recorded is None else None
        if known is not None:
            recorded = _known(known, order)
        transaction.set_rollback(True)
    if recorded is None:
        raise EntryMissing
    return recorded


def _record_or_hold(contest: Contest, order: NewPurchase, api_key: ApiKey, received_at: datetime) -> Recorded | None:
    """What became of the order; None where it is held."""
    # Race: another call holds the order while this one waits for its lock, and the look at its history is older than
    # that wait. The first receipt decides, so this looks anew.
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
        return _known(Purchase.objects.get(contest=contest, order_id=order.order_id), order)


def _record_if_entry(
    contest: Contest, order: NewPurchase, api_key: ApiKey | None, received_at: datetime
) -> Recorded | None:
    """What became of the order; None where nobody has its address."""
    entry = Entry.objects.locked(contest.pk, order.email.key)
    return record_for(entry, contest, order, api_key=api_key, received_at=received_at) if entry else None


# A hot path of its own would replace this function: the same order, award and rows in fewer round trips.
def record_for(
    entry: Entry, contest: Contest, order: NewPurchase, *, api_key: ApiKey | None, received_at: datetime
) -> Recorded:
    """Record an order for an entry that is locked, whatever its address is, in the transaction that holds the lock."""
    one, has_attempts = _judge(entry, contest, order)
    inserted = _insert_once(columns_of(one, api_key, received_at))
    if inserted is None:
        known = Purchase.objects.get(contest=contest, order_id=order.order_id)
        return _known(known, order) if has_attempts else already_recorded(known, order)
    purchase_id, refunds_wait, attempts_are_open = inserted
    if one.award.points:
        ledger.post(
            entry,
            PointTransaction.Kind.EARNED,
            one.award.points,
            purchase_id=purchase_id,
            occurred_at=one.order.purchased_at,
        )
    if attempts_are_open and not has_attempts:
        raise HeldMeanwhile
    if attempts_are_open:
        close_rejected_purchases(Purchase(pk=purchase_id, contest=contest, order_id=order.order_id))
    if refunds_wait:
        apply_pending_refunds(Purchase.objects.get(pk=purchase_id))
    return one.recorded(purchase_id)


def _judge(entry: Entry, contest: Contest, order: NewPurchase) -> tuple[ScoredOrder, bool]:
    """The order with its award, and whether it was refused before."""
    rule_set, state = contest.current_rules, state_of(contest)
    differences: Differences = {}
    history = _history_of(entry, order, rule_set.terms)
    if history["is_held"]:
        attempts = RejectedPurchase.objects.of_order(contest.pk, order.order_id).select_related("rule_set")
        held = attempts.filter(state=RejectedPurchase.State.HELD).first()
        if held is not None:  # Race: it may have been dismissed since it was seen.
            rule_set, state, order, differences = first_receipt(contest, held, order)
            history = _history_of(entry, order, rule_set.terms)
    one = score(
        entry,
        order,
        rule_set=rule_set,
        state=state,
        is_first_purchase=not history["has_others"],
        points_before=history["points_before"],
        differences=differences,
    )
    return one, history["has_attempts"]


def _history_of(entry: Entry, order: NewPurchase, terms: Terms) -> dict[str, Any]:
    """What else the award depends on, in one statement under the entry's lock; the sum only where a cap asks."""
    before: Value | Coalesce = Value(0)
    if terms.cap_per_entry is not None:
        lines = PointTransaction.objects.filter(
            contest=entry.contest_id, entry=OuterRef("pk"), purchase_id__isnull=False
        )
        before = Coalesce(Subquery(lines.order_by().values("entry").annotate(sum=Sum("points")).values("sum")), 0)
    others = Purchase.objects.filter(contest=entry.contest_id, entry=OuterRef("pk"))
    attempts = RejectedPurchase.objects.of_order(entry.contest_id, order.order_id)
    found = Entry.objects.filter(contest=entry.contest_id, pk=entry.pk).values(
        has_others=Exists(others.exclude(status=Purchase.Status.VOIDED)),
        points_before=before,
        has_attempts=Exists(attempts.open()),
        is_held=Exists(attempts.filter(state=RejectedPurchase.State.HELD)),
        # Race: a refund for this order comes now. Held from before the insert looks for waiting ones: `refund_order`.
        lock=shared_order_lock(entry.contest_id, order.order_id),
    )
    return dict(found.get())


def close_rejected_purchases(purchase: Purchase) -> None:
    """The order is recorded: no refused attempt at it needs anybody any more."""
    # Race: it is voided meanwhile because its attaching is taken back; then its attempt waits again.
    counts = Purchase.objects.filter(pk=purchase.pk).exclude(status=Purchase.Status.VOIDED)
    attempts = RejectedPurchase.objects.of_order(purchase.contest_id, purchase.order_id).open()
    attempts.filter(Exists(counts)).update(state=RejectedPurchase.State.RECORDED, purchase=purchase.pk)


def close_attempts_at(contest_id: str, order_ids: Sequence[str]) -> None:
    """The same for several orders that are recorded."""
    if order_ids:
        with connection.cursor() as cursor:
            cursor.execute(_CLOSE, [contest_id, list(order_ids)])


# Race: two calls with the same orders. Both lock the rows in the order of their ids.
_CLOSE = """
    WITH closing AS MATERIALIZED (
        SELECT attempt.contest_id, attempt.id, purchase.id AS purchase_id
        FROM purchases_purchase purchase JOIN purchases_rejectedpurchase attempt
        ON attempt.contest_id = purchase.contest_id AND attempt.contest_sent = purchase.contest_id
        AND attempt.order_id = purchase.order_id AND attempt.state IN ('refused', 'held')
        WHERE purchase.contest_id = %s AND purchase.order_id = ANY(%s) AND purchase.status <> 'voided'
        ORDER BY attempt.id FOR NO KEY UPDATE OF attempt
    )
    UPDATE purchases_rejectedpurchase attempt SET state = 'recorded', purchase_id = closing.purchase_id
    FROM closing WHERE attempt.contest_id = closing.contest_id AND attempt.id = closing.id
"""
_INSERT = f"""
    INSERT INTO purchases_purchase ({COLUMNS})
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, 0)
    ON CONFLICT (contest_id, order_id) DO NOTHING
    RETURNING id, EXISTS (
        SELECT FROM purchases_pendingrefund waiting
        WHERE waiting.contest_id = purchases_purchase.contest_id
        AND waiting.order_id = purchases_purchase.order_id AND waiting.state = 'waiting'
    ), EXISTS (
        SELECT FROM purchases_rejectedpurchase attempt
        WHERE attempt.contest_sent = purchases_purchase.contest_id
        AND attempt.contest_id = purchases_purchase.contest_id
        AND attempt.order_id = purchases_purchase.order_id AND attempt.state IN ('refused', 'held')
    )
"""


def _insert_once(row: list[Any]) -> tuple[str, bool, bool] | None:
    """The id of the new row, whether refunds wait for it and attempts are open, or None where the order is known.

    The lock of `_history_of` is held by now, so nothing that waits for this order comes in between.
    """
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, row)
        inserted: tuple[str, bool, bool] | None = cursor.fetchone()
    return inserted


def _known(purchase: Purchase, order: NewPurchase) -> Recorded:
    """The order is recorded; of a voided one, an attempt may wait for its right entry (`detach_purchase`)."""
    if not purchase.is_voided:
        close_rejected_purchases(purchase)
    return already_recorded(purchase, order)


# Race: two calls with the same orders, or a recalculation. All lock the rows in the order of their ids.
_NOTE_DUPLICATES = """
    WITH again AS MATERIALIZED (
        SELECT again.* FROM unnest(%(ids)s::text[], %(times)s::int[], %(differences)s::jsonb[])
        AS again (id, times, differences)
        JOIN purchases_purchase purchase USING (id) ORDER BY id FOR NO KEY UPDATE OF purchase
    ), counted AS (
        INSERT INTO purchases_duplicatecount (contest_id, day, purchase_id, times)
        SELECT purchase.contest_id, (%(at)s::timestamptz AT TIME ZONE 'UTC')::date, purchase.id, again.times
        FROM again JOIN purchases_purchase purchase ON purchase.id = again.id
        ORDER BY purchase.id
        ON CONFLICT (contest_id, day, purchase_id)
        DO UPDATE SET times = purchases_duplicatecount.times + excluded.times
    )
    UPDATE purchases_purchase SET
        duplicates = duplicates + again.times,
        last_duplicate_at = %(at)s,
        last_differences = coalesce(again.differences, last_differences)
    FROM again WHERE purchases_purchase.id = again.id
"""


def count_duplicates(duplicates: Sequence[Recorded], received_at: datetime) -> None:
    """Count them on rows of the purchases' own, after the transaction: nobody waits for this but the same orders."""
    last = {recorded.purchase_id: recorded for recorded in duplicates}
    ids = sorted(last)
    times = [sum(recorded.purchase_id == purchase_id for recorded in duplicates) for purchase_id in ids]
    differences = [write(last[pk].differences).decode() if last[pk].differences else None for pk in ids]
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_DUPLICATES, {"at": received_at, "ids": ids, "times": times, "differences": differences})
