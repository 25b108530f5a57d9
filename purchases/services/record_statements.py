"""What a recording locks, reads and writes, each in one statement for any number of orders.

The order of locks, everywhere: entries by id, then orders, then purchases and rejected orders by id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from apikeys.models import ApiKey
from blitzrocket.ids import new_digits
from blitzrocket.postgres.statements import RowsStatement, is_spread, send
from contests.ledger import (
    BALANCE_AFTER_NEW_PURCHASE,
    BALANCES_AFTER_NEW_PURCHASES,
    LINE_OF_NEW_PURCHASE,
    LINES_OF_NEW_PURCHASES,
)
from contests.models.rule_cache import published_rules
from contests.stored_scoring import scoring_json
from purchases.models import EventKind, order_key
from purchases.services.locking import order_lock_key
from purchases.services.order_scoring import (
    Conditions,
    ContestState,
    EntryTotals,
    FirstReceipt,
    NewPurchase,
    RecordedOrder,
    ScoredOrder,
)
from purchases.services.order_statements import OrderStatement
from purchases.services.outbox import SUBSCRIBERS, Subscribers, events_of, subscribers_in


@dataclass(frozen=True, slots=True)
class Call:
    """Where orders are recorded, and who sends them when."""

    contest_id: str
    team_id: str
    api_key: ApiKey | None
    received_at: datetime


class OrderFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the database knows about an order that is to be recorded."""

    conditions: Conditions  # the contest's current ones
    entry: EntryTotals | None
    recorded: RecordedOrder | None
    first_receipt: FirstReceipt | None  # of an order on hold
    has_open_rejections: bool
    has_pending_refunds: bool

    @property
    def is_plainly_new(self) -> bool:
        """Whether there is nothing of it yet but its entry."""
        return bool(self.entry) and not (self.recorded or self.has_open_rejections or self.has_pending_refunds)

    @property
    def is_recordable(self) -> bool:
        """Whether it is recorded and not voided, or has the entry to be recorded for."""
        return not self.recorded.is_voided if self.recorded else self.entry is not None

    @property
    def will_be_refunded(self) -> bool:
        """Whether it is new, and a refund that came before it is made at once."""
        return bool(self.has_pending_refunds and self.entry and not self.recorded)


# Races: (1) Two orders of one entry at once. The entry's lock makes them take turns, and what caps and “first purchase”
# depend on is read in the next statement, whose snapshot is younger than the lock. (2) A refund for the order, or its
# holding, happens now: both lock the order exclusively, and are seen by the next statement. An order without an entry
# is not locked, because holding locks it exclusively; two such calls would wait for each other forever. (3) An order
# that is recorded: there is nothing to decide, so a duplicate waits for nobody and writes nothing that must be durable.
_LOCKING = """
    WITH locked AS MATERIALIZED (
        SELECT sent.place, sent.lock, entry.id
        FROM {sent}
        JOIN contests_entry entry ON entry.contest_id = %(contest)s::text AND entry.email_key = sent.email_key
        AND NOT (entry.email_key = '')
        WHERE EXISTS (
            SELECT FROM contests_contest contest
            WHERE contest.id = %(contest)s::text AND contest.team_id = %(team)s::text
        ) AND {is_not_recorded}
        ORDER BY entry.id FOR NO KEY UPDATE OF entry {how}
    )
    SELECT place, id FROM (SELECT * FROM locked ORDER BY lock) AS in_order WHERE {lock_order}
"""
_LOCK_COLUMNS = {"place": "int", "order_id": "text", "email_key": "text", "lock": "bigint"}
_LOCK = OrderStatement(
    _LOCKING.replace("{how}", "").replace("{lock_order}", "pg_advisory_xact_lock_shared(lock) IS NOT NULL"),
    **_LOCK_COLUMNS,
)
_LOCK_IF_FREE = OrderStatement(
    _LOCKING.replace("{how}", "SKIP LOCKED").replace("{lock_order}", "pg_try_advisory_xact_lock_shared(lock)"),
    **_LOCK_COLUMNS,
)

# The sum of an entry's points is read only where a cap depends on it, and whether it has an order that is not voided
# only where its last line does not say so: reading that takes half of the statement.
_FACTS = """
    {known}
    SELECT
        contest.rule_set_id, contest.tracking_enabled, contest.status, contest.starts_at, contest.ends_at,
        entry.id, entry.points, entry.line_count, entry.is_disqualified,
        CASE WHEN entry.line_count > 0 AND entry.last_earned_number = entry.line_count THEN true ELSE EXISTS (
            SELECT FROM purchases_purchase other
            WHERE other.contest_id = %(contest)s::text AND other.entry_id = entry.id AND other.status <> 'voided'
        ) END,
        CASE WHEN held.id IS NOT NULL OR EXISTS (
            SELECT FROM contests_ruleset live
            WHERE live.contest_id = %(contest)s::text AND live.id = contest.rule_set_id
            AND live.content ->> 'cap_per_entry' IS NOT NULL
        ) THEN (
            SELECT coalesce(sum(line.points), 0)::bigint FROM contests_pointtransaction line
            WHERE line.contest_id = %(contest)s::text AND line.entry_id = entry.id AND line.purchase_id IS NOT NULL
        ) ELSE 0 END,
        purchase.id, purchase.entry_id, purchase.email, purchase.email_key, purchase.amount, purchase.currency,
        purchase.status = 'voided',
        held.purchased_at, held.rule_set_id, held.contest_state,
        {has_open_rejections},
        {has_pending_refunds},
        {SUBSCRIBERS}
    FROM {sent}
    JOIN contests_contest contest ON contest.id = %(contest)s::text AND contest.team_id = %(team)s::text
    LEFT JOIN contests_entry entry ON entry.contest_id = %(contest)s::text AND {is_its_entry}
    LEFT JOIN {recorded}
    LEFT JOIN {held}
    ORDER BY sent.place
""".replace("{SUBSCRIBERS}", SUBSCRIBERS)
_COLUMNS = {"place": "int", "order_id": "text"}
_FACTS_BY_EMAIL = OrderStatement(
    _FACTS.replace("{is_its_entry}", "entry.email_key = sent.email_key AND NOT (entry.email_key = '')"),
    **_COLUMNS,
    email_key="text",
)
_FACTS_BY_ENTRY = OrderStatement(
    _FACTS.replace("{is_its_entry}", "entry.id = sent.entry_id"), **_COLUMNS, entry_id="text"
)

# Race: the same order of two entries at once. The second insert waits for the first one's commit and is refused.
_NEW_PURCHASE = """
    INSERT INTO purchases_purchase (
        id, contest_id, entry_id, order_id, order_key, email, email_key, amount, currency, purchased_at, status,
        points_awarded, points_now, rule_set_id, scoring, api_key_id, created_at, refunded_amount, duplicates
    )
"""
_WRITING = f"""
    WITH sent AS (SELECT * FROM {{sent}}),
    purchase AS (
        {_NEW_PURCHASE}
        SELECT
            id, %(contest)s::text, entry_id, order_id, order_key, email, email_key, amount, currency, purchased_at,
            'recorded', points, points, rule_set_id, scoring::jsonb, %(api_key)s::text, %(received_at)s::timestamptz,
            0, 0
        FROM sent
    ),
    {{events}}
    line AS ({LINES_OF_NEW_PURCHASES})
    {BALANCES_AFTER_NEW_PURCHASES}
"""
_WRITE_COLUMNS = {
    "id": "text",
    "entry_id": "text",
    "order_id": "text",
    "order_key": "text",
    "email": "text",
    "email_key": "text",
    "amount": "numeric",
    "currency": "text",
    "purchased_at": "timestamptz",
    "points": "bigint",
    "rule_set_id": "text",
    "scoring": "text",
    "line_id": "text",
    "line_number": "int",
    "balance": "bigint",
    "is_last_line": "boolean",
}
_WRITE = RowsStatement(_WRITING.replace("{events}", ""), **_WRITE_COLUMNS)
_WRITE_AND_TELL = RowsStatement(
    _WRITING.replace("{events}", f"event AS ({events_of('sent', EventKind.RECORDED, 'fact.entry_id')}),"),
    **_WRITE_COLUMNS,
)
# Where tables are spread over servers, the server that is asked would put a statement on several of them together
# itself: an order took 14 ms of processor time, and takes 7 where each goes to the contest's server as it is.
_WRITE_ONE = f"""
    {_NEW_PURCHASE}
    VALUES (
        %(id)s::text, %(contest)s::text, %(entry_id)s::text, %(order_id)s::text, %(order_key)s::text, %(email)s::text,
        %(email_key)s::text, %(amount)s::numeric, %(currency)s::text, %(purchased_at)s::timestamptz, 'recorded',
        %(points)s::bigint, %(points)s::bigint, %(rule_set_id)s::text, %(scoring)s::jsonb, %(api_key)s::text,
        %(received_at)s::timestamptz, 0, 0
    )
"""

# Race: two calls with the same orders. Both lock the rows in the order of their ids.
_CLOSE = """
    WITH closing AS MATERIALIZED (
        SELECT rejected.id, purchase.id AS purchase_id
        FROM purchases_purchase purchase JOIN purchases_rejectedpurchase rejected
        ON rejected.contest_id = purchase.contest_id AND rejected.contest_sent = purchase.contest_id
        AND rejected.order_id = purchase.order_id AND rejected.state IN ('rejected', 'held')
        WHERE purchase.contest_id = %(contest)s::text AND purchase.order_id = ANY(%(order_ids)s::text[])
        AND purchase.status <> 'voided'
        ORDER BY rejected.id FOR NO KEY UPDATE OF rejected
    )
    UPDATE purchases_rejectedpurchase rejected SET state = 'recorded', purchase_id = closing.purchase_id
    FROM closing WHERE rejected.contest_sent = %(contest)s::text AND rejected.id = closing.id
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """The facts of orders under their locks; none where the team has no such contest."""

    facts: list[OrderFacts]
    locked_entries: Mapping[int, str]  # by the order's place

    def is_locked(self, place: int) -> bool:
        """Whether an order's entry is locked, if it has to be; one may have been created between the two statements."""
        facts = self.facts[place]
        return bool(facts.recorded) or not facts.entry or self.locked_entries.get(place) == facts.entry.id

    def is_free(self, place: int) -> bool:
        """Whether an order can be recorded without waiting, and with others."""
        return self.is_locked(place) and not self.facts[place].will_be_refunded

    @property
    def is_current(self) -> bool:
        return all(map(self.is_locked, range(len(self.facts))))

    @property
    def has_pending_refunds(self) -> bool:
        """Whether one of the orders that are new has any."""
        return any(each.will_be_refunded for each in self.facts)


def read_locked(call: Call, orders: Sequence[NewPurchase], *, wait: bool = True) -> Reading:
    """Lock the entries with the emails of new orders and, shared, the orders that have one; then read what is known.

    Without ``wait``, locks that others hold are left out.
    """
    rows = [
        {
            "place": place,
            "order_id": order.order_id,
            "email_key": order.email.key,
            "lock": order_lock_key(call.contest_id, order.order_id),
        }
        for place, order in enumerate(orders)
    ]
    lock = _LOCK if wait else _LOCK_IF_FREE
    locked = lock.send(rows, contest=call.contest_id, team=call.team_id)
    known = _FACTS_BY_EMAIL.send(rows, contest=call.contest_id, team=call.team_id)
    return Reading(_facts_of_all(call, known.all(), {}), dict(locked.all()))


def read_facts(call: Call, orders: Sequence[NewPurchase], entries: dict[str, EntryTotals]) -> list[OrderFacts]:
    """What is known about orders by their emails; nothing is locked.

    Entries that are in ``entries`` already keep those totals; the others are added.
    """
    rows = [
        {"place": place, "order_id": order.order_id, "email_key": order.email.key} for place, order in enumerate(orders)
    ]
    known = _FACTS_BY_EMAIL.send(rows, contest=call.contest_id, team=call.team_id)
    return _facts_of_all(call, known.all(), entries)


def read_facts_for(entry_id: str, call: Call, order: NewPurchase) -> OrderFacts:
    """What is known about an order of an entry with any email; nothing is locked."""
    row = {"place": 0, "order_id": order.order_id, "entry_id": entry_id}
    known = _FACTS_BY_ENTRY.send([row], contest=call.contest_id, team=call.team_id)
    (facts,) = _facts_of_all(call, known.all(), {})
    return facts


def _facts_of_all(call: Call, rows: Sequence[tuple[Any, ...]], entries: dict[str, EntryTotals]) -> list[OrderFacts]:
    """The facts in the rows of one statement; orders of one entry share its totals, which are added to ``entries``."""
    if not rows:
        return []
    # Of the contest, so the same in all rows.
    rule_set_id, *state = rows[0][:5]
    current = Conditions(
        published_rules(call.contest_id, rule_set_id), ContestState(*state), subscribers_in(rows[0][-1])
    )
    return [_facts_of(call, current, row, entries) for row in rows]


def _facts_of(call: Call, current: Conditions, row: tuple[Any, ...], entries: dict[str, EntryTotals]) -> OrderFacts:
    held_at, held_rule_set_id, held_state, has_open_rejections, has_pending_refunds, _ = row[18:]
    return OrderFacts(
        conditions=current,
        entry=entries.setdefault(row[5], EntryTotals(*row[5:11])) if row[5] else None,
        recorded=RecordedOrder(*row[11:18]) if row[11] else None,
        first_receipt=_first_receipt(call, current, held_at, held_rule_set_id, held_state) if held_at else None,
        has_open_rejections=has_open_rejections,
        has_pending_refunds=has_pending_refunds,
    )


def _first_receipt(
    call: Call, current: Conditions, purchased_at: datetime, rule_set_id: str, state: str | None
) -> FirstReceipt:
    held_state = msgspec.json.decode(state, type=ContestState) if state else current.state
    return FirstReceipt(
        purchased_at=purchased_at,
        conditions=Conditions(published_rules(call.contest_id, rule_set_id), held_state),
    )


def write_orders(call: Call, scored_orders: Sequence[ScoredOrder], subscribers: Subscribers) -> list[str]:
    """Write purchases, ledger lines, the entries' points and events; returns the purchases' ids.

    The caller holds the entries' locks, because number and balance of the lines continue from what it read.
    """
    if not scored_orders:
        return []
    last_lines = {scored.entry_id: scored for scored in scored_orders if scored.award.points}
    rows = [
        _row_of(scored, digits, is_last_line=last_lines.get(scored.entry_id) is scored)
        for scored, digits in zip(scored_orders, new_digits(len(scored_orders)), strict=True)
    ]
    # Race: two batches with the same orders for other entries. Both insert in the order of the ids, and one waits.
    in_order = sorted(rows, key=lambda row: row["order_id"])
    values = {
        "contest": call.contest_id,
        "api_key": call.api_key.pk if call.api_key else None,
        "received_at": call.received_at,
    }
    if endpoints := subscribers.get(EventKind.RECORDED):
        _WRITE_AND_TELL.send(in_order, **values, endpoints=endpoints)
    elif len(in_order) == 1 and is_spread():
        _write_one(in_order[0] | values)
    else:
        _WRITE.send(in_order, **values)
    return [row["id"] for row in rows]


def _write_one(values: dict[str, Any]) -> None:
    send(_WRITE_ONE, values)
    if values["points"] > 0:
        send(LINE_OF_NEW_PURCHASE, values)
        send(BALANCE_AFTER_NEW_PURCHASE, values)


def _row_of(scored: ScoredOrder, digits: str, *, is_last_line: bool) -> dict[str, Any]:
    """The row of an order; the ids of its purchase and its line have the same digits."""
    order = scored.order
    return {
        "id": f"purchase_{digits}",
        "entry_id": scored.entry_id,
        "order_id": order.order_id,
        "order_key": order_key(order.order_id),
        "email": order.email.address,
        "email_key": order.email.key,
        "amount": order.amount,
        "currency": order.currency,
        "purchased_at": order.purchased_at,
        "points": scored.award.points,
        "rule_set_id": scored.rules.id,
        "scoring": scoring_json(scored.facts, scored.award),
        "line_id": f"points_{digits}",
        "line_number": scored.line_number,
        "balance": scored.balance,
        "is_last_line": is_last_line,
    }


def close_rejections(contest_id: str, order_ids: Sequence[str]) -> None:
    """Mark the open rejections of recorded orders as resolved; not those of a voided one.

    An attach that was undone has voided its purchase and holds the order again.
    """
    if order_ids:
        send(_CLOSE, {"contest": contest_id, "order_ids": list(order_ids)})
