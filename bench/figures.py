"""Figures of rounds: medians of ratios within a round, and their spread."""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A contender in a scenario in one round: a second, in seconds, and CPU seconds for each order."""

    rate: float
    p50: float
    p99: float | None = None  # pgbench tells the average alone, which stands for p50
    client_cpu: float = 0.0
    server_cpu: float = 0.0
    database_cpu: float = 0.0

    @property
    def cpu(self) -> float:
        return self.client_cpu + self.server_cpu + self.database_cpu


@dataclass(frozen=True)
class Spread:
    """The median of several rounds, with the least and the greatest."""

    median: float
    least: float
    greatest: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        return cls(median(values), min(values), max(values))


Cell = tuple[str, str]  # scenario, contender
Round = dict[Cell, Measured]


def rates(rounds: list[Round], cell: Cell) -> Spread | None:
    values = [measured[cell].rate for measured in rounds if cell in measured]
    return Spread.of(values) if values else None


def ratio(rounds: list[Round], cell: Cell, other: Cell, figure: str = "rate") -> Spread | None:
    """How a cell's figure relates to another one's of the same round; None where no round has both."""
    pairs = [(getattr(r[cell], figure), getattr(r[other], figure)) for r in rounds if cell in r and other in r]
    values = [value / divisor for value, divisor in pairs if value is not None and divisor]
    return Spread.of(values) if values else None


def middle(rounds: list[Round], cell: Cell, figure: str) -> float | None:
    """The median of a figure over the rounds."""
    values = [getattr(measured[cell], figure) for measured in rounds if cell in measured]
    numbers = [value for value in values if value is not None]
    return median(numbers) if numbers else None
