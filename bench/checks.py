"""Checks of what is stored, before a figure counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from bench.orders import Orders
from bench.report import BenchError
from bench.workload import expected_points


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What an answer said about an order."""

    number: int
    purchase_id: str
    entry_id: str
    points: int
    already_exists: bool


@dataclass(frozen=True, kw_only=True)
class Stored:
    """How a contender's tables are asked.

    ``purchases`` gives order_id, purchase_id, entry_id, email and points of the purchases in a range of order ids,
    ``balances`` for each entry its points, the sum of its ledger lines and that of its purchases, ``held`` the order
    ids of held orders in a range, ``deliveries`` the order ids in a range with the states of their deliveries.
    """

    purchases: str
    balances: str
    held: str = ""
    deliveries: str = ""


def check_acknowledged(url: str, stored: Stored, orders: Orders, acknowledged: Sequence[Acknowledged]) -> None:
    """Check that each acknowledged purchase is stored with the points that its answer said and the rules give.

    Raises:
        BenchError: it is not.
    """
    numbers = [purchase.number for purchase in acknowledged]
    rows = {row[0]: row[1:] for row in _rows(url, stored.purchases, orders, numbers)}
    for purchase in acknowledged:
        order_id = orders.order_id(purchase.number)
        points = expected_points(orders.amount(purchase.number))
        if purchase.points != (0 if purchase.already_exists else points):
            raise BenchError(f"The answer to {order_id} said {purchase.points} points; the rules give {points}.")
        expected = (purchase.purchase_id, purchase.entry_id, orders.email(purchase.number), points)
        if rows.get(order_id) != expected:
            raise BenchError(f"{order_id} was acknowledged as {expected}, and stored is {rows.get(order_id)}.")


def check_delivered(url: str, stored: Stored, orders: Orders, numbers: Sequence[int]) -> None:
    """Check that the order of each delivery is stored with its points, and the delivery as done, once.

    Raises:
        BenchError: it is not.
    """
    purchases = {row[0]: row[3:] for row in _rows(url, stored.purchases, orders, numbers)}
    states = dict(_rows(url, stored.deliveries, orders, numbers))
    for number in numbers:
        order_id = orders.order_id(number)
        expected = (orders.email(number), expected_points(orders.amount(number)))
        stored_as = purchases.get(order_id)
        if (stored_as, states.get(order_id)) != (expected, ["done"]):
            raise BenchError(
                f"{order_id} must be {expected}, and is {stored_as}, its deliveries {states.get(order_id)}."
            )


def check_held(url: str, stored: Stored, orders: Orders, numbers: Sequence[int]) -> None:
    """Check that orders are held.

    Raises:
        BenchError: one is missing.
    """
    held = {order_id for (order_id,) in _rows(url, stored.held, orders, numbers)}
    missing = {orders.order_id(number) for number in numbers} - held
    if missing:
        raise BenchError(f"{len(missing)} held orders are not stored, such as {min(missing)}.")


def _rows(url: str, query: str, orders: Orders, numbers: Sequence[int]) -> list[tuple[Any, ...]]:
    between = {"first": orders.order_id(min(numbers)), "last": orders.order_id(max(numbers))}
    with psycopg.connect(url) as connection:
        return connection.execute(query, between).fetchall()


def check_balances(url: str, stored: Stored) -> None:
    """Check that each entry's points are the sum of its ledger lines and of its purchases' points.

    Raises:
        BenchError: they are not.
    """
    with psycopg.connect(url) as connection:
        for entry_id, points, ledger, purchases in connection.execute(stored.balances):
            if not points == ledger == purchases:
                raise BenchError(f"{entry_id} has {points} points, ledger lines of {ledger}, purchases of {purchases}.")
