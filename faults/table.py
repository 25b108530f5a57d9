"""The table of results, as Markdown."""

from collections.abc import Sequence

from faults.answers import NO_ANSWER, OK, UNAVAILABLE
from faults.trials import Outcome

COLUMNS = (
    *("harm", "server", "times", "calls", "orders acknowledged", "lost", "doubled", "wrong points"),
    *("200, 201", "503", "no answer", "500", "others", "longest answer s", "recovery s"),
)
NAMED = (*OK, UNAVAILABLE, NO_ANSWER, 500)


def head() -> str:
    return "\n".join([row(COLUMNS), "|---|---|" + "---:|" * (len(COLUMNS) - 2)])


def problems_of(outcomes: Sequence[Outcome]) -> str:
    problems = [f"{outcome.server}, {outcome.title}: {problem}" for outcome in outcomes for problem in outcome.problems]
    return "\n".join(problems or ["Nothing lost, nothing doubled, no unhandled error."])


def line_of(outcome: Outcome) -> str:
    if outcome.why_not:
        return row([outcome.title, outcome.server, f"not tried: {outcome.why_not}", *[""] * (len(COLUMNS) - 3)])
    statuses, compared = outcome.statuses, outcome.compared
    figures = [
        sum(statuses.values()),
        outcome.acknowledged,
        compared.lost,
        compared.doubled,
        compared.wrong,
        sum(statuses.get(status, 0) for status in OK),
        statuses.get(UNAVAILABLE, 0),
        statuses.get(NO_ANSWER, 0),
        statuses.get(500, 0),
        sum(count for status, count in statuses.items() if status not in NAMED),
    ]
    recovery = "–" if outcome.recovery is None else f"{outcome.recovery:.1f}"
    times = f"{outcome.times:,} × {outcome.seconds:g} s" if outcome.seconds else f"{outcome.times:,}"
    cells = [outcome.title, outcome.server, times, *(f"{figure:,}" for figure in figures)]
    return row([*cells, f"{outcome.longest:.1f}", recovery])


def row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
