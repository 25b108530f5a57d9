"""Running a script of one statement with pgbench."""

import re
import resource
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from bench.database import Database
from bench.figures import Measured
from bench.report import BenchError

# One plan for all values. Left to itself, PostgreSQL makes a new plan for each call of a large statement.
GENERIC_PLANS = "-c plan_cache_mode=force_generic_plan -c jit=off"
START_SECONDS = 60


@dataclass(frozen=True)
class Run:
    """A run's figures; latencies in seconds."""

    rate: float
    transactions: int
    latency: float
    client_cpu: float = 0.0  # of pgbench, for each transaction
    database_cpu: float = 0.0

    def measured(self) -> Measured:
        """As a contender's figures."""
        return Measured(rate=self.rate, p50=self.latency, client_cpu=self.client_cpu, database_cpu=self.database_cpu)


def run_script(
    database: Database, name: str, script: str, *, clients: int, seconds: int, variables: dict[str, str]
) -> Run:
    """Run a script for some seconds, prepared, with these variables.

    The variable ``number`` counts the statements of a client from 1.
    """
    client, server = _cpu_of_programs(), database.cpu_seconds()
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(f"\\set number :number + 1\n{script}")
        file.flush()
        Path(file.name).chmod(0o644)
        output = database.run(
            "pgbench",
            name,
            "--protocol=prepared",
            "--no-vacuum",
            f"--file={file.name}",
            f"--client={clients}",
            "--jobs=1",
            f"--time={seconds}",
            *(f"--define={variable}={value}" for variable, value in {"number": "0", **variables}.items()),
            seconds=seconds + START_SECONDS,
            options=GENERIC_PLANS,
        )
    database.wait_until_left("pgbench")
    client, server = _cpu_of_programs() - client, database.cpu_seconds() - server
    run = read_output(output)
    return replace(run, client_cpu=client / run.transactions, database_cpu=server / run.transactions)


def measure_recording(
    database: Database, name: str, script: str, table: str, *, clients: int, seconds: float, variables: dict[str, str]
) -> Measured:
    """Run a script each of whose transactions records a purchase in this table, and check that it does.

    Raises:
        BenchError: there are fewer purchases than transactions.
    """
    statement = f"SELECT count(*) FROM {table}"
    before = database.row(name, statement)[0]
    run = run_script(database, name, script, clients=clients, seconds=round(seconds), variables=variables)
    recorded = database.row(name, statement)[0] - before
    if recorded != run.transactions:
        raise BenchError(f"{run.transactions} transactions of pgbench recorded {recorded} purchases.")
    return run.measured()


def _cpu_of_programs() -> float:
    """The CPU time of the programs that this process has run."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def read_output(output: str) -> Run:
    """The figures in pgbench's output.

    Raises:
        BenchError: a transaction failed, or a figure is missing.
    """
    if not re.search(r"^number of failed transactions: 0 ", output, re.MULTILINE):
        raise BenchError(f"pgbench had failed transactions:\n{output}")
    return Run(
        rate=_figure(r"^tps = ([\d.]+)", output),
        transactions=int(_figure(r"^number of transactions actually processed: (\d+)", output)),
        latency=_figure(r"^latency average = ([\d.]+) ms", output) / 1000,
    )


def _figure(pattern: str, output: str) -> float:
    match = re.search(pattern, output, re.MULTILINE)
    if match is None:
        raise BenchError(f"pgbench's output has no {pattern}:\n{output}")
    return float(match[1])
