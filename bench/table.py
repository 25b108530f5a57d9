"""The table of results, as Markdown."""

from collections.abc import Sequence

from bench.contenders import Contender
from bench.figures import Measured, Round, Spread, middle, rates, ratio
from bench.limit import limit_cell
from bench.scenarios import Scenario

COLUMNS = (
    *("", "orders a second", "of L", "spread of it", "p50 ms", "p99 ms"),
    *("CPU µs an order: client + server + PostgreSQL", "by CPU, of L"),
)
HEADER = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}"


def table_of(rounds: Sequence[Round], contenders: Sequence[Contender], scenarios: Sequence[Scenario]) -> str:
    """A table for each scenario."""
    parts = []
    for scenario in scenarios:
        lines = [line_of(list(rounds), scenario, contender) for contender in contenders if contender.takes(scenario)]
        parts.append("\n".join([f"### {scenario.title}", "", HEADER, *lines]))
    return "\n\n".join(parts)


def line_of(rounds: list[Round], scenario: Scenario, contender: Contender) -> str:
    cell = (scenario.name, contender.name)
    rate = rates(rounds, cell)
    of_limit = ratio(rounds, cell, limit_cell(scenario))
    by_cpu = ratio(rounds, limit_cell(scenario), cell, "cpu")
    figures = {name: middle(rounds, cell, name) for name in Measured.__dataclass_fields__}
    cpu = [round((figures[name] or 0) * 1e6) for name in ("client_cpu", "server_cpu", "database_cpu")]
    columns = [
        contender.title,
        f"{rate.median:,.0f}" if rate else "–",
        f"{of_limit.median:.3f}" if of_limit else "–",
        spread_text(of_limit),
        milliseconds(figures["p50"]),
        milliseconds(figures["p99"]),
        f"{' + '.join(map(str, cpu))} = {sum(cpu)}",
        f"{by_cpu.median:.3f}" if by_cpu else "–",
    ]
    return f"| {' | '.join(columns)} |"


def spread_text(spread: Spread | None) -> str:
    return f"{spread.least:.3f}–{spread.greatest:.3f}" if spread else "–"


def milliseconds(seconds: float | None) -> str:
    return f"{seconds * 1000:.1f}" if seconds is not None else "–"
