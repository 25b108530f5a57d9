"""Measuring rows: sizes in turn, so that ratios between them hold beside other load."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from statistics import median

from bench.database import Database
from bench.report import say
from bench.scale.client import Answer, Client
from bench.scale.rows import RequestOfNumber, rows_of
from bench.scale.statements import Statements, counted, logged_plans, start_counting
from bench.scale.target import Target

WARM_UP_REQUESTS = 2  # of each round
MOST_SECONDS = 6.0  # for a row in a round, all sizes together


@dataclass
class Product:
    """The product on the database of one size."""

    database: Database
    name: str
    target: Target
    client: Client
    rows: dict[str, RequestOfNumber] = field(init=False)

    def __post_init__(self) -> None:
        self.numbers = count()
        self.rows = rows_of(self.target, self.client)

    def send(self, name: str) -> Answer:
        """Send the next request of a row."""
        return self.client.send(self.rows[name](next(self.numbers)))


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one row, round and size: the median of the requests' milliseconds, and what PostgreSQL counted of each."""

    milliseconds: float
    statements: float
    database_milliseconds: float


@dataclass
class Measured:
    """A row's figures: for each round, by size."""

    name: str
    rounds: list[dict[int, Figures]] = field(default_factory=list)
    plan: str = ""  # of the slowest statement at the largest size, where the row has grown

    def middle(self, size: int, figure: str) -> float:
        return median(float(getattr(each[size], figure)) for each in self.rounds)

    def growth(self, figure: str = "milliseconds") -> float:
        """From the smallest to the largest size, within a round."""
        smallest, largest = min(self.rounds[0]), max(self.rounds[0])
        pairs = [
            (float(getattr(each[smallest], figure)), float(getattr(each[largest], figure))) for each in self.rounds
        ]
        return median(after / max(before, 1e-6) for before, after in pairs)


def measure_rows(products: Sequence[Product], *, rounds: int, requests: int, only: str) -> Iterator[Measured]:
    """Measure the rows that all sizes have; a list of one page has no further one by cursor."""
    for name in products[-1].rows:
        if only not in name or not all(name in product.rows for product in products):
            continue
        measured = Measured(name)
        for _ in range(rounds):
            measured.rounds.append(measure_round(products, name, requests))
        say(f"{name}: {' '.join(f'{figures.milliseconds:.1f}' for figures in measured.rounds[-1].values())}")
        yield measured


def measure_round(products: Sequence[Product], name: str, requests: int) -> dict[int, Figures]:
    """The figures by size; the sizes take turns with each request, so that a burst of other load hits all of them."""
    for product in products:
        for _ in range(WARM_UP_REQUESTS):
            product.send(name)
        start_counting(product.database, product.name)
    seconds: list[list[float]] = [[] for _ in products]
    until = time.monotonic() + MOST_SECONDS
    while len(seconds[0]) < requests and (not seconds[0] or time.monotonic() < until):
        for product, taken in zip(products, seconds, strict=True):
            taken.append(product.send(name).seconds)
    return {
        product.target.purchases: _figures(counted(product.database, product.name), taken)
        for product, taken in zip(products, seconds, strict=True)
    }


def _figures(statements: Statements, seconds: list[float]) -> Figures:
    return Figures(
        milliseconds=median(seconds) * 1000,
        statements=statements.calls / len(seconds),
        database_milliseconds=statements.milliseconds / len(seconds),
    )


def explain(product: Product, measured: Measured) -> None:
    """Keep the plan of the row's slowest statement."""
    with logged_plans(product.database) as slowest:
        product.send(measured.name)
    measured.plan = slowest.text
