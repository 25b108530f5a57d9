"""The SQL of the daily stats: what each figure counts, from the rows themselves.

A figure's day is the day, in UTC, on which its row was written: an order's when it was recorded, a refund's or void's
when it was made. So nothing that happens later changes a day that is over.

Imported purchases are in no figure, nor are their refunds and voids: they were bought before, in another service. Only
their duplicates count as for any order.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from blitzrocket.ids import end_id, least_id

_WRITTEN = """
    JOIN scope USING (contest_id)
    WHERE contest_id = ANY(%(contests)s) AND created_at >= since AND created_at < %(end)s
"""
_PURCHASES = f"{_WRITTEN} AND id >= %(purchase_from)s AND id < %(purchase_to)s AND rule_set_id IS NOT NULL"
_DAY = "(created_at AT TIME ZONE 'UTC')::date AS day"
# The revenue of a purchase by an audit event's "before" or "after".
_REVENUE = """
    CASE WHEN event.{side}->>'status' = 'voided' THEN 0 ELSE purchase.amount - (event.{side}->>'refunded')::numeric END
"""
# Cheap: few contests have imported purchases, and an index holds only those.
_NOT_IMPORTED = """
    NOT EXISTS (
        SELECT FROM purchases_purchase imported
        WHERE imported.contest_id = line.contest_id AND imported.id = line.purchase_id AND imported.rule_set_id IS NULL
    )
"""
_FIGURES = f"""
    purchase_sums AS MATERIALIZED (
        SELECT contest_id, {_DAY}, currency, rule_set_id,
            count(*) AS count, sum(amount) AS paid, sum(points_awarded) AS points
        FROM purchases_purchase {_PURCHASES} GROUP BY 1, 2, 3, 4
    ), changes AS (
        SELECT event.contest_id, (event.created_at AT TIME ZONE 'UTC')::date AS day, purchase.currency,
            sum({_REVENUE.format(side="after")} - {_REVENUE.format(side="before")}) AS paid
        FROM audit_auditevent event JOIN purchases_purchase purchase
        ON purchase.contest_id = event.contest_id AND purchase.id = event.object_id
        JOIN scope ON scope.contest_id = event.contest_id
        WHERE event.object_type = 'purchase' AND event.before ? 'status' AND event.contest_id = ANY(%(contests)s)
        AND purchase.rule_set_id IS NOT NULL
        AND event.created_at >= %(start)s AND event.created_at >= since AND event.created_at < %(end)s
        GROUP BY 1, 2, 3
    )
    SELECT contest_id, day, 'purchases' AS figure, '' AS key, sum(count)::bigint AS count, sum(points) AS amount
    FROM purchase_sums GROUP BY 1, 2
    UNION ALL
    SELECT contest_id, day, 'rule_set', rule_set_id, sum(count)::bigint, sum(points) FROM purchase_sums GROUP BY 1, 2, 4
    UNION ALL
    SELECT contest_id, day, 'revenue', currency, sum(count)::bigint, sum(paid) FROM (
        SELECT contest_id, day, currency, count, paid FROM purchase_sums
        UNION ALL SELECT contest_id, day, currency, 0, paid FROM changes WHERE paid <> 0
    ) money GROUP BY 1, 2, 4
    UNION ALL
    SELECT contest_id, {_DAY}, 'rule', part.rule_id, count(*), sum(part.points::numeric)
    FROM purchases_purchase CROSS JOIN jsonb_each_text(scoring->'parts') AS part (rule_id, points) {_PURCHASES}
    GROUP BY 1, 2, 4
    UNION ALL
    SELECT contest_id, {_DAY}, 'ledger', kind, count(*), sum(points) FROM contests_pointtransaction line {_WRITTEN}
    AND id >= %(points_from)s AND id < %(points_to)s AND {_NOT_IMPORTED} GROUP BY 1, 2, 4
    UNION ALL
    SELECT contest_id, {_DAY}, 'entries', '', count(*), 0 FROM contests_entry {_WRITTEN}
    AND id >= %(entry_from)s AND id < %(entry_to)s GROUP BY 1, 2
    UNION ALL
    SELECT contest_id, day, 'duplicates', '', sum(times), count(*) FROM purchases_duplicatecount
    JOIN scope USING (contest_id) WHERE contest_id = ANY(%(contests)s)
    AND day >= (since AT TIME ZONE 'UTC')::date AND day < %(end_day)s GROUP BY 1, 2
"""
BETWEEN = f"""
    WITH scope AS (SELECT unnest(%(contests)s::text[]) AS contest_id, %(start)s::timestamptz AS since), {_FIGURES}
"""
# The rows that are not rolled up yet. One statement reads cursors, stats and rows, so that nothing is counted twice
# where hours are rolled up meanwhile. A new contest has no cursor.
SINCE_ROLLED_UP = f"""
    WITH scope AS (
        SELECT contest.contest_id, greatest(rollup.until, %(start)s) AS since
        FROM unnest(%(contests)s::text[]) AS contest (contest_id) LEFT JOIN purchases_rollupcursor rollup
        ON rollup.contest_id = contest.contest_id AND rollup.contest_id = ANY(%(contests)s)
    ), {_FIGURES}
"""


def values_for(contest_ids: Sequence[str], start: datetime, end: datetime) -> dict[str, Any]:
    """The parameters of the statements: contests, start (inclusive) and end (exclusive).

    Duplicates are stored by day, so a day of them counts if it ends in this time.
    """
    values: dict[str, Any] = {
        "contests": list(contest_ids),
        "start": start,
        "end": end,
        "end_day": end.astimezone(UTC).date(),
    }
    for prefix in ("purchase", "points", "entry"):
        values[f"{prefix}_from"] = least_id(prefix, start)
        values[f"{prefix}_to"] = end_id(prefix, end)
    return values
