"""A contender that takes purchases over HTTP."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from bench.checks import Acknowledged, Stored, check_acknowledged, check_balances, check_delivered, check_held
from bench.database import Database
from bench.deliveries import SECRET, Deliveries
from bench.figures import Measured
from bench.load import Plan
from bench.orders import REQUESTS, Orders, Target
from bench.report import BenchError
from bench.scenarios import CREATED, EXISTING_ORDERS, NOT_FOUND, Scenario, existing_orders, orders_of
from bench.servers import ROOT, Server

MOST_REQUESTS = 1_000_000
EXTRA_SECONDS = 120
WARM_UP = 1.0


@dataclass
class HttpContender:
    """Sends it orders, measures, and checks that everything acknowledged is stored."""

    name: str
    title: str
    server: Server
    target: Target
    database: Database
    database_name: str
    stored: Stored
    is_ours: bool = False
    calls: int = 0
    _next: int = 0  # order number, the same for no two runs

    def takes(self, scenario: Scenario) -> bool:
        return self.is_ours or scenario.peers_too

    def prepare(self) -> None:
        """Record the orders that are sent again as duplicates, which also warms it up."""
        answers = self._send(existing_orders(), clients=16, status=CREATED, most=EXISTING_ORDERS)
        self._check(existing_orders(), answers)

    def measure(self, scenario: Scenario, seconds: float) -> Measured:
        """Measure a scenario.

        Raises:
            BenchError: an error was answered, or something acknowledged is not stored.
        """
        orders = orders_of(scenario, self._next)
        server, database = self.server.cpu_seconds(), self.database.cpu_seconds()
        result = self._send(orders, clients=scenario.clients, status=scenario.status, seconds=seconds)
        server, database = self.server.cpu_seconds() - server, self.database.cpu_seconds() - database
        count = result["requests"] * orders.in_one
        if scenario.name != "duplicate":
            self._next += -(-count // REQUESTS) * REQUESTS
        self._check(orders, result, is_held=scenario.status == NOT_FOUND)
        return Measured(
            rate=result["rate"],
            p50=result["p50"],
            p99=result["p99"],
            client_cpu=result["cpu"] / count,
            server_cpu=server / count,
            database_cpu=database / count,
        )

    def _send(
        self, orders: Orders, *, clients: int, status: int, seconds: float = 0.0, most: int = MOST_REQUESTS
    ) -> dict[str, Any]:
        plan = Plan(
            ports=self.server.ports,
            clients=clients,
            warm_up=WARM_UP,
            seconds=seconds or EXTRA_SECONDS,
            most=most,
            status=status,
            requests=orders.request_parts(self.target),
            first=orders.first,
            secret=SECRET if isinstance(orders, Deliveries) else "",
            distinct=EXISTING_ORDERS if orders.prefix == existing_orders().prefix else 0,
        )
        process = subprocess.run(
            [sys.executable, "-m", "bench.load"],
            cwd=ROOT,
            input=json.dumps(asdict(plan)),
            capture_output=True,
            text=True,
            timeout=plan.warm_up + plan.seconds + EXTRA_SECONDS,
            check=False,
        )
        if process.returncode:
            raise BenchError(f"{self.name}: {process.stderr.strip()}\nThe server's log ends:\n{self.server.log_end()}")
        result: dict[str, Any] = json.loads(process.stdout)
        self.calls += result["requests"]
        return result

    def _check(self, orders: Orders, result: dict[str, Any], *, is_held: bool = False) -> None:
        url = self.database.url(self.database_name)
        if not result["answers"]:
            raise BenchError(f"{self.name} answered nothing in time.")
        if isinstance(orders, Deliveries):
            check_delivered(url, self.stored, orders, list(delivered(result["answers"])))
        elif is_held:
            check_held(url, self.stored, orders, [number for number, _ in result["answers"]])
        else:
            check_acknowledged(url, self.stored, orders, list(acknowledged(result["answers"])))
        check_balances(url, self.stored)


def delivered(answers: list[tuple[int, str]]) -> Iterator[int]:
    """The numbers of the deliveries that were answered.

    Raises:
        BenchError: an answer says that nothing was recorded.
    """
    for number, text in answers:
        if json.loads(text)["data"]["status"] != "done":
            raise BenchError(f"A delivery was not recorded: {text}")
        yield number


def acknowledged(answers: list[tuple[int, str]]) -> Iterator[Acknowledged]:
    """What the answers say about each order; of a batch, each result.

    Raises:
        BenchError: a row of a batch was not recorded.
    """
    for number, text in answers:
        data = json.loads(text)["data"]
        if "results" not in data:
            yield Acknowledged(
                number, data["purchaseId"], data["entryId"], data["pointsAwarded"], data["alreadyExists"]
            )
            continue
        for row in data["results"]:
            if row["status"] != "recorded":
                raise BenchError(f"A row of a batch was not recorded: {row}")
            yield Acknowledged(number + row["index"], row["purchaseId"], row["entryId"], row["pointsAwarded"], False)  # noqa: FBT003
