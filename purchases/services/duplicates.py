"""Counting duplicates: how often a recorded order was received again, and with which other values."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from blitzrocket.postgres.statements import RowsStatement, send
from purchases.services.order_scoring import NewPurchase, Recorded

# Different ones that a purchase keeps: those received last.
MAX_DIFFERING = 20

Duplicate = tuple[NewPurchase, Recorded]  # the order as received, and its result

# Race: two calls with the same orders, or a recalculation. All lock the rows in the order of their ids. The answer does
# not wait for the disk: a crash of the database may lose the last counts, never a purchase. They are locked apart from
# the rows that were sent: Citus cannot insert from what locks rows beside others.
_COUNT = RowsStatement(
    """
    WITH locked AS MATERIALIZED (
        SELECT id FROM purchases_purchase
        WHERE contest_id = %(contest)s::text AND id = ANY(%(ids)s::text[])
        AND set_config('synchronous_commit', 'off', true) = 'off'
        ORDER BY id FOR NO KEY UPDATE
    ), duplicate AS MATERIALIZED (
        SELECT sent.id, sent.times FROM {sent} JOIN locked ON locked.id = sent.id
    ), counted AS (
        INSERT INTO purchases_duplicatecount (contest_id, day, purchase_id, times)
        SELECT %(contest)s::text, (%(at)s::timestamptz AT TIME ZONE 'UTC')::date, id, times FROM duplicate ORDER BY id
        ON CONFLICT (contest_id, day, purchase_id)
        DO UPDATE SET times = purchases_duplicatecount.times + excluded.times
    )
    UPDATE purchases_purchase purchase SET
        duplicates = purchase.duplicates + duplicate.times, last_duplicate_at = %(at)s::timestamptz
    FROM duplicate WHERE purchase.contest_id = %(contest)s::text AND purchase.id = duplicate.id
    """,
    id="text",
    times="int",
)

# Race: two calls with the same order and the same other values. The purchase is locked by then, and they take turns.
# The email of an order that has none is not saved: it may be that of a person whose data was erased.
_SAVE_DIFFERING = RowsStatement(
    """
    INSERT INTO purchases_differingduplicate AS known (
        contest_id, purchase_id, email, amount, currency, times, first_received_at, last_received_at
    )
    SELECT
        %(contest)s::text, sent.purchase_id, CASE purchase.email_key WHEN '' THEN '' ELSE sent.email END, sent.amount,
        sent.currency, sum(sent.times)::int, %(at)s::timestamptz, %(at)s::timestamptz
    FROM {sent}
    JOIN purchases_purchase purchase ON purchase.contest_id = %(contest)s::text AND purchase.id = sent.purchase_id
    GROUP BY 2, 3, 4, 5
    ORDER BY min(sent.place)
    ON CONFLICT (contest_id, purchase_id, email, amount, currency) DO UPDATE SET
        times = known.times + excluded.times,
        last_received_at = greatest(known.last_received_at, excluded.last_received_at)
    """,
    purchase_id="text",
    email="text",
    amount="numeric",
    currency="text",
    times="int",
    place="int",  # the last that came are kept
)
_DELETE_OLDEST = """
    DELETE FROM purchases_differingduplicate old
    USING (
        SELECT id, row_number() OVER (PARTITION BY purchase_id ORDER BY last_received_at DESC, id DESC) AS place
        FROM purchases_differingduplicate
        WHERE contest_id = %(contest)s::text AND purchase_id = ANY(%(purchases)s::text[])
    ) ranked
    WHERE old.contest_id = %(contest)s::text AND old.id = ranked.id AND ranked.place > %(limit)s::int
"""


def count_duplicates(contest_id: str, duplicates: Sequence[Duplicate], received_at: datetime) -> None:
    """Count duplicates on the purchases' own rows, in a transaction of its own, so that only the same orders wait.

    Those that differ from the recorded order are saved with their values, in the same transaction.
    """
    times = Counter(recorded.purchase_id for _order, recorded in duplicates)
    ids = sorted(times)
    _COUNT.send([{"id": each, "times": times[each]} for each in ids], contest=contest_id, ids=ids, at=received_at)
    if differing := list(_differing_rows(duplicates)):
        _SAVE_DIFFERING.send(differing, contest=contest_id, at=received_at)
        purchases = sorted({row["purchase_id"] for row in differing})
        send(_DELETE_OLDEST, {"contest": contest_id, "purchases": purchases, "limit": MAX_DIFFERING})


def _differing_rows(duplicates: Sequence[Duplicate]) -> Iterator[dict[str, Any]]:
    """One row per purchase and values received, because an insert can touch each row only once."""
    times = Counter(
        (recorded.purchase_id, order.email.address, order.amount, order.currency)
        for order, recorded in duplicates
        if recorded.differences
    )
    for place, ((purchase_id, email, amount, currency), count) in enumerate(times.items()):
        yield {
            "place": place,
            "purchase_id": purchase_id,
            "email": email,
            "amount": amount,
            "currency": currency,
            "times": count,
        }
