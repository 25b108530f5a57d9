"""``python -m bench``: measure, check, and print a table."""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Collection
from types import FrameType
from typing import NoReturn

from bench.contenders import NAMES, running_contenders
from bench.database import running_database
from bench.report import BenchError
from bench.rounds import run_rounds
from bench.scenarios import SCENARIOS
from bench.table import table_of
from blitzrocket.devserver.embedded_postgres import EmbeddedPostgresError

MOST_SECONDS, MOST_SECONDS_QUICK = 14 * 60, 170


def main(arguments: list[str]) -> None:
    options = read_options(arguments)
    signal.signal(signal.SIGTERM, stop)
    until = time.monotonic() + (MOST_SECONDS_QUICK if options.quick else MOST_SECONDS)
    try:
        with running_database() as database:
            database.require_durable()
            scenarios = [SCENARIOS[name] for name in options.scenario]
            with running_contenders(database, options.only, our_server=options.server) as contenders:
                rounds = run_rounds(contenders, scenarios, count=options.rounds, seconds=options.seconds, until=until)
                print(table_of(rounds, contenders, scenarios))
    except KeyboardInterrupt:
        sys.exit("Stopped.")
    except (BenchError, EmbeddedPostgresError) as error:
        sys.exit(f"make bench: {error}")


def read_options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds, in up to 3 minutes")
    parser.add_argument("--only", type=names_of(NAMES), default=list(NAMES), help=f"contenders: {','.join(NAMES)}")
    parser.add_argument(
        "--scenario", type=names_of(SCENARIOS), default=list(SCENARIOS), help=f"scenarios: {','.join(SCENARIOS)}"
    )
    parser.add_argument("--rounds", type=int, help="how many (3 with --quick, else 5)")
    parser.add_argument("--seconds", type=int, help="for each contender and scenario (3 with --quick, else 4)")
    parser.add_argument("--server", default="gunicorn", help="what ours runs on: gunicorn or granian")
    options = parser.parse_args(arguments)
    options.rounds = options.rounds or (3 if options.quick else 5)
    options.seconds = options.seconds or (3 if options.quick else 4)
    return options


def names_of(known: Collection[str]) -> Callable[[str], list[str]]:
    """A type for argparse: names with commas between them, in the order of those known."""

    def names(text: str) -> list[str]:
        chosen = text.split(",")
        unknown = [name for name in chosen if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"no {', '.join(unknown)}; there is {', '.join(known)}")
        return [name for name in known if name in chosen]

    return names


def stop(signal_number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main(sys.argv[1:])
