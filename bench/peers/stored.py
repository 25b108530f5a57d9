"""How the checks read the lean tables."""

from bench.checks import Stored

STORED = Stored(
    purchases="""
        SELECT purchase.order_id, 'purchase_' || purchase.id, 'entry_' || entry.id, entry.email, purchase.points
        FROM purchase JOIN entry ON entry.contest_id = purchase.contest_id AND entry.id = purchase.entry_id
        WHERE purchase.order_id BETWEEN %(first)s AND %(last)s
    """,
    balances="""
        SELECT entry.id, entry.points, coalesce(line.points, 0), coalesce(purchase.points, 0) FROM entry
        LEFT JOIN (SELECT contest_id, entry_id, sum(points) AS points FROM ledger_line GROUP BY 1, 2) line
            ON line.contest_id = entry.contest_id AND line.entry_id = entry.id
        LEFT JOIN (SELECT contest_id, entry_id, sum(points) AS points FROM purchase GROUP BY 1, 2) purchase
            ON purchase.contest_id = entry.contest_id AND purchase.entry_id = entry.id
    """,
)
