"""Ours: its database, its contest, and how the checks read its tables."""

import json
import os
import subprocess
import sys

from bench.checks import Stored
from bench.orders import Target
from bench.report import BenchError
from bench.servers import ROOT, our_environment
from bench.workload import ENTRIES

NAME = "ours"
SET_UP_SECONDS = 300
STORED = Stored(
    purchases="""
        SELECT purchase.order_id, purchase.id, entry.id, entry.email, purchase.points_awarded
        FROM purchases_purchase purchase
        JOIN contests_entry entry ON entry.contest_id = purchase.contest_id AND entry.id = purchase.entry_id
        WHERE purchase.order_id BETWEEN %(first)s AND %(last)s
    """,
    balances="""
        SELECT entry.id, entry.points, coalesce(line.points, 0), coalesce(purchase.points, 0) FROM contests_entry entry
        LEFT JOIN (
            SELECT contest_id, entry_id, sum(points) AS points FROM contests_pointtransaction GROUP BY 1, 2
        ) line ON line.contest_id = entry.contest_id AND line.entry_id = entry.id
        LEFT JOIN (
            SELECT contest_id, entry_id, sum(points_now) AS points FROM purchases_purchase GROUP BY 1, 2
        ) purchase ON purchase.contest_id = entry.contest_id AND purchase.entry_id = entry.id
    """,
    held="""
        SELECT order_id FROM purchases_rejectedpurchase
        WHERE state = 'held' AND order_id BETWEEN %(first)s AND %(last)s
    """,
    deliveries="""
        SELECT order_id, array_agg(state::text) FROM purchases_storedelivery
        WHERE order_id BETWEEN %(first)s AND %(last)s GROUP BY 1
    """,
)


def set_up(database_url: str, port: int, entries: int = ENTRIES) -> Target:
    """Migrate, and create the contest with its entries, rules and key.

    Raises:
        BenchError: that failed.
    """
    process = subprocess.run(
        [sys.executable, "-m", "bench.product", str(entries)],
        cwd=ROOT,
        env=os.environ | our_environment(database_url, port),
        capture_output=True,
        text=True,
        timeout=SET_UP_SECONDS,
        check=False,
    )
    if process.returncode:
        raise BenchError(f"The contest could not be created:\n{process.stderr}")
    return Target(**json.loads(process.stdout))
