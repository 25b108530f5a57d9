"""``make check``: everything that a release needs, one step after the other, and a summary of all of them.

A step that fails does not stop those after it. ``--short`` takes the forms that CI runs at each submission.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent

PASSED, FAILED, LEFT_OUT = "passed", "failed", "left out"
# What a step says of itself: the line that pytest closes with.
CLOSING_LINE = re.compile(r"^=+ (?P<counts>(?:\d+ \w+,? ?)+) in .* =+$")
ALL_REQUIRED = {"REQUIRE_BROWSER": "1", "REQUIRE_SYSTEMD": "1", "REQUIRE_PROMTOOL": "1", "REQUIRE_PROXIES": "nginx"}


@dataclass(frozen=True)
class Step:
    """A target of the Makefile. ``short`` and ``long`` are its ARGS in either form; None: the form leaves it out."""

    name: str
    target: str
    short: str | None = ""
    long: str = ""
    environment: dict[str, str] = field(default_factory=dict)  # of the long form


STEPS = (
    Step("code", "lint"),
    Step("migrations", "migrations-check"),
    Step("tests", "test", environment=ALL_REQUIRED | {"TEST_PROFILE": "long"}),
    Step("faults", "faults", short="--short"),
    Step("simulation", "simulate", short="--short"),
    Step("clients", "clients", short=None),
    Step("benchmark", "bench", short=None, long="--quick"),
    Step("bill of materials", "sbom", short=None),
    Step("known weaknesses", "audit", short=None),
)
NAMES = [step.name for step in STEPS]


@dataclass(frozen=True)
class Outcome:
    """What came of a step. ``seconds`` is how long it took."""

    name: str
    result: str
    seconds: float = 0
    counts: str = ""


def main(arguments: list[str]) -> None:
    """Run the steps and print the summary.

    Raises:
        SystemExit: with 1, a step failed.
    """
    parser = argparse.ArgumentParser(prog="make check", description="Everything that a release needs.")
    parser.add_argument("--short", action="store_true", help="the forms that CI runs")
    parser.add_argument("--without", action="append", choices=NAMES, default=[], help="a step to leave out")
    options = parser.parse_args(arguments)
    outcomes = list(run_all(options.short, options.without))
    print(summary(outcomes), flush=True)
    sys.exit(any(outcome.result == FAILED for outcome in outcomes))


def run_all(is_short: bool, without: list[str]) -> Iterator[Outcome]:
    for step in STEPS:
        arguments = step.short if is_short else step.long
        if arguments is None or step.name in without:
            yield Outcome(step.name, LEFT_OUT)
        else:
            print(f"\n== {step.name}: make {step.target}", flush=True)
            yield run(step, arguments, {} if is_short else step.environment)


def run(step: Step, arguments: str, environment: dict[str, str], folder: Path = ROOT) -> Outcome:
    """Run a step with the Makefile of the folder, and show what it prints at once."""
    # Without arguments too: those of this run would be handed down.
    command = ["make", "--no-print-directory", step.target, f"ARGS={arguments}"]
    started, counts = time.monotonic(), ""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout
        for line in process.stdout:
            print(line, end="", flush=True)
            if closing := CLOSING_LINE.match(line):
                counts = closing["counts"]
    result = FAILED if process.returncode else PASSED
    return Outcome(step.name, result, time.monotonic() - started, counts)


def summary(outcomes: list[Outcome]) -> str:
    lines = [line_of(outcome) for outcome in outcomes]
    failed = sum(outcome.result == FAILED for outcome in outcomes)
    passed = sum(outcome.result == PASSED for outcome in outcomes)
    return "\n".join(["", "== summary", *lines, f"steps: {passed} passed, {failed} failed"])


def line_of(outcome: Outcome) -> str:
    seconds = "" if outcome.result == LEFT_OUT else f"{outcome.seconds:,.0f} s"
    return f"{outcome.name:<18} {outcome.result:<9} {seconds:>8}  {outcome.counts}".rstrip()


if __name__ == "__main__":
    main(sys.argv[1:])
