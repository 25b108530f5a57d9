"""Recording many orders in a few statements, with the same results as one by one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from apikeys.models import ApiKey
from contests import ledger
from contests.models import Contest, Entry, PointTransaction
from purchases.models import PendingRefund, Purchase, RejectedPurchase
from purchases.services.holding import hold_orders
from purchases.services.locking import lock_orders
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
from purchases.services.record import close_rejected_purchases_of_orders, count_duplicates, record_purchase

Outcome = Recorded | EntryMissing
TRIES = 5
ORDER_ID_COLUMN = 3  # of `COLUMNS`


class OneByOne(Exception):
    """These orders have to be recorded one by one."""


class Raced(Exception):
    """Another call recorded one of the orders meanwhile."""


def record_batch(
    contest: Contest, orders: list[NewPurchase], *, api_key: ApiKey, received_at: datetime
) -> list[Outcome]:
    """Record these orders; the outcome of each, in their order.

    Of an order id that comes twice, the first is recorded. Orders without an entry are held.
    """
    first: dict[str, NewPurchase] = {}
    for order in orders:
        first.setdefault(order.order_id, order)
    by_order_id, counted = _record_new(contest, list(first.values()), api_key, received_at)
    outcomes = [by_order_id[order.order_id] for order in orders]
    repeats = [index for index, order in enumerate(orders) if first[order.order_id] is not order]
    repeated = {outcome.purchase_id for index in repeats if isinstance(outcome := outcomes[index], Recorded)}
    purchases = Purchase.objects.filter(contest=contest).in_bulk(repeated)
    for index in repeats:
        outcome, order = outcomes[index], orders[index]
        if isinstance(outcome, Recorded):
            outcomes[index] = already_recorded(purchases[outcome.purchase_id], order)
        else:  # no entry had the email of the first; one may have this email
            outcomes[index] = _record_one(contest, order, api_key, received_at)
    recorded_before = [outcome for outcome in outcomes if isinstance(outcome, Recorded) and outcome.already_exists]
    duplicates = [outcome for outcome in recorded_before if outcome.purchase_id not in counted]
    if duplicates:
        count_duplicates(contest, duplicates, received_at)
    return outcomes


def _record_new(
    contest: Contest, orders: list[NewPurchase], api_key: ApiKey, received_at: datetime
) -> tuple[dict[str, Outcome], set[str]]:
    """The outcomes by order id, and the ids of purchases whose duplicates are already counted."""
    outcomes: dict[str, Outcome] = {}
    try:
        outcomes = _record_together(contest, orders, api_key, received_at)
        missing = [order for order in orders if isinstance(outcomes[order.order_id], EntryMissing)]
        one_by_one = _hold(contest, missing, api_key, received_at) if missing else []
    except OneByOne:
        one_by_one = orders
    for order in one_by_one:
        outcomes[order.order_id] = _record_one(contest, order, api_key, received_at)
    recorded = [outcomes[order.order_id] for order in one_by_one]
    return outcomes, {outcome.purchase_id for outcome in recorded if isinstance(outcome, Recorded)}


def _record_together(
    contest: Contest, orders: list[NewPurchase], api_key: ApiKey, received_at: datetime
) -> dict[str, Outcome]:
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                return _record_all(contest, orders, api_key, received_at)
        except Raced:
            continue
    raise OneByOne  # practically never: each call waits for the others at its own order


def _record_one(contest: Contest, order: NewPurchase, api_key: ApiKey, received_at: datetime) -> Outcome:
    try:
        return record_purchase(contest, order, api_key=api_key, received_at=received_at)
    except EntryMissing as missing:
        return missing


@dataclass(slots=True)
class RunningTotals:
    """An entry's totals that awards depend on, updated from order to order of the batch."""

    entry: Entry
    has_others: bool
    points_before: int


def _record_all(
    contest: Contest, orders: list[NewPurchase], api_key: ApiKey, received_at: datetime
) -> dict[str, Outcome]:
    # Races: as for a single order. Entries are locked first, in the order of their ids; then the orders, shared with
    # other recordings; an order that another call inserts meanwhile makes this one start over.
    ids = [order.order_id for order in orders]
    entries = _lock_entries(contest, orders)
    lock_orders(contest.pk, ids, shared=True)
    if PendingRefund.objects.filter(contest=contest, order_id__in=ids, state=PendingRefund.State.PENDING).exists():
        raise OneByOne  # a refund made at once leaves more room under a cap for later orders
    existing = {row.order_id: row for row in Purchase.objects.filter(contest=contest, order_id__in=ids)}
    rejections = _open_rejections(contest, ids)
    totals = _totals(contest, entries)
    outcomes: dict[str, Outcome] = {}
    scored_orders: list[ScoredOrder] = []
    for order in orders:
        entry_totals = totals.get(order.email.key)
        if order.order_id in existing:
            outcomes[order.order_id] = already_recorded(existing[order.order_id], order)
        elif entry_totals is None:
            outcomes[order.order_id] = EntryMissing()
        else:
            scored_orders.append(_score(contest, order, entry_totals, rejections.get(order.order_id)))
    for scored, purchase_id in zip(scored_orders, _insert(scored_orders, api_key, received_at), strict=True):
        outcomes[scored.order.order_id] = scored.recorded(purchase_id)
    close_rejected_purchases_of_orders(
        contest.pk, [order_id for order_id in rejections if isinstance(outcomes[order_id], Recorded)]
    )
    return outcomes


def _lock_entries(contest: Contest, orders: list[NewPurchase]) -> list[Entry]:
    keys = {order.email.key for order in orders}
    return list(Entry.objects.filter(contest=contest, email_key__in=keys).order_by("pk").select_for_update(no_key=True))


def _open_rejections(contest: Contest, order_ids: list[str]) -> dict[str, RejectedPurchase | None]:
    """The open rejections by order id: the held one, or else None."""
    held: dict[str, RejectedPurchase | None] = {}
    rows = RejectedPurchase.objects.open().filter(contest=contest, contest_sent=contest.pk, order_id__in=order_ids)
    for rejected in rows.select_related("rule_set"):
        held[rejected.order_id] = rejected if rejected.is_held else held.get(rejected.order_id)
    return held


def _totals(contest: Contest, entries: list[Entry]) -> dict[str, RunningTotals]:
    """The totals by email key. Points are always summed, because held orders have rules of their own."""
    others = Purchase.objects.filter(contest=contest, entry=OuterRef("pk")).exclude(status=Purchase.Status.VOIDED)
    lines = PointTransaction.objects.filter(contest=contest, entry=OuterRef("pk"), purchase_id__isnull=False)
    points = Subquery(lines.order_by().values("entry").annotate(sum=Sum("points")).values("sum"))
    rows = Entry.objects.filter(contest=contest, pk__in=[entry.pk for entry in entries]).values_list(
        "pk", Exists(others), Coalesce(points, Value(0))
    )
    history = {pk: (has_others, before) for pk, has_others, before in rows}
    return {entry.email_key: RunningTotals(entry, *history[entry.pk]) for entry in entries}


def _score(contest: Contest, order: NewPurchase, totals: RunningTotals, held: RejectedPurchase | None) -> ScoredOrder:
    rule_set, state = contest.current_rules(), state_of(contest)
    differences: Differences = {}
    if held is not None:
        rule_set, state, order, differences = first_receipt(contest, held, order)
    scored = score(
        totals.entry,
        order,
        rule_set=rule_set,
        state=state,
        is_first_purchase=not totals.has_others,
        points_before=totals.points_before,
        differences=differences,
    )
    totals.has_others = True
    totals.points_before += scored.award.points
    return scored


def _insert(scored_orders: list[ScoredOrder], api_key: ApiKey, received_at: datetime) -> list[str]:
    """Insert purchases and their ledger lines; returns the purchase ids."""
    if not scored_orders:
        return []
    rows = [columns_of(scored, api_key, received_at) for scored in scored_orders]
    # Race: two batches with the same orders for other entries. Both insert in the order of the ids, and one waits.
    columns = [list(column) for column in zip(*sorted(rows, key=_order_id_of), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_ALL, columns)
        if len(cursor.fetchall()) < len(scored_orders):
            raise Raced
    ids = [row[0] for row in rows]
    earned = [
        ledger.NewLine(scored.entry, scored.award.points, purchase_id, scored.order.purchased_at)
        for scored, purchase_id in zip(scored_orders, ids, strict=True)
        if scored.award.points
    ]
    ledger.post_all(PointTransaction.Kind.EARNED, earned)
    return ids


def _order_id_of(row: list[Any]) -> Any:
    return row[ORDER_ID_COLUMN]


_INSERT_ALL = f"""
    INSERT INTO purchases_purchase ({COLUMNS})
    SELECT *, 0, 0 FROM unnest(
        %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::numeric[], %s::text[],
        %s::timestamptz[], %s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::jsonb[], %s::jsonb[], %s::text[],
        %s::timestamptz[]
    )
    ON CONFLICT (contest_id, order_id) DO NOTHING RETURNING id
"""


def _hold(contest: Contest, orders: list[NewPurchase], api_key: ApiKey, received_at: datetime) -> list[NewPurchase]:
    """Hold orders without an entry; returns those to record again one by one."""
    with transaction.atomic():
        # Race: an order is being recorded for another entry. This waits for it, and what is recorded is not held.
        lock_orders(contest.pk, [order.order_id for order in orders])
        held = hold_orders(contest, orders, api_key=api_key, received_at=received_at)
    # Race: the entry was created meanwhile; as for a single order, both sides look again after writing.
    keys = {order.email.key for order in orders}
    existing = set(Entry.objects.filter(contest=contest, email_key__in=keys).values_list("email_key", flat=True))
    return [order for order in orders if order.order_id not in held or order.email.key in existing]
