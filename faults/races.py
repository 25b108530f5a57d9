"""Calls at the same moment: one order from many callers, and every act on the orders of one entry."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, Protocol

import psycopg

from bench.ours import STORED
from bench.report import say
from bench.workload import CURRENCY, entry_email
from faults.answers import OK, UNAVAILABLE, Answers, Caller
from faults.harms import beside_the_other
from faults.processes import acting
from faults.service import ENTRIES, Service
from faults.stored import Compared
from faults.trials import Outcome

CALLERS = ((2, 50), (2, 8, 32, 128, 250, 500))
OPERATIONS = (200, 2_000)
THREADS = 16
REFUSED = 409  # a refund of more than is left


def identical_calls(service: Service, *, is_short: bool) -> Outcome:
    """One order from many callers at once, to two web servers with two processes each."""
    sizes = CALLERS[0 if is_short else 1]
    outcome = Outcome("identical calls at once: " + ", ".join(map(str, sizes)), service.kind, times=len(sizes))
    say(f"{service.kind}: {outcome.title} ...")
    answers = Answers()
    with beside_the_other(service):
        for size in sizes:
            check_one_order(service, size, answers, outcome)
    outcome.statuses, outcome.longest = dict(answers.statuses), answers.longest
    outcome.problems += answers.problems
    return outcome


def check_one_order(service: Service, size: int, answers: Answers, outcome: Outcome) -> None:
    order = {"email": entry_email(size % ENTRIES), "orderId": f"identical-{size}", "amount": 10.5, "currency": CURRENCY}
    barrier = Barrier(size)

    def record(number: int) -> tuple[int, dict[str, Any]]:
        caller = Caller(service.ports(), number, service.target, answers)
        caller.connect()
        barrier.wait()
        try:
            return caller.call("/purchases", order)
        finally:
            caller.close()

    with ThreadPoolExecutor(size) as pool:
        results = list(pool.map(record, range(size)))
    outcome.acknowledged += 1
    expected = {201: 1, 200: size - 1}
    outcome.require(Counter(status for status, _ in results) == expected, f"{size} callers: not one 201")
    ids = {(data.get("purchaseId"), data.get("entryId")) for _, data in results}
    outcome.require(len(ids) == 1, f"{size} callers were told {len(ids)} purchases")
    with psycopg.connect(service.url) as connection:
        query = """
            SELECT count(*) FROM contests_pointtransaction line JOIN purchases_purchase purchase
            ON purchase.contest_id = line.contest_id AND purchase.id = line.purchase_id WHERE order_id = %s
        """
        (lines,) = connection.execute(query, [order["orderId"]]).fetchone() or (0,)
    outcome.compared.lost += lines < 1
    outcome.compared.doubled += max(0, lines - 1)
    outcome.require(lines == 1, f"{size} callers: {lines} awards")


def one_entry(service: Service, *, is_short: bool) -> Outcome:
    """Orders of one entry recorded, refunded, voided and moved at the same time."""
    operations = OPERATIONS[0 if is_short else 1]
    outcome = Outcome("record, refund, void and move on one entry", service.kind, times=operations)
    say(f"{service.kind}: {outcome.title}, {operations} × ...")
    answers = Answers()
    with beside_the_other(service), acting(service, "move") as moves, ThreadPoolExecutor(THREADS) as pool:
        share = operations // THREADS
        recorded = sum(pool.map(lambda client: change_orders(service, client, share, answers), range(THREADS)))
    outcome.statuses, outcome.longest, outcome.acknowledged = dict(answers.statuses), answers.longest, recorded
    outcome.problems += answers.problems
    outcome.require(moves.get("moved"), f"nothing was moved: {moves}")
    outcome.require(not outcome.statuses.keys() - {*OK, REFUSED, UNAVAILABLE}, "answers with other statuses")
    outcome.compared = compare_balances(service)
    outcome.require(not outcome.compared.wrong, "a balance is not the sum of its ledger lines")
    return outcome


def change_orders(service: Service, client: int, operations: int, answers: Answers) -> int:
    """Record orders of one entry, and refund or void any of those; how many were recorded."""
    numbers = random.Random(client)
    caller = Caller(service.ports(), client, service.target, answers)
    orders: list[tuple[str, str]] = []
    for number in range(operations):
        order_id = f"one-entry-{client}-{number}"
        act = numbers.choice(("record", "refund", "void")) if orders else "record"
        if act == "record":
            body = {"email": entry_email(0), "orderId": order_id, "amount": 19.87, "currency": CURRENCY}
            status, data = caller.call("/purchases", body)
            if status in OK:
                orders.append((order_id, data["purchaseId"]))
        elif act == "refund":
            amount = numbers.choice((1, 5, 12))
            refund = {"orderId": numbers.choice(orders)[0], "refundId": f"refund-{number}", "amount": amount}
            caller.call("/refunds", refund)
        else:
            caller.call(f"/purchases/{numbers.choice(orders)[1]}/void", {"reason": "Not shipped"})
    caller.close()
    return len(orders)


def compare_balances(service: Service) -> Compared:
    with psycopg.connect(service.url) as connection:
        balances = connection.execute(STORED.balances).fetchall()
    return Compared(wrong=sum(not points == ledger == purchases for _entry, points, ledger, purchases in balances))


class Race(Protocol):
    def __call__(self, service: Service, *, is_short: bool) -> Outcome: ...


RACES: dict[str, Race] = {"identical": identical_calls, "one-entry": one_entry}
