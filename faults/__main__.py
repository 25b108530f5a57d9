"""``python -m faults``: do every harm to a service of its own, print what came of it, and stop everything."""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from bench.command import run_command
from bench.database import running_database
from bench.options import at_least_one, names_of
from bench.report import BenchError, say
from blitzrocket.web_server import COMMANDS
from faults.disk import small_disk
from faults.harms import HARMS
from faults.races import RACES
from faults.service import POSTGRES, Service
from faults.stored import ledger_problem
from faults.table import head, line_of, problems_of
from faults.trials import Outcome, try_harm

NAMES = (*HARMS, *RACES)
MOST_SECONDS = 60 * 60.0


@dataclass(frozen=True)
class Options:
    """Which harms are done to which web servers; no harm begins after ``most_seconds``."""

    servers: list[str]
    names: list[str]
    is_short: bool
    times: int | None = None  # instead of each harm's own
    most_seconds: float = MOST_SECONDS


def read_options(arguments: list[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="make faults", description="Harm a service under load; see docs/reliability.md."
    )
    parser.add_argument("--short", action="store_true", help="in half a minute: the harms that CI tries in each run")
    parser.add_argument("--server", type=names_of(COMMANDS), help=f"with commas between: {','.join(COMMANDS)}")
    parser.add_argument("--only", type=names_of(NAMES), help=f"with commas between: {','.join(NAMES)}")
    parser.add_argument("--times", type=at_least_one, help="how often each harm is done, instead of 1 to 20 times")
    args = parser.parse_args(arguments)
    servers = args.server or list(COMMANDS)
    return Options(servers=servers, names=args.only or list(NAMES), is_short=args.short, times=args.times)


def main(arguments: list[str]) -> None:
    options = read_options(arguments)
    run_command("make faults", lambda: report(try_all(options)))


def report(outcomes: Iterator[Outcome]) -> None:
    """Print a line of the table after each harm, and the problems at the end.

    Raises:
        BenchError: there are some.
    """
    print(head(), flush=True)
    tried = []
    for outcome in outcomes:
        print(line_of(outcome), flush=True)
        tried.append(outcome)
    print("", problems_of(tried), sep="\n")
    if any(outcome.problems for outcome in tried):
        raise BenchError("something was lost, doubled or badly answered; the problems are below the table.")


def try_all(options: Options) -> Iterator[Outcome]:
    until = time.monotonic() + options.most_seconds
    for kind in options.servers:
        yield from try_server(kind, options, until)


def try_server(kind: str, options: Options, until: float) -> Iterator[Outcome]:
    say(f"Starting a service with {kind} ...")
    with running_service(kind) as service:
        for name in options.names:
            if time.monotonic() > until:
                yield Outcome(name, kind, problems=["not tried: the time was over"])
            elif name in RACES:
                yield try_race(service, name, is_short=options.is_short)
            elif times := times_of(name, options):
                yield try_harm(service, HARMS[name], name, times=times, is_short=options.is_short)
        if problem := ledger_problem(service):
            yield Outcome("check_ledger", kind, problems=[problem])


def try_race(service: Service, name: str, *, is_short: bool) -> Outcome:
    try:
        return RACES[name](service, is_short=is_short)
    except (BenchError, psycopg.Error) as error:
        return Outcome(name, service.kind, problems=[str(error)])


def times_of(name: str, options: Options) -> int:
    return options.times or HARMS[name].times[0 if options.is_short else 1]


@contextmanager
def running_service(kind: str) -> Iterator[Service]:
    with small_disk() as disk, running_database(POSTGRES, disk.folder) as database:
        service = Service(database, disk, kind)
        try:
            service.start()
            yield service
        finally:
            service.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
