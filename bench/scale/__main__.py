"""``python -m bench.scale``: make the databases, measure, print the table, keep it with the plans of what grew."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench.command import run_command
from bench.database import Database, running_database
from bench.machine import facts, load_of_others
from bench.report import BenchError, say
from bench.results import FOLDER
from bench.scale.client import Client
from bench.scale.measuring import Measured, Product, explain, measure_rows
from bench.scale.options import Options, read_options
from bench.scale.statements import SETTINGS, create_extension
from bench.scale.table import has_grown, plans_of, table_of
from bench.scale.target import Target
from bench.servers import ROOT, Server, free_port, our_command, our_environment

SET_UP_SECONDS = 3600


def main(arguments: list[str]) -> None:
    options = read_options(arguments)
    run_command("make scale", lambda: run(options))


def run(options: Options) -> None:
    """Measure all rows; of a run that is stopped, those that it has measured are kept."""
    busy, rows = load_of_others(), list[Measured]()
    with running_database(SETTINGS, options.folder) as database:
        create_extension(database)
        targets = [target_of(database, size) for size in options.sizes]
        database.checkpoint()
        about = facts(database.settings()) | ({"Mind": busy} if busy else {})
        try:
            with running_products(database, targets) as products:
                for row in measure_rows(products, rounds=options.rounds, requests=options.requests, only=options.only):
                    rows.append(row)
                    if has_grown(row):
                        explain(products[-1], row)
        finally:
            if rows:
                keep(rows, about, options)


def target_of(database: Database, size: int) -> Target:
    """The target of a size; its database is created unless it is kept from an earlier run."""
    name = name_of(size)
    target_file = database.folder / f"{name}.json"
    if not target_file.exists():
        say(f"Creating {size:,} purchases ...")
        database.drop(name)
        text = set_up(database.create(name), size)
        target_file.write_text(text)
    return Target(**json.loads(target_file.read_text()))


def name_of(size: int) -> str:
    return f"scale-{size}"


def set_up(database_url: str, size: int) -> str:
    """Migrate and generate; the target as JSON.

    Raises:
        BenchError: that failed.
    """
    process = subprocess.run(
        [sys.executable, "-m", "bench.scale.product", str(size)],
        cwd=ROOT,
        env=os.environ | our_environment(database_url, 0),
        stdout=subprocess.PIPE,
        text=True,
        timeout=SET_UP_SECONDS,
        check=False,
    )
    if process.returncode:
        raise BenchError(f"The database of {size:,} purchases could not be created.")
    return process.stdout


@contextmanager
def running_products(database: Database, targets: Sequence[Target]) -> Iterator[list[Product]]:
    """A server on each database."""
    with ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="blitzrocket-scale-")))
        products = []
        for target in targets:
            name, port = name_of(target.purchases), free_port()
            environment = our_environment(database.url(name), port)
            server = Server(name, {port: our_command()}, environment, logs / name)
            stack.callback(server.stop)
            server.wait_until_ready("/readyz")
            products.append(Product(database, name, target, Client(port)))
        yield products


def keep(rows: list[Measured], about: dict[str, str], options: Options) -> None:
    """Print the table, and write it with the plans to ``bench/results``."""
    lines = "\n".join(f"- {name}: {value}" for name, value in about.items() if name not in ("pgbench",))
    how = (
        f"Milliseconds, medians of {options.rounds} rounds of up to {options.requests} requests; the ratio is of the "
        "largest size to the smallest in one round. SQL: planning and running of a request's statements in PostgreSQL."
    )
    text = f"## As it grows\n\n{lines}\n\n{how}\n\n{table_of(rows)}"
    print(text)
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"scale-{datetime.now(UTC):%Y-%m-%d-%H%M%S}"
    path.with_suffix(".md").write_text(text + "\n")
    path.with_suffix(".plans.md").write_text(plans_of(rows) + "\n")
    say(f"Kept in {path}.md and .plans.md")


if __name__ == "__main__":
    main(sys.argv[1:])
