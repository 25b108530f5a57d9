"""Recording many orders at once: the same rules and rows as one by one, in a few statements for the lot."""

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
from purchases.services.record import close_attempts_at, count_duplicates, record_purchase
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

Outcome = Recorded | EntryMissing
TRIES = 5
ORDER_ID_COLUMN = 3  # of `COLUMNS`


class OneByOne(Exception):
    """These orders cannot be judged together."""


class Raced(Exception):
    """Another call recorded one of the orders after this one had looked."""


def record_batch(
    contest: Contest, orders: list[NewPurchase], *, api_key: ApiKey, received_at: datetime
) -> list[Outcome]:
    """Record these orders, or find that they are recorded; what became of each, in their order.

    An order id that comes twice is recorded as it comes first. Whoever has no entry is held, as in a call of its own.
    """
    first: dict[str, NewPurchase] = {}
    for order in orders:
        first.setdefault(order.order_id, order)
    known, noted = _record_new(contest, list(first.values()), api_key, received_at)
    outcomes = [known[order.order_id] for order in orders]
    again = [place for place, order in enumerate(orders) if first[order.order_id] is not order]
    repeated = {outcome.purchase_id for place in again if isinstance(outcome := outcomes[place], Recorded)}
    purchases = Purchase.objects.in_bulk(repeated)
    for place in again:
        outcome, order = outcomes[place], orders[place]
        if isinstance(outcome, Recorded):
            outcomes[place] = already_recorded(purchases[outcome.purchase_id], order)
        else:  # as it came first nobody had its address; perhaps somebody has this one
            outcomes[place] = _record_one(contest, order, api_key, received_at)
    told = [outcome for outcome in outcomes if isinstance(outcome, Recorded) and outcome.already_exists]
    duplicates = [outcome for outcome in told if outcome.purchase_id not in noted]
    if duplicates:
        count_duplicates(duplicates, received_at)
    return outcomes


def _record_new(
    contest: Contest, orders: list[NewPurchase], api_key: ApiKey, received_at: datetime
) -> tuple[dict[str, Outcome], set[str]]:
    """What became of each order id, and the purchases whose duplicates were noted by a call of their own."""
    found: dict[str, Outcome] = {}
    try:
        found = _record_together(contest, orders, api_key, received_at)
        missing = [order for order in orders if isinstance(found[order.order_id], EntryMissing)]
        one_by_one = _hold(contest, missing, api_key, received_at) if missing else []
    except OneByOne:
        one_by_one = orders
    for order in one_by_one:
        found[order.order_id] = _record_one(contest, order, api_key, received_at)
    alone = [found[order.order_id] for order in one_by_one]
    return found, {outcome.purchase_id for outcome in alone if isinstance(outcome, Recorded)}


def _record_together(
    contest: Contest, orders: list[NewPurchase], api_key: ApiKey, received_at: datetime
) -> dict[str, Outcome]:
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                return _record_all(contest, orders, api_key, received_at)
        except Raced:
            continue
    raise OneByOne  # as good as never: each waits for the others at its own order


def _record_one(contest: Contest, order: NewPurchase, api_key: ApiKey, received_at: datetime) -> Outcome:
    try:
        return record_purchase(contest, order, api_key=api_key, received_at=received_at)
    except EntryMissing as missing:
        return missing


@dataclass(slots=True)
class RunningTotals:
    """What an award depends on of an entry, kept up to date from order to order of the batch."""

    entry: Entry
    has_others: bool
    points_before: int


def _record_all(
    contest: Contest, orders: list[NewPurchase], api_key: ApiKey, received_at: datetime
) -> dict[str, Outcome]:
    # Races: as for a single order. Entries are locked first, in the order of their ids; then the orders, in common with
    # others who record; an order that another call inserts meanwhile makes this one begin again.
    ids = [order.order_id for order in orders]
    entries = _lock_entries(contest, orders)
    lock_orders(contest.pk, ids, shared=True)
    if PendingRefund.objects.filter(contest=contest, order_id__in=ids, state=PendingRefund.State.WAITING).exists():
        raise OneByOne  # what is refunded at once makes room under a cap for the orders after it
    known = {row.order_id: row for row in Purchase.objects.filter(contest=contest, order_id__in=ids)}
    attempts = _open_attempts(contest, ids)
    standings = _standings(contest, entries)
    found: dict[str, Outcome] = {}
    judged: list[ScoredOrder] = []
    for order in orders:
        standing = standings.get(order.email.key)
        if order.order_id in known:
            found[order.order_id] = already_recorded(known[order.order_id], order)
        elif standing is None:
            found[order.order_id] = EntryMissing()
        else:
            judged.append(_judge(contest, order, standing, attempts.get(order.order_id)))
    for one, purchase in zip(judged, _insert(judged, api_key, received_at), strict=True):
        found[one.order.order_id] = one.recorded(purchase)
    close_attempts_at(contest.pk, [order_id for order_id in attempts if isinstance(found[order_id], Recorded)])
    return found


def _lock_entries(contest: Contest, orders: list[NewPurchase]) -> list[Entry]:
    keys = {order.email.key for order in orders}
    return list(Entry.objects.filter(contest=contest, email_key__in=keys).order_by("pk").select_for_update(no_key=True))


def _open_attempts(contest: Contest, order_ids: list[str]) -> dict[str, RejectedPurchase | None]:
    """Orders that were refused before; with the attempt where one is held."""
    found: dict[str, RejectedPurchase | None] = {}
    rows = RejectedPurchase.objects.open().filter(contest=contest, contest_sent=contest.pk, order_id__in=order_ids)
    for attempt in rows.select_related("rule_set"):
        found[attempt.order_id] = attempt if attempt.is_held else found.get(attempt.order_id)
    return found


def _standings(contest: Contest, entries: list[Entry]) -> dict[str, RunningTotals]:
    """For each entry, by its address key. Points are always added up, because held orders bring their own rules."""
    others = Purchase.objects.filter(contest=contest, entry=OuterRef("pk")).exclude(status=Purchase.Status.VOIDED)
    lines = PointTransaction.objects.filter(contest=contest, entry=OuterRef("pk"), purchase_id__isnull=False)
    points = Subquery(lines.order_by().values("entry").annotate(sum=Sum("points")).values("sum"))
    rows = Entry.objects.filter(pk__in=[entry.pk for entry in entries]).values_list(
        "pk", Exists(others), Coalesce(points, Value(0))
    )
    history = {pk: (has_others, before) for pk, has_others, before in rows}
    return {entry.email_key: RunningTotals(entry, *history[entry.pk]) for entry in entries}


def _judge(contest: Contest, order: NewPurchase, standing: RunningTotals, held: RejectedPurchase | None) -> ScoredOrder:
    rule_set, state = contest.current_rules, state_of(contest)
    differences: Differences = {}
    if held is not None:
        rule_set, state, order, differences = first_receipt(contest, held, order)
    one = score(
        standing.entry,
        order,
        rule_set=rule_set,
        state=state,
        is_first_purchase=not standing.has_others,
        points_before=standing.points_before,
        differences=differences,
    )
    standing.has_others = True
    standing.points_before += one.award.points
    return one


def _insert(judged: list[ScoredOrder], api_key: ApiKey, received_at: datetime) -> list[str]:
    """Write purchases and their ledger lines; the ids of the purchases."""
    if not judged:
        return []
    rows = [columns_of(one, api_key, received_at) for one in judged]
    # Race: two batches with the same orders for other entries. Both insert in the order of the ids, and one waits.
    columns = [list(column) for column in zip(*sorted(rows, key=_order_id_of), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_ALL, columns)
        if len(cursor.fetchall()) < len(judged):
            raise Raced
    ids = [row[0] for row in rows]
    earned = [
        ledger.NewLine(one.entry, one.award.points, purchase_id, one.order.purchased_at)
        for one, purchase_id in zip(judged, ids, strict=True)
        if one.award.points
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
    """Hold what has no entry; given back are the orders to look at again, one by one."""
    with transaction.atomic():
        # Race: an order is being recorded for another entry. This waits for it, and what is recorded is not held.
        lock_orders(contest.pk, [order.order_id for order in orders])
        held = hold_orders(contest, orders, api_key=api_key, received_at=received_at)
    # Race: somebody made the entry meanwhile; as for a single order, both sides look again after they wrote.
    keys = {order.email.key for order in orders}
    there = set(Entry.objects.filter(contest=contest, email_key__in=keys).values_list("email_key", flat=True))
    return [order for order in orders if order.order_id not in held or order.email.key in there]
