"""Rounds: each measures every contender in every scenario, one after the other."""

import time
from collections.abc import Sequence

from bench.contenders import Contender
from bench.figures import Round
from bench.report import say
from bench.scenarios import Scenario


def run_rounds(
    contenders: Sequence[Contender], scenarios: Sequence[Scenario], *, count: int, seconds: float, until: float
) -> list[Round]:
    """Measure up to ``count`` rounds; the last one begins when it is expected to end in time (``time.monotonic``)."""
    rounds: list[Round] = []
    longest = 0.0
    while len(rounds) < count:
        began_at = time.monotonic()
        if rounds and began_at + longest > until:
            say(f"The time is over after {len(rounds)} of {count} rounds.")
            break
        rounds.append(run_round(contenders, scenarios, seconds=seconds, title=f"Round {len(rounds) + 1} of {count}"))
        longest = max(longest, time.monotonic() - began_at)
    return rounds


def run_round(contenders: Sequence[Contender], scenarios: Sequence[Scenario], *, seconds: float, title: str) -> Round:
    """Measure each contender in each scenario that it takes."""
    measured: Round = {}
    for scenario in scenarios:
        for contender in contenders:
            if contender.takes(scenario):
                figures = contender.measure(scenario, seconds * scenario.times)
                say(f"{title}: {scenario.name:10} {contender.name:16} {figures.rate:9,.0f} a second")
                measured[scenario.name, contender.name] = figures
    return measured
