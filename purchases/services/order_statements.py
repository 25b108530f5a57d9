"""Statements that look for what is known of orders by their ids.

Of few orders it is looked for one by one. Of many it is read at once, because their ids lie side by side in an index:
113 orders of a batch took 5 searches instead of 113. For few, the parts in front of the statement cost more than that.
"""

from collections.abc import Mapping, Sequence

from blitzrocket.postgres.exchange import Values
from blitzrocket.postgres.statements import Rows, RowsStatement

MANY = 20
_OF_FEW = {
    "known": "",
    "is_not_recorded": """NOT EXISTS (
            SELECT FROM purchases_purchase recorded
            WHERE recorded.contest_id = %(contest)s::text AND recorded.order_id = sent.order_id
        )""",
    "recorded": """purchases_purchase purchase
    ON purchase.contest_id = %(contest)s::text AND purchase.order_id = sent.order_id""",
    "held": """purchases_rejectedpurchase held
    ON held.contest_sent = %(contest)s::text AND held.order_id = sent.order_id AND held.code = 'entry_not_found'
    AND held.team_id = %(team)s::text AND held.state = 'held'""",
    "has_open_rejections": """EXISTS (
            SELECT FROM purchases_rejectedpurchase rejected
            WHERE rejected.contest_sent = %(contest)s::text AND rejected.order_id = sent.order_id
            AND rejected.team_id = %(team)s::text AND rejected.state IN ('rejected', 'held')
        )""",
    "has_pending_refunds": """EXISTS (
            SELECT FROM purchases_pendingrefund refund
            WHERE refund.contest_id = %(contest)s::text AND refund.order_id = sent.order_id AND refund.state = 'pending'
        )""",
}
_OF_MANY = {
    "known": """WITH recorded AS MATERIALIZED (
        SELECT id, entry_id, order_id, email, email_key, amount, currency, status FROM purchases_purchase
        WHERE contest_id = %(contest)s::text AND order_id = ANY(%(order_ids)s::text[])
    ), open AS MATERIALIZED (
        SELECT id, order_id, code, state, purchased_at, rule_set_id, contest_state FROM purchases_rejectedpurchase
        WHERE contest_sent = %(contest)s::text AND order_id = ANY(%(order_ids)s::text[])
        AND team_id = %(team)s::text AND state IN ('rejected', 'held')
    )""",
    "is_not_recorded": """sent.order_id NOT IN (
            SELECT recorded.order_id FROM purchases_purchase recorded
            WHERE recorded.contest_id = %(contest)s::text AND recorded.order_id = ANY(%(order_ids)s::text[])
        )""",
    "recorded": "recorded purchase ON purchase.order_id = sent.order_id",
    "held": "open held ON held.order_id = sent.order_id AND held.code = 'entry_not_found' AND held.state = 'held'",
    "has_open_rejections": "sent.order_id IN (SELECT order_id FROM open)",
    "has_pending_refunds": """sent.order_id IN (
            SELECT refund.order_id FROM purchases_pendingrefund refund
            WHERE refund.contest_id = %(contest)s::text AND refund.order_id = ANY(%(order_ids)s::text[])
            AND refund.state = 'pending'
        )""",
}


class OrderStatement:
    """A statement over orders for few of them, and the same for many, with these parts of one or the other."""

    def __init__(self, sql: str, **columns: str) -> None:
        self._for_few = RowsStatement(_filled(sql, _OF_FEW), **columns)
        self._for_many = RowsStatement(_filled(sql, _OF_MANY), **columns)

    def send(self, rows: Sequence[Values], *, contest: str, team: str) -> Rows:
        """Send the statement for these orders."""
        if len(rows) < MANY:
            return self._for_few.send(rows, contest=contest, team=team)
        return self._for_many.send(rows, contest=contest, team=team, order_ids=[row["order_id"] for row in rows])


def _filled(sql: str, parts: Mapping[str, str]) -> str:
    for name, part in parts.items():
        sql = sql.replace(f"{{{name}}}", part)
    return sql
