"""The options of a run."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from bench.options import at_least_one

SIZES = [10_000, 1_000_000, 5_000_000]


@dataclass(frozen=True)
class Options:
    """What is measured; ``folder`` keeps the databases for the next run, where it is given."""

    sizes: list[int]
    rounds: int
    requests: int
    only: str
    folder: Path | None


def read_options(arguments: list[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="make scale", description="Measure calls and pages on databases of several sizes."
    )
    parser.add_argument("--sizes", type=sizes, default=SIZES, help="numbers of purchases, with commas between")
    parser.add_argument("--rounds", type=at_least_one, default=3, help="how many")
    parser.add_argument("--requests", type=at_least_one, default=10, help="for each row, in each round and size")
    parser.add_argument("--only", default="", help="only rows with this in their name")
    parser.add_argument("--folder", type=Path, help="keep the databases here, and use those that are there")
    return Options(**vars(parser.parse_args(arguments)))


def sizes(text: str) -> list[int]:
    return sorted(at_least_one(part) for part in text.replace("_", "").split(","))
