"""``python -m bench``: measure, check, print the results and keep them."""

import sys
import time

from bench.command import run_command
from bench.contenders import memory_of, running_contenders
from bench.database import running_database
from bench.machine import facts, load_of_others
from bench.options import Options, read_options
from bench.report import say
from bench.results import keep, text_of
from bench.rounds import run_rounds
from bench.scenarios import SCENARIOS


def main(arguments: list[str]) -> None:
    options = read_options(arguments)
    run_command("make bench", lambda: run(options))


def run(options: Options) -> None:
    """Start everything, measure, and stop everything.

    Raises:
        BenchError: something failed, or an answer or what is stored was wrong.
    """
    until = time.monotonic() + options.most_seconds
    scenarios = [SCENARIOS[name] for name in options.scenarios]
    if busy := load_of_others():
        say(busy)
    with running_database() as database:
        database.require_durable()
        about = facts(database.settings()) | ({"Mind": busy} if busy else {})
        with running_contenders(database, options.contenders) as contenders:
            rounds = run_rounds(contenders, scenarios, count=options.rounds, seconds=options.seconds, until=until)
            about["Largest process"] = memory_of(contenders)
    text = text_of(rounds, contenders, scenarios, about, seconds=options.seconds)
    print(text)
    keep(text, rounds, contenders, scenarios, about)


if __name__ == "__main__":
    main(sys.argv[1:])
