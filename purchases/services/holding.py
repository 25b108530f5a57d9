"""Holding orders that have no entry yet."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from apikeys.models import ApiKey
from blitzrocket.ids import new_id
from blitzrocket.strict_json import write
from contests.models import Contest
from purchases.models import order_key
from purchases.services.order_scoring import NewPurchase, state_of


def hold_orders(contest: Contest, orders: Sequence[NewPurchase], *, api_key: ApiKey, received_at: datetime) -> set[str]:
    """Hold orders with different ids, which the caller has locked; returns the ids of those held.

    The others are recorded. An order already held is counted again and takes the values received last, but keeps the
    time of purchase, the rules and the contest's state of its first receipt. A dismissed one stays dismissed.
    """
    rows = [
        (
            new_id("rejected"),
            order.order_id,
            order_key(order.order_id),
            order.email.address,
            order.email.key,
            str(order.amount),
            order.currency,
            order.purchased_at,
        )
        for order in orders
    ]
    names = ("ids", "order_ids", "order_keys", "emails", "email_keys", "amounts", "currencies", "purchased_at")
    values: dict[str, Any] = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    values |= {
        "team": contest.team_id,
        "contest": contest.pk,
        "rule_set": contest.rule_set_id,
        "contest_state": write(msgspec.to_builtins(state_of(contest))).decode(),
        "api_key": api_key.pk,
        "received_at": received_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, values)
        return {order_id for (order_id,) in cursor.fetchall()}


# In the order received, which is that of their numbers. An order that was recorded manually in another contest of the
# team, and not in this one, is held here when it is received again.
_HOLD = """
    INSERT INTO purchases_rejectedpurchase AS known (
        id, team_id, contest_id, contest_sent, order_id, order_key, code, details, state, email, email_key, amount,
        currency, purchased_at, rule_set_id, contest_state, api_key_id, times, first_received_at, last_received_at
    )
    SELECT
        sent.id, %(team)s, %(contest)s, %(contest)s, sent.order_id, sent.order_key, 'entry_not_found', '[]', 'held',
        sent.email, sent.email_key, sent.amount, sent.currency, sent.purchased_at, %(rule_set)s,
        %(contest_state)s::jsonb, %(api_key)s, 1, %(received_at)s, %(received_at)s
    FROM unnest(
        %(ids)s::text[], %(order_ids)s::text[], %(order_keys)s::text[], %(emails)s::text[], %(email_keys)s::text[],
        %(amounts)s::text[], %(currencies)s::text[], %(purchased_at)s::timestamptz[]
    ) WITH ORDINALITY
        AS sent (id, order_id, order_key, email, email_key, amount, currency, purchased_at, place)
    WHERE NOT EXISTS (
        SELECT FROM purchases_purchase purchase
        WHERE purchase.contest_id = %(contest)s AND purchase.order_id = sent.order_id
    )
    ORDER BY sent.place
    ON CONFLICT (contest_sent, order_id, code, team_id) DO UPDATE SET
        times = known.times + 1, last_received_at = excluded.last_received_at, email = excluded.email,
        email_key = excluded.email_key, amount = excluded.amount, currency = excluded.currency,
        state = CASE known.state WHEN 'recorded' THEN 'held' ELSE known.state END,
        purchase_id = CASE known.state WHEN 'recorded' THEN NULL ELSE known.purchase_id END
    RETURNING order_id
"""
