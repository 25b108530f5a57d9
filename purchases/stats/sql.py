"""The daily figures as the rows themselves give them: the one place that says what each figure counts.

A figure's day is the day, in UTC, on which we heard: of an order when it was recorded, of a refund or a void when it
was done. So nothing that happens later changes a day that is over.

Orders that were brought along from another service are in no figure, nor are their refunds and voids: they were bought
there, before. Only how often the shop sends them again counts as for any order.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from blitzrocket.ids import end_id, least_id

_HEARD = """
    JOIN asked USING (contest_id)
    WHERE contest_id = ANY(%(contests)s) AND created_at >= since AND created_at < %(end)s
"""
_BOUGHT = f"{_HEARD} AND id >= %(purchase_from)s AND id < %(purchase_to)s AND rule_set_id IS NOT NULL"
_DAY = "(created_at AT TIME ZONE 'UTC')::date AS day"
# What a purchase is worth as an act's "before" and "after" tell it.
_WORTH = """
    CASE WHEN act.{side}->>'status' = 'voided' THEN 0 ELSE purchase.amount - (act.{side}->>'refunded')::numeric END
"""
# Few contests have any such purchase, and an index has those alone.
_NOT_OF_HISTORY = """
    NOT EXISTS (
        SELECT FROM purchases_purchase history
        WHERE history.contest_id = line.contest_id AND history.id = line.purchase_id AND history.rule_set_id IS NULL
    )
"""
_FIGURES = f"""
    bought AS MATERIALIZED (
        SELECT contest_id, {_DAY}, currency, rule_set_id,
            count(*) AS count, sum(amount) AS paid, sum(points_awarded) AS points
        FROM purchases_purchase {_BOUGHT} GROUP BY 1, 2, 3, 4
    ), acts AS (
        SELECT act.contest_id, (act.created_at AT TIME ZONE 'UTC')::date AS day, purchase.currency,
            sum({_WORTH.format(side="after")} - {_WORTH.format(side="before")}) AS paid
        FROM audit_auditevent act JOIN purchases_purchase purchase
        ON purchase.contest_id = act.contest_id AND purchase.id = act.object_id
        JOIN asked ON asked.contest_id = act.contest_id
        WHERE act.object_type = 'purchase' AND act.before ? 'status' AND act.contest_id = ANY(%(contests)s)
        AND purchase.rule_set_id IS NOT NULL
        AND act.created_at >= %(start)s AND act.created_at >= since AND act.created_at < %(end)s
        GROUP BY 1, 2, 3
    )
    SELECT contest_id, day, 'purchases' AS figure, '' AS key, sum(count)::bigint AS count, sum(points) AS amount
    FROM bought GROUP BY 1, 2
    UNION ALL
    SELECT contest_id, day, 'rule_set', rule_set_id, sum(count)::bigint, sum(points) FROM bought GROUP BY 1, 2, 4
    UNION ALL
    SELECT contest_id, day, 'revenue', currency, sum(count)::bigint, sum(paid) FROM (
        SELECT contest_id, day, currency, count, paid FROM bought
        UNION ALL SELECT contest_id, day, currency, 0, paid FROM acts WHERE paid <> 0
    ) money GROUP BY 1, 2, 4
    UNION ALL
    SELECT contest_id, {_DAY}, 'rule', line->>'ruleId', count(*), sum((line->'points')::numeric)
    FROM purchases_purchase CROSS JOIN jsonb_array_elements(explanation->'rules') line {_BOUGHT}
    AND line->'matched' = 'true' AND explanation->'notEarning' = 'null' GROUP BY 1, 2, 4
    UNION ALL
    SELECT contest_id, {_DAY}, 'ledger', kind, count(*), sum(points) FROM contests_pointtransaction line {_HEARD}
    AND id >= %(points_from)s AND id < %(points_to)s AND {_NOT_OF_HISTORY} GROUP BY 1, 2, 4
    UNION ALL
    SELECT contest_id, {_DAY}, 'entries', '', count(*), 0 FROM contests_entry {_HEARD}
    AND id >= %(entry_from)s AND id < %(entry_to)s GROUP BY 1, 2
    UNION ALL
    SELECT contest_id, day, 'duplicates', '', sum(times), count(*) FROM purchases_duplicatecount
    JOIN asked USING (contest_id) WHERE contest_id = ANY(%(contests)s)
    AND day >= (since AT TIME ZONE 'UTC')::date AND day < %(end_day)s GROUP BY 1, 2
"""
BETWEEN = f"""
    WITH asked AS (SELECT unnest(%(contests)s::text[]) AS contest_id, %(start)s::timestamptz AS since), {_FIGURES}
"""
# What is not added up yet. It takes one look at how far each contest is and at its figures, so that nothing is counted
# twice where somebody adds up meanwhile.
SINCE_ROLLED_UP = f"""
    WITH asked AS (
        SELECT contest_id, greatest(until, %(start)s) AS since FROM purchases_rollupcursor
        WHERE contest_id = ANY(%(contests)s)
    ), {_FIGURES}
"""


def values_for(contest_ids: Sequence[str], start: datetime, end: datetime) -> dict[str, Any]:
    """What the statements take to be about these contests, from the start on, up to and without the end.

    How often orders were sent again is kept by day: a day counts where it ends in this time.
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
