"""One harm under load, from the first order to the comparison of what is stored."""

import time
from dataclasses import dataclass, field

import psycopg

from bench.report import BenchError, say
from blitzrocket.devserver.embedded_postgres import EmbeddedPostgresError
from faults.answers import UNAVAILABLE
from faults.harms import Harm
from faults.load import Load
from faults.service import Service
from faults.stored import Compared, compare

ORDERS_BETWEEN = 30
SHOWN = 3000  # characters of a traceback


@dataclass
class Outcome:
    """A row of the table."""

    title: str
    server: str
    times: int = 0
    seconds: float = 0  # that each harm lasts
    statuses: dict[int, int] = field(default_factory=dict)
    acknowledged: int = 0
    longest: float = 0
    recovery: float | None = None
    compared: Compared = field(default_factory=Compared)
    problems: list[str] = field(default_factory=list)
    why_not: str = ""

    def require(self, condition: object, problem: str) -> None:
        if not condition:
            self.problems.append(problem)


def try_harm(service: Service, harm: Harm, name: str, *, times: int, is_short: bool) -> Outcome:
    """Do the harm so often, and compare."""
    outcome = Outcome(harm.title, service.kind, times=times, seconds=harm.seconds[0 if is_short else 1])
    outcome.why_not = harm.why_not(service)
    if outcome.why_not:
        return outcome
    say(f"{service.kind}: {harm.title}, {outcome.times} × ...")
    before, load = len(service.tracebacks()), None
    try:
        with harm.prepare(service), Load(service, name) as load:
            inflict(service, harm, load, outcome)
    except (BenchError, EmbeddedPostgresError, psycopg.Error) as error:
        outcome.problems.append(str(error))
    if load is None:
        return outcome
    finish(outcome, load, service.tracebacks()[before:])
    outcome.require(outcome.longest <= harm.longest, f"an answer took {outcome.longest:.1f} s")
    outcome.require((outcome.recovery or 0) <= harm.longest, f"recovery took {outcome.recovery or 0:.1f} s")
    others = sorted(outcome.statuses.keys() - harm.statuses)
    outcome.require(not others, f"answers with other statuses: {others}")
    outcome.require(not harm.must_show or UNAVAILABLE in outcome.statuses, "no call was harmed")
    return outcome


def inflict(service: Service, harm: Harm, load: Load, outcome: Outcome) -> None:
    load.wait_for_more(ORDERS_BETWEEN)
    for _ in range(outcome.times):
        with harm.inflict(service):
            time.sleep(outcome.seconds)
        outcome.recovery = max(outcome.recovery or 0, load.seconds_until_all_served())
        load.wait_for_more(ORDERS_BETWEEN)


def finish(outcome: Outcome, load: Load, tracebacks: list[str]) -> None:
    """Compare, and say what is wrong."""
    answers, compared = load.answers, compare(load)
    outcome.statuses, outcome.longest = dict(answers.statuses), answers.longest
    outcome.acknowledged, outcome.compared = len(load.acknowledged), compared
    outcome.problems += [f"{problem} ({count} ×)" for problem, count in answers.problems.items()]
    outcome.require(not compared.lost, f"{compared.lost} lost")
    outcome.require(not compared.doubled, f"{compared.doubled} doubled")
    outcome.require(not compared.wrong, f"{compared.wrong} with other points")
    outcome.require(not load.unanswered, f"{load.unanswered} orders without a clear answer")
    outcome.problems += [f"in the log: {line[-SHOWN:]}" for line in tracebacks[:1]]
