"""Clients that record, repeat, refund and void orders until they are told to stop, and what was acknowledged to them.

An order without a clear answer is sent again, as a shop would.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from threading import Event, Lock, Thread
from typing import Any

from bench.report import BenchError
from bench.workload import CURRENCY, entry_email, expected_points, price_of
from faults.answers import BATCH, NO_ANSWER, OK, UNAVAILABLE, Answers, Caller
from faults.service import ENTRIES, Service

CLIENTS = 16
IN_BATCH = 5
RETRY_SECONDS = 0.2  # a shop would wait as long as Retry-After says
CLEAR_SECONDS = 60  # to get a clear answer to the last orders
RECOVERY_SECONDS = 60
TO_BE_SENT_AGAIN = (NO_ANSWER, UNAVAILABLE, 500)


class Unanswered(Exception):
    """The clients were told to stop, and an order still had no clear answer."""


@dataclass
class Acknowledged:
    """What the answers said about an order; ``points`` are those it has left."""

    purchase_id: str
    entry_id: str
    awarded: int
    points: int
    refund_id: str = ""


@dataclass
class Load:
    """The clients; as a context manager it starts them, and stops them once each order has a clear answer."""

    service: Service
    name: str
    acknowledged: dict[str, Acknowledged] = field(default_factory=dict)
    answers: Answers = field(default_factory=Answers)
    doubled: int = 0  # a second answer named other rows
    unanswered: int = 0

    def __post_init__(self) -> None:
        self._numbers, self._stopping, self._lock = count(), Event(), Lock()
        self._until = float("inf")
        self._served_at = [0.0] * CLIENTS
        self._threads = [Thread(target=self._work, args=[client]) for client in range(CLIENTS)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._until = time.monotonic() + CLEAR_SECONDS
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def wait_for_more(self, orders: int) -> None:
        """Wait until so many more orders are acknowledged."""
        most = len(self.acknowledged) + orders
        self.service.wait_for(lambda: len(self.acknowledged) >= most, "orders to be recorded")

    def seconds_until_all_served(self) -> float:
        """The time from now until each client has a clear answer again.

        Raises:
            BenchError: that takes too long.
        """
        started = time.monotonic()
        try:
            self.service.wait_for(lambda: min(self._served_at) > started, "all clients to be served", RECOVERY_SECONDS)
        except BenchError:
            self._until = 0  # else they would go on for long
            raise
        return max(self._served_at) - started

    def _work(self, client: int) -> None:
        numbers = random.Random(client)
        caller = Caller(self.service.ports(), client, self.service.target, self.answers)
        try:
            while not self._stopping.is_set():
                self._send(client, caller, next(self._numbers), numbers)
        except Unanswered:
            with self._lock:
                self.unanswered += 1
        finally:
            caller.close()

    def _send(self, client: int, caller: Caller, number: int, numbers: random.Random) -> None:
        """Record an order, or a batch; some are sent again, refunded or voided then."""
        kind = number % 10
        if kind == 0:
            self._send_batch(client, caller, number, numbers)
            return
        order = self._order(f"{number}", price_of(number), numbers)
        acknowledged = self._record(client, caller, order)
        if kind == 3:  # noqa: PLR2004
            self._record(client, caller, order)
        elif kind == 5:  # noqa: PLR2004
            refund = {"orderId": order["orderId"], "refundId": f"refund-{number}"}
            self._until_clear(client, caller, "/refunds", refund)
            acknowledged.points, acknowledged.refund_id = 0, refund["refundId"]
        elif kind == 7:  # noqa: PLR2004
            path = f"/purchases/{acknowledged.purchase_id}/void"
            self._until_clear(client, caller, path, {"reason": "Not shipped"})
            acknowledged.points = 0

    def _order(self, number: str, amount: Decimal, numbers: random.Random) -> dict[str, Any]:
        email = entry_email(numbers.randrange(ENTRIES))
        return {
            "email": email,
            "orderId": f"{self.name}-{number}",
            "amount": float(amount),
            "currency": CURRENCY,
        }

    def _record(self, client: int, caller: Caller, order: dict[str, Any]) -> Acknowledged:
        data = self._until_clear(client, caller, "/purchases", order)
        return self._acknowledge(order, data)

    def _send_batch(self, client: int, caller: Caller, number: int, numbers: random.Random) -> None:
        orders = [self._order(f"{number}-{place}", price_of(place), numbers) for place in range(IN_BATCH)]
        data = self._until_clear(client, caller, BATCH, {"purchases": orders})
        for order, row in zip(orders, data["results"], strict=True):
            self._acknowledge(order, row)

    def _acknowledge(self, order: dict[str, Any], data: dict[str, Any]) -> Acknowledged:
        points = expected_points(Decimal(str(order["amount"])))
        new = Acknowledged(data["purchaseId"], data["entryId"], points, points)
        with self._lock:
            acknowledged = self.acknowledged.setdefault(order["orderId"], new)
            self.doubled += (acknowledged.purchase_id, acknowledged.entry_id) != (new.purchase_id, new.entry_id)
        return acknowledged

    def _until_clear(self, client: int, caller: Caller, path: str, body: Any) -> dict[str, Any]:
        """Send a call until it has a clear answer: its data.

        Raises:
            Unanswered: there is none.
        """
        for _ in self._tries():
            status, answer = caller.call(path, body)
            if status in OK:
                self._served_at[client] = time.monotonic()
                return answer
            if status not in TO_BE_SENT_AGAIN:
                break
        raise Unanswered

    def _tries(self) -> Iterator[None]:
        yield
        while time.monotonic() < self._until:
            time.sleep(RETRY_SECONDS * random.random())
            yield
