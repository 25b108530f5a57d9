"""The options of a run."""

import argparse
from collections.abc import Callable, Collection
from dataclasses import dataclass

from bench import ceiling, limit, ours
from bench.contenders import NAMES
from bench.scenarios import SCENARIOS

QUICK = (limit.NAME, ceiling.NAME, ours.NAME, "ours-granian", "fastapi-asyncpg")


@dataclass(frozen=True)
class Options:
    """What is measured, how often and how long; no round begins that would end after ``most_seconds``."""

    contenders: list[str]
    scenarios: list[str]
    rounds: int
    seconds: int
    most_seconds: float


def read_options(arguments: list[str]) -> Options:
    """The options of a command line; what is not given depends on ``--quick``."""
    parser = argparse.ArgumentParser(
        prog="make bench", description="Measure the record call beside its limit and its peers."
    )
    parser.add_argument("--quick", action="store_true", help=f"in at most 3 minutes, with {', '.join(QUICK)}")
    parser.add_argument("--only", type=names_of(NAMES), help=f"contenders, with commas between: {','.join(NAMES)}")
    parser.add_argument("--scenario", type=names_of(SCENARIOS), help=f"scenarios: {','.join(SCENARIOS)}")
    parser.add_argument("--rounds", type=at_least_one, help="how many")
    parser.add_argument("--seconds", type=at_least_one, help="for each contender in each scenario")
    args = parser.parse_args(arguments)
    return Options(
        contenders=args.only or list(QUICK if args.quick else NAMES),
        scenarios=args.scenario or list(SCENARIOS),
        rounds=args.rounds or (3 if args.quick else 5),
        seconds=args.seconds or (2 if args.quick else 4),
        most_seconds=170 if args.quick else 14 * 60,
    )


def names_of(choices: Collection[str]) -> Callable[[str], list[str]]:
    """A type for argparse: some of these names, in their order."""

    def names(text: str) -> list[str]:
        chosen = text.split(",")
        unknown = [name for name in chosen if name not in choices]
        if unknown:
            raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown)}, but {', '.join(choices)}")
        return [name for name in choices if name in chosen]

    return names


def at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 on")
    return int(text)
