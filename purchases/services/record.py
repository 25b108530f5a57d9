"""Recording orders, exactly once: a contest has at most one purchase per order id, with one award.

Every caller records here, one order or a batch. Each recording locks the entries and orders, reads what is known of
them, scores the orders, and writes purchases, ledger lines and the entries' points, all in one transaction of two round
trips. Many orders are recorded in parts. An order whose email no entry has is held.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Protocol, cast
from zlib import crc32

from django.db import IntegrityError, connection, transaction

from apikeys.models import ApiKey
from blitzrocket.postgres.statements import Commit, pipelined_transaction
from contests.models import Contest, Entry
from contests.scoring import points_that_stay
from purchases.models import Purchase
from purchases.services.duplicates import count_duplicates
from purchases.services.holding import Holding, hold_orders
from purchases.services.order_scoring import (
    Conditions,
    EntryMissing,
    EntryTotals,
    NewPurchase,
    Recorded,
    ScoredOrder,
    score_order,
)
from purchases.services.outbox import NOBODY
from purchases.services.record_statements import (
    Call,
    OrderFacts,
    close_rejections,
    read_facts_for,
    read_locked,
    write_orders,
)
from purchases.services.refund import RefundableOrder, apply_pending_refunds, points_after_pending_refunds

TRIES = 5
SMALL_BATCH = 100  # recorded in one transaction
PARTS = 4  # of the entries, for the transactions of a larger one
ONCE_PER_CONTEST = "purchase_unique_order_per_contest"
Outcome = Recorded | EntryMissing


class ContestMissing(Exception):
    """The team has no contest with this id."""


class Raced(Exception):
    """Another call recorded one of the orders, or created an entry, between two statements."""


def record_purchase(contest_id: str, order: NewPurchase, *, api_key: ApiKey, received_at: datetime) -> Recorded:
    """Record an order, unless it is already recorded.

    Raises:
        ContestMissing: the key's team has no such contest.
        EntryMissing: the contest has no entry with the email; the order is held.
    """
    (outcome,) = record_batch(contest_id, [order], api_key=api_key, received_at=received_at)
    if isinstance(outcome, EntryMissing):
        raise EntryMissing
    return outcome


def record_batch(
    contest_id: str, orders: Sequence[NewPurchase], *, api_key: ApiKey, received_at: datetime
) -> list[Outcome]:
    """Record orders; the outcome of each, in their order. Of an order id that comes twice, the first is recorded.

    Many are recorded in several transactions, so that after an error some may be recorded: sent again, they are
    duplicates.

    Raises:
        ContestMissing: the key's team has no such contest.
    """
    call = Call(contest_id, api_key.team_id, api_key, received_at)
    outcomes: dict[int, Outcome] = {}
    recorded: set[str] = set()
    while len(outcomes) < len(orders):  # once, but for order ids that come twice
        indexes = _next_indexes(orders, outcomes, recorded)
        for part in _parts(orders, indexes):
            outcomes.update(zip(part, _record(call, [orders[index] for index in part]), strict=True))
        recorded = {orders[index].order_id for index in outcomes if isinstance(outcomes[index], Recorded)}
    return [outcomes[index] for index in range(len(orders))]


def record_free(
    contest_id: str, orders: Sequence[NewPurchase], *, api_key: ApiKey, received_at: datetime
) -> list[Outcome | None]:
    """Record orders together, without those that wait for other transactions: None for each of these.

    Also None for an order with a pending refund, and of an order id that comes twice for all but the first.

    Raises:
        ContestMissing: the key's team has no such contest.
    """
    call = Call(contest_id, api_key.team_id, api_key, received_at)
    first: dict[str, NewPurchase] = {}
    for order in orders:
        first.setdefault(order.order_id, order)
    outcomes = _record_if_free(call, list(first.values()))
    return [outcomes.get(order.order_id) if first[order.order_id] is order else None for order in orders]


def _record_if_free(call: Call, orders: Sequence[NewPurchase]) -> dict[str, Outcome]:
    """The outcomes by order id; none where another call has recorded one of the orders meanwhile."""
    holding = None
    try:
        with _races(), pipelined_transaction() as commit:
            reading = read_locked(call, orders, wait=False)
            places = [place for place in range(len(reading.facts)) if reading.is_free(place)]
            free, facts = [orders[place] for place in places], [reading.facts[place] for place in places]
            outcomes = _score_and_write(call, free, facts)
            if facts:
                holding = _hold_and_count(call, free, outcomes, facts[0].conditions, commit)
    except Raced:
        return {}
    if not reading.facts:
        raise ContestMissing
    not_held = {order.order_id for order in holding.not_held()} if holding else set()
    return {
        order.order_id: outcome for order, outcome in zip(free, outcomes, strict=True) if order.order_id not in not_held
    }


class Companion(Protocol):
    """What is read and written in one transaction with orders, each by its place among them."""

    def read(self) -> None:
        """Send what is to be read."""

    def is_free(self, place: int) -> bool:
        """Whether the order may be recorded, by what was read."""

    def write(self, recorded: Mapping[int, Recorded]) -> None:
        """Send what is to be written beside these orders."""


def record_new(
    contest_id: str, orders: Sequence[NewPurchase], *, api_key: ApiKey, received_at: datetime, companion: Companion
) -> dict[int, Recorded]:
    """Record those orders that are plainly new, with what the companion writes of them; their results by place.

    Left out are those that wait for other transactions, are recorded or on hold, have no entry, or a pending refund.
    """
    call = Call(contest_id, api_key.team_id, api_key, received_at)
    try:
        with _races(), pipelined_transaction():
            companion.read()
            reading = read_locked(call, orders, wait=False)
            places = [
                place
                for place, facts in enumerate(reading.facts)
                if facts.is_plainly_new and reading.is_free(place) and companion.is_free(place)
            ]
            if not places:
                return {}
            outcomes = _score_and_write(
                call, [orders[place] for place in places], [reading.facts[place] for place in places]
            )
            recorded = cast("dict[int, Recorded]", dict(zip(places, outcomes, strict=True)))
            companion.write(recorded)
    except Raced:
        return {}
    return recorded


def _next_indexes(orders: Sequence[NewPurchase], outcomes: Container[int], recorded: Container[str]) -> list[int]:
    """The orders without an outcome that can go together: each order id once, unless it is recorded."""
    indexes, order_ids = [], set()
    for index, order in enumerate(orders):
        if index not in outcomes and (order.order_id in recorded or order.order_id not in order_ids):
            indexes.append(index)
            order_ids.add(order.order_id)
    return indexes


def _parts(orders: Sequence[NewPurchase], indexes: list[int]) -> list[list[int]]:
    """Many orders by parts of the entries, each of which is a transaction.

    All batches take the parts in this order. So two with the same entries do not wait for the whole of each other: the
    second one records the first part while the first one records the second.
    """
    if len(indexes) <= SMALL_BATCH or connection.in_atomic_block:  # whose locks stay to its end
        return [indexes]
    parts: list[list[int]] = [[] for _ in range(PARTS)]
    for index in indexes:
        parts[crc32(orders[index].email.key.encode()) % PARTS].append(index)
    return [part for part in parts if part]


def preview_purchase(contest_id: str, order: NewPurchase, *, api_key: ApiKey, received_at: datetime) -> Recorded:
    """The result of recording the order now: locked, read and scored in the same way, but nothing is written.

    Raises:
        ContestMissing: the key's team has no such contest.
        EntryMissing: the contest has no entry with the email.
    """
    call = Call(contest_id, api_key.team_id, None, received_at)
    with pipelined_transaction():
        reading = read_locked(call, [order])
    if not reading.facts:
        raise ContestMissing
    (facts,) = reading.facts
    if facts.recorded:
        return facts.recorded.duplicate(order)
    if facts.entry is None:
        raise EntryMissing
    return _score(order, facts, facts.entry).recorded("")


def record_for(
    entry: Entry, contest: Contest, order: NewPurchase, *, api_key: ApiKey | None, received_at: datetime
) -> Recorded:
    """Record an order for an entry with any email. The caller has locked both, in a transaction that goes on."""
    call = Call(contest.pk, contest.team_id, api_key, received_at)
    facts = read_facts_for(entry.pk, call, order)
    (outcome,) = _score_and_write(call, [order], [facts])
    _make_pending_refunds(call, order, facts)
    return cast("Recorded", outcome)


def plan_points(entry: Entry, contest: Contest, order: NewPurchase) -> int:
    """The points that recording the order for this entry would give it, after its pending refunds.

    0 where the order is recorded. Nothing is locked or written.
    """
    facts = read_facts_for(entry.pk, Call(contest.pk, contest.team_id, None, order.purchased_at), order)
    if facts.recorded or facts.entry is None:
        return 0
    scored = _score(order, facts, facts.entry)
    new = RefundableOrder(
        amount=scored.order.amount,
        currency=scored.order.currency,
        refunded_amount=Decimal(0),
        points_now=scored.award.points,
        count_refunds=lambda: 0,
        points_that_stay=partial(_points_that_stay, scored),
    )
    return points_after_pending_refunds(contest.pk, order.order_id, new)


def _points_that_stay(scored: ScoredOrder, points: int, amount_left: Decimal) -> int:
    return points_that_stay(points, scored.rules.terms, scored.facts, amount_left)


def _record(call: Call, orders: Sequence[NewPurchase]) -> list[Outcome]:
    """Record orders with different ids, and hold those that have no entry."""
    for _ in range(TRIES):
        with suppress(Raced):
            return _record_together(call, orders)
    # Practically never: each try waits for the others at its own orders, and then sees what they recorded.
    return _record_one_by_one(call, orders)


def _record_together(call: Call, orders: Sequence[NewPurchase]) -> list[Outcome]:
    holding = None
    with _races(), pipelined_transaction() as commit:
        reading = read_locked(call, orders)
        is_current, has_pending_refunds = reading.is_current, reading.has_pending_refunds
        if reading.facts and is_current and not has_pending_refunds:
            outcomes = _score_and_write(call, orders, reading.facts)
            holding = _hold_and_count(call, orders, outcomes, reading.facts[0].conditions, commit)
    if not reading.facts:
        raise ContestMissing
    if not is_current:
        raise Raced
    if has_pending_refunds:
        return _record_one_by_one(call, orders)
    return _with_those_not_held(call, orders, outcomes, holding) if holding else outcomes


def _hold_and_count(
    call: Call, orders: Sequence[NewPurchase], outcomes: Sequence[Outcome], conditions: Conditions, commit: Commit
) -> Holding | None:
    """Hold the orders without an entry, and count the duplicates, each in a transaction after the orders' own."""
    missing = [order for order, outcome in zip(orders, outcomes, strict=True) if isinstance(outcome, EntryMissing)]
    duplicates = [
        (order, outcome)
        for order, outcome in zip(orders, outcomes, strict=True)
        if isinstance(outcome, Recorded) and outcome.already_exists
    ]
    holding = None
    if missing:
        commit()
        holding = hold_orders(call, missing, conditions, commit)
    if duplicates:
        commit()
        count_duplicates(call.contest_id, duplicates, call.received_at)
    return holding


def _with_those_not_held(
    call: Call, orders: Sequence[NewPurchase], outcomes: Sequence[Outcome], holding: Holding
) -> list[Outcome]:
    """The outcomes, with those of orders that were not held because they can be recorded now."""
    recorded = {order.order_id: _record(call, [order])[0] for order in holding.not_held()}
    return [recorded.get(order.order_id, outcome) for order, outcome in zip(orders, outcomes, strict=True)]


def _record_one_by_one(call: Call, orders: Sequence[NewPurchase]) -> list[Outcome]:
    """A refund that is made at once leaves more room under a cap for the orders that follow."""
    return [_record_with_refunds(call, order) for order in orders]


def _record_with_refunds(call: Call, order: NewPurchase) -> Outcome:
    for _ in range(TRIES):
        with suppress(Raced), _races(), transaction.atomic():
            facts = _read_current(call, order)
            (outcome,) = _score_and_write(call, [order], [facts])
            _make_pending_refunds(call, order, facts)
            break
    else:
        raise Raced
    with pipelined_transaction() as commit:
        holding = _hold_and_count(call, [order], [outcome], facts.conditions, commit)
    return _with_those_not_held(call, [order], [outcome], holding)[0] if holding else outcome


def _read_current(call: Call, order: NewPurchase) -> OrderFacts:
    reading = read_locked(call, [order])
    if not reading.facts:
        raise ContestMissing
    if not reading.is_current:
        raise Raced
    return reading.facts[0]


@contextmanager
def _races() -> Iterator[None]:
    """Race: the same order is recorded for another entry; the unique constraint refuses the second one.

    Raises:
        Raced: the other call has committed, so the next try sees its purchase.
    """
    try:
        yield
    except IntegrityError as error:
        if ONCE_PER_CONTEST not in str(error):
            raise
        raise Raced from error


def _score_and_write(call: Call, orders: Sequence[NewPurchase], facts: Sequence[OrderFacts]) -> list[Outcome]:
    """Score orders by what is known of them, and write those that are new; their locks are held."""
    pairs = list(zip(orders, facts, strict=True))
    scored = [
        None if known.recorded or known.entry is None else _score(order, known, known.entry) for order, known in pairs
    ]
    subscribers = facts[0].conditions.subscribers if facts else NOBODY
    ids = iter(write_orders(call, [each for each in scored if each], subscribers))
    outcomes = [_outcome(order, known, each, ids) for (order, known), each in zip(pairs, scored, strict=True)]
    rejected = [order.order_id for order, known in pairs if known.has_open_rejections and known.is_recordable]
    close_rejections(call.contest_id, rejected)
    return outcomes


def _score(order: NewPurchase, facts: OrderFacts, entry: EntryTotals) -> ScoredOrder:
    """Score an order; what its first receipt decided stays."""
    if facts.first_receipt is None:
        return score_order(order, entry, facts.conditions, {})
    order, differences = facts.first_receipt.apply_to(order)
    return score_order(order, entry, facts.first_receipt.conditions, differences)


def _outcome(order: NewPurchase, facts: OrderFacts, scored: ScoredOrder | None, ids: Iterator[str]) -> Outcome:
    if scored is not None:
        return scored.recorded(next(ids))
    return facts.recorded.duplicate(order) if facts.recorded else EntryMissing()


def _make_pending_refunds(call: Call, order: NewPurchase, facts: OrderFacts) -> None:
    if facts.will_be_refunded:
        apply_pending_refunds(Purchase.objects.get(contest=call.contest_id, order_id=order.order_id))
