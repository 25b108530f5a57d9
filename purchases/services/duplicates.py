"""Counting duplicates: how often a recorded order was received again, and how it differed."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from blitzrocket.postgres.statements import RowsStatement
from blitzrocket.strict_json import write
from purchases.services.order_scoring import Recorded

# Race: two calls with the same orders, or a recalculation. All lock the rows in the order of their ids. The answer does
# not wait for the disk: a crash of the database may lose the last counts, never a purchase.
_COUNT = RowsStatement(
    """
    WITH duplicate AS MATERIALIZED (
        SELECT sent.id, sent.times, sent.differences::jsonb AS differences
        FROM {sent}
        JOIN purchases_purchase purchase ON purchase.contest_id = %(contest)s::text AND purchase.id = sent.id
        WHERE set_config('synchronous_commit', 'off', true) = 'off'
        ORDER BY purchase.id FOR NO KEY UPDATE OF purchase
    ), counted AS (
        INSERT INTO purchases_duplicatecount (contest_id, day, purchase_id, times)
        SELECT %(contest)s::text, (%(at)s::timestamptz AT TIME ZONE 'UTC')::date, id, times FROM duplicate ORDER BY id
        ON CONFLICT (contest_id, day, purchase_id)
        DO UPDATE SET times = purchases_duplicatecount.times + excluded.times
    )
    UPDATE purchases_purchase purchase SET
        duplicates = purchase.duplicates + duplicate.times,
        last_duplicate_at = %(at)s::timestamptz,
        last_differences = coalesce(duplicate.differences, purchase.last_differences)
    FROM duplicate WHERE purchase.contest_id = %(contest)s::text AND purchase.id = duplicate.id
    """,
    id="text",
    times="int",
    differences="text",
)


def count_duplicates(contest_id: str, duplicates: Sequence[Recorded], received_at: datetime) -> None:
    """Count duplicates on the purchases' own rows, in a transaction of its own, so that only the same orders wait."""
    times = Counter(recorded.purchase_id for recorded in duplicates)
    last = {recorded.purchase_id: recorded for recorded in duplicates}
    rows: list[dict[str, Any]] = [
        {"id": purchase_id, "times": times[purchase_id], "differences": _json_of(last[purchase_id])}
        for purchase_id in sorted(last)
    ]
    _COUNT.send(rows, contest=contest_id, at=received_at)


def _json_of(recorded: Recorded) -> str | None:
    return write(recorded.differences).decode() if recorded.differences else None
