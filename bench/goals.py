"""The goals, as ratios within a round."""

from dataclasses import dataclass

from bench import ceiling, limit, ours
from bench.figures import Cell, Round, Spread, ratio

L: Cell = ("new", limit.NAME)
NEW: Cell = ("new", ours.NAME)
ON_GRANIAN: Cell = ("new", "ours-granian")
PEER = "fastapi-asyncpg"


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A figure of one cell in relation to another's: at least, or at most."""

    title: str
    cell: Cell
    to: Cell
    figure: str = "rate"
    least: float | None = None
    most: float | None = None

    def measured(self, rounds: list[Round]) -> Spread | None:
        return ratio(rounds, self.cell, self.to, self.figure)

    def is_reached(self, value: float) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    @property
    def bound(self) -> str:
        return f"≥ {self.least}" if self.most is None else f"≤ {self.most}"


GOALS = (
    Goal(title="Own ceiling, of L", cell=("new", ceiling.NAME), to=L, least=0.45),
    Goal(title="New, of L", cell=NEW, to=L, least=0.20),
    Goal(title="New on granian, of L: aim", cell=ON_GRANIAN, to=L, least=0.36),
    Goal(title="New on granian, of L: aim beyond", cell=ON_GRANIAN, to=L, least=0.45),
    Goal(title="New on granian, of FastAPI + asyncpg", cell=ON_GRANIAN, to=("new", PEER), least=1.0),
    Goal(title="New, of Django REST framework with the ORM", cell=NEW, to=("new", "drf"), least=10),
    Goal(title="p99 at 16 clients, of FastAPI + asyncpg", cell=NEW, to=("new", PEER), figure="p99", most=1.0),
    Goal(
        title="p50 of one client, of FastAPI + asyncpg",
        cell=("single", ours.NAME),
        to=("single", PEER),
        figure="p50",
        most=2.5,
    ),
    Goal(title="Duplicates, of new", cell=("duplicate", ours.NAME), to=NEW, least=1.3),
    Goal(title="One entry, of new", cell=("hot", ours.NAME), to=NEW, least=0.25),
    Goal(title="Held, of new", cell=("held", ours.NAME), to=NEW, least=0.8),
    Goal(title="Store deliveries, of new", cell=("store", ours.NAME), to=NEW, least=0.7),
    Goal(title="With one webhook, of new", cell=("event", ours.NAME), to=NEW, least=0.85),
    Goal(title="Orders in batches, of L", cell=("batch", ours.NAME), to=L, least=1.0),
    Goal(title="Orders in batches, of L: aim", cell=("batch", ours.NAME), to=L, least=3.0),
)


def goals_table(rounds: list[Round]) -> str:
    """The goals that these rounds tell of, as Markdown; empty where they tell of none."""
    lines = [line_of(goal, measured) for goal in GOALS if (measured := goal.measured(rounds))]
    return "\n".join(["| goal | ratio | measured | spread | |", "|---|---|---|---|---|", *lines]) if lines else ""


def line_of(goal: Goal, measured: Spread) -> str:
    reached = "reached" if goal.is_reached(measured.median) else "not reached"
    spread = f"{measured.least:.3f}–{measured.greatest:.3f}"
    return f"| {goal.title} | {goal.bound} | {measured.median:.3f} | {spread} | {reached} |"
