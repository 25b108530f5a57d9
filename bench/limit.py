"""The limit L: pgbench doing the same writes as one statement, on lean tables."""

from dataclasses import dataclass
from pathlib import Path

from bench import pgbench
from bench.checks import check_balances
from bench.database import Database
from bench.figures import Cell, Measured
from bench.lean_tables import CONTEST_ID, create_lean_database
from bench.peers.stored import STORED
from bench.scenarios import Scenario
from bench.workload import ENTRIES

NAME = "limit"
SCRIPT = Path(__file__).with_name("limit.sql")


@dataclass
class Limit:
    """The limit as a contender."""

    database: Database
    name: str = NAME
    title: str = "L: pgbench, lean tables"
    _runs: int = 0

    def prepare(self) -> None:
        create_lean_database(self.database, self.name)

    def takes(self, scenario: Scenario) -> bool:
        return scenario.has_limit

    def measure(self, scenario: Scenario, seconds: float) -> Measured:
        """Measure, and check that each transaction recorded a purchase.

        Raises:
            BenchError: there are fewer purchases than transactions.
        """
        self._runs += 1
        measured = pgbench.measure_recording(
            self.database,
            self.name,
            SCRIPT.read_text(),
            "purchase",
            clients=scenario.clients,
            seconds=seconds,
            variables={"prefix": f"run{self._runs}-", "contest": CONTEST_ID, "last_entry": str(ENTRIES - 1)},
        )
        check_balances(self.database.url(self.name), STORED)
        return measured


def limit_cell(scenario: Scenario) -> Cell:
    """The limit that a scenario is compared with: that of one client for one client, else that of 16."""
    return ("single" if scenario.clients == 1 else "new", NAME)
