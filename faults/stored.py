"""What is stored after a harm, compared with what was acknowledged."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import psycopg

from bench.ours import STORED
from faults.load import Acknowledged, Load
from faults.service import Service

PURCHASES = """
    SELECT purchase.order_id, purchase.id, purchase.entry_id, purchase.points_awarded, purchase.points_now,
        (SELECT count(*) FROM contests_pointtransaction line
         WHERE line.contest_id = purchase.contest_id AND line.purchase_id = purchase.id AND line.kind = 'earned'),
        (SELECT coalesce(sum(line.points), 0)::bigint FROM contests_pointtransaction line
         WHERE line.contest_id = purchase.contest_id AND line.purchase_id = purchase.id),
        (SELECT count(*) FROM purchases_refund refund
         WHERE refund.contest_id = purchase.contest_id AND refund.purchase_id = purchase.id)
    FROM purchases_purchase purchase WHERE purchase.order_id LIKE %s
"""


@dataclass
class Compared:
    """How many acknowledged orders, refunds and voids are missing, are there twice, or have other points."""

    lost: int = 0
    doubled: int = 0
    wrong: int = 0


def compare(load: Load) -> Compared:
    """Compare each acknowledged order, and every entry's balance with its ledger lines and purchases."""
    compared = Compared(doubled=load.doubled)
    with psycopg.connect(load.service.url) as connection:
        rows = connection.execute(PURCHASES, [f"{load.name}-%"]).fetchall()
        balances = connection.execute(STORED.balances).fetchall()
    compared.wrong += sum(not points == ledger == purchases for _entry, points, ledger, purchases in balances)
    by_order = {row[0]: row[1:] for row in rows}
    compared.doubled += sum(times - 1 for times in Counter(row[0] for row in rows).values())
    for order_id, acknowledged in load.acknowledged.items():
        if order_id not in by_order:
            compared.lost += 1
        else:
            _compare_order(compared, acknowledged, by_order[order_id])
    return compared


def _compare_order(compared: Compared, acknowledged: Acknowledged, row: tuple[Any, ...]) -> None:
    purchase_id, entry_id, awarded, points, earned_lines, ledger, refunds = row
    expected_refunds = 1 if acknowledged.refund_id else 0
    compared.lost += earned_lines < 1 or refunds < expected_refunds
    compared.doubled += earned_lines > 1 or refunds > expected_refunds
    expected = (acknowledged.purchase_id, acknowledged.entry_id, acknowledged.awarded, acknowledged.points)
    compared.wrong += (purchase_id, entry_id, awarded, points) != expected or ledger != points


def ledger_problem(service: Service) -> str:
    """What `check_ledger` finds; empty where everything adds up."""
    checked = service.manage("check_ledger")
    return "" if checked.returncode == 0 else f"check_ledger: {checked.stdout[-500:]}{checked.stderr[-500:]}"
