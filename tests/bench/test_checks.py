"""What is acknowledged and not stored as it was said is found."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bench.checks import Acknowledged, check_acknowledged, check_balances, check_held
from bench.database import Database
from bench.lean_tables import CONTEST_ID, create_lean_database
from bench.ours import STORED as OURS
from bench.peers.stored import STORED
from bench.report import BenchError
from bench.scenarios import SCENARIOS, orders_of
from bench.workload import expected_points
from blitzrocket.devserver.embedded_postgres import DATABASE

NAME = "checks"
ORDERS = orders_of(SCENARIOS["new"], 0)
POINTS = expected_points(ORDERS.amount(0))
HELD = replace(OURS, held="SELECT order_id FROM purchase WHERE order_id BETWEEN %(first)s AND %(last)s")


@pytest.fixture
def url(database: Database) -> Iterator[str]:
    """Lean tables with the purchase of the first order."""
    url = create_lean_database(database, NAME)
    entry = f"(SELECT id FROM entry WHERE contest_id = '{CONTEST_ID}' AND email = '{ORDERS.email(0)}')"
    try:
        database.execute(
            NAME,
            "INSERT INTO purchase (contest_id, entry_id, order_id, amount, currency, points)"
            f" VALUES ('{CONTEST_ID}', {entry}, '{ORDERS.order_id(0)}', {ORDERS.amount(0)}, 'USD', {POINTS})",
            "INSERT INTO ledger_line (contest_id, entry_id, purchase_id, points)"
            f" VALUES ('{CONTEST_ID}', {entry}, 1, {POINTS})",
            f"UPDATE entry SET points = {POINTS} WHERE contest_id = '{CONTEST_ID}' AND id = {entry}",
        )
        yield url
    finally:
        database.execute(DATABASE, f'DROP DATABASE "{NAME}"')


def test_faults_are_found(url: str, database: Database) -> None:
    entry_id, _ = database.row(NAME, "SELECT 'entry_' || entry_id, points FROM purchase")
    stored = Acknowledged(number=0, purchase_id="purchase_1", entry_id=entry_id, points=POINTS, already_exists=False)
    check_acknowledged(url, STORED, ORDERS, [stored])
    check_acknowledged(url, STORED, ORDERS, [replace(stored, points=0, already_exists=True)])
    check_balances(url, STORED)
    check_held(url, HELD, ORDERS, [0])

    faults: list[dict[str, Any]] = [
        {"number": 1},
        {"purchase_id": "purchase_2"},
        {"entry_id": "entry_0"},
        {"points": POINTS + 1},
        {"already_exists": True},
    ]
    for fault in faults:
        with pytest.raises(BenchError):
            check_acknowledged(url, STORED, ORDERS, [replace(stored, **fault)])
    with pytest.raises(BenchError, match="1 held orders are not stored"):
        check_held(url, HELD, ORDERS, [0, 1])

    database.execute(NAME, f"UPDATE ledger_line SET points = {POINTS - 1} WHERE contest_id = '{CONTEST_ID}'")
    with pytest.raises(BenchError, match="ledger lines of"):
        check_balances(url, STORED)


def test_commits_that_are_not_durable_are_refused(database: Database) -> None:
    # The tests' own server is without fsync.
    with pytest.raises(BenchError, match="fsync is off"):
        database.require_durable()
