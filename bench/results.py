"""The text and picture of a run, printed and kept in ``bench/results``."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.contenders import Contender
from bench.figures import Round
from bench.goals import goals_table
from bench.plot import plot
from bench.report import say
from bench.scenarios import Scenario
from bench.table import table_of

FOLDER = Path(__file__).parent / "results"


def text_of(
    rounds: list[Round],
    contenders: Sequence[Contender],
    scenarios: Sequence[Scenario],
    facts: dict[str, str],
    *,
    seconds: int,
) -> str:
    """The results as Markdown."""
    about = [f"- {name}: {value}" for name, value in facts.items()]
    how = (
        f"Medians of {rounds_text(rounds)}, {seconds} seconds for each line; ratios are of one round. "
        "L is the limit of 16 clients, and for one client that of one."
    )
    goals = goals_table(rounds)
    parts = ["## Record call", "\n".join(about), how, table_of(rounds, contenders, scenarios)]
    return "\n\n".join([*parts, *(["### Goals", goals] if goals else [])])


def keep(
    text: str,
    rounds: list[Round],
    contenders: Sequence[Contender],
    scenarios: Sequence[Scenario],
    facts: dict[str, str],
) -> None:
    """Write the results' text and picture beside those of earlier runs."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}"
    path.with_suffix(".md").write_text(text + "\n")
    caption = f"Medians of {rounds_text(rounds)}, least and greatest · {facts['Machine']} · {facts['Measured']}"
    path.with_suffix(".svg").write_text(plot(rounds, contenders, scenarios, caption))
    say(f"Kept in {path}.md and .svg")


def rounds_text(rounds: list[Round]) -> str:
    return f"{len(rounds)} interleaved rounds" if len(rounds) > 1 else "1 round"
