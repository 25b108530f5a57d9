"""Holding orders that have no entry yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from blitzrocket.ids import new_id
from blitzrocket.postgres.statements import Commit, Rows, RowsStatement, send
from blitzrocket.strict_json import write
from purchases.models import EventKind, order_key
from purchases.services.locking import lock_orders
from purchases.services.order_scoring import Conditions, NewPurchase
from purchases.services.outbox import events_of
from purchases.services.record_statements import Call


@dataclass(frozen=True, slots=True)
class Holding:
    """Orders that were sent to be held, with different ids; read the result after the transaction."""

    orders: Sequence[NewPurchase]
    held: Rows
    entries: Rows

    def not_held(self) -> list[NewPurchase]:
        """Those to record now: recorded meanwhile, or with an entry since."""
        held = {order_id for (order_id,) in self.held.all()}
        existing = {key for (key,) in self.entries.all()}
        return [order for order in self.orders if order.order_id not in held or order.email.key in existing]


def hold_orders(call: Call, orders: Sequence[NewPurchase], conditions: Conditions, commit: Commit) -> Holding:
    """Hold orders with different ids, in a pipeline whose transaction has written nothing yet.

    An order already held is counted again and takes the values received last, but keeps the time of purchase, the rules
    and the contest's state of its first receipt. A dismissed one stays dismissed.
    """
    # Race: an order is being recorded for another entry. This waits for it, and what is recorded is not held.
    order_ids = [order.order_id for order in orders]
    lock_orders(call.contest_id, order_ids)
    rows = [_row_of(place, order) for place, order in enumerate(orders)]
    values = _values(call, conditions) | {"order_ids": order_ids}
    endpoints = conditions.subscribers.get(EventKind.HELD)
    held = _HOLD_AND_TELL.send(rows, **values, endpoints=endpoints) if endpoints else _HOLD.send(rows, **values)
    # Race: an entry was created meanwhile. Its creation looks for held orders after committing, and this looks for the
    # entry after holding, so that one of the two sees the other.
    commit(wait=False)
    entries = send(_ENTRIES, {"contest": call.contest_id, "keys": sorted({order.email.key for order in orders})})
    return Holding(orders, held, entries)


def _row_of(place: int, order: NewPurchase) -> dict[str, object]:
    return {
        "place": place,
        "id": new_id("rejected"),
        "order_id": order.order_id,
        "order_key": order_key(order.order_id),
        "email": order.email.address,
        "email_key": order.email.key,
        "amount": str(order.amount),
        "currency": order.currency,
        "purchased_at": order.purchased_at,
    }


def _values(call: Call, conditions: Conditions) -> dict[str, object]:
    return {
        "team": call.team_id,
        "contest": call.contest_id,
        "rule_set": conditions.rules.id,
        "contest_state": write(conditions.state).decode(),
        "api_key": call.api_key.pk if call.api_key else None,
        "received_at": call.received_at,
    }


# In the order received, which is that of their numbers. An order that was recorded manually in another contest of the
# team, and not in this one, is held here when it is received again. What is recorded is read apart from the rows that
# were sent, because an insert of these cannot compare each with a table that is spread over servers.
_HOLDING = """
    INSERT INTO purchases_rejectedpurchase AS known (
        id, team_id, contest_id, contest_sent, order_id, order_key, code, details, state, email, email_key, amount,
        currency, purchased_at, rule_set_id, contest_state, api_key_id, times, first_received_at, last_received_at
    )
    SELECT
        sent.id, %(team)s::text, %(contest)s::text, %(contest)s::text, sent.order_id, sent.order_key,
        'entry_not_found', '[]', 'held', sent.email, sent.email_key, sent.amount, sent.currency, sent.purchased_at,
        %(rule_set)s::text, %(contest_state)s::jsonb, %(api_key)s::text, 1, %(received_at)s::timestamptz,
        %(received_at)s::timestamptz
    FROM {sent}
    WHERE sent.order_id NOT IN (
        SELECT purchase.order_id FROM purchases_purchase purchase
        WHERE purchase.contest_id = %(contest)s::text AND purchase.order_id = ANY(%(order_ids)s::text[])
    )
    ORDER BY sent.place
    ON CONFLICT (contest_sent, order_id, code, team_id) DO UPDATE SET
        times = known.times + 1, last_received_at = excluded.last_received_at, email = excluded.email,
        email_key = excluded.email_key, amount = excluded.amount, currency = excluded.currency,
        state = CASE known.state WHEN 'recorded' THEN 'held' ELSE known.state END,
        purchase_id = CASE known.state WHEN 'recorded' THEN NULL ELSE known.purchase_id END
    RETURNING {result}
"""
_HOLD_COLUMNS = {
    "place": "int",
    "id": "text",
    "order_id": "text",
    "order_key": "text",
    "email": "text",
    "email_key": "text",
    "amount": "text",
    "currency": "text",
    "purchased_at": "timestamptz",
}
_HOLD = RowsStatement(_HOLDING.replace("{result}", "order_id"), **_HOLD_COLUMNS)
# Subscribers are told when an order is held, and not each time that it is received again.
_HOLD_AND_TELL = RowsStatement(
    f"""
    WITH held AS ({_HOLDING.replace("{result}", "id, order_id, times")}),
    event AS ({events_of("(SELECT id FROM held WHERE times = 1)", EventKind.HELD, "''")})
    SELECT order_id FROM held
    """,
    **_HOLD_COLUMNS,
)
_ENTRIES = """
    SELECT email_key FROM contests_entry
    WHERE contest_id = %(contest)s::text AND email_key = ANY(%(keys)s::text[]) AND NOT (email_key = '')
"""
