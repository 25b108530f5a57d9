"""The table of a run and the file of its plans, as Markdown."""

from collections.abc import Sequence

from bench.scale.measuring import Measured

GROWN = 1.5
LEAST_MILLISECONDS = 1.0  # of growth in PostgreSQL: below, a ratio says nothing


def has_grown(row: Measured) -> bool:
    smallest, largest = min(row.rounds[0]), max(row.rounds[0])
    more = row.middle(largest, "database_milliseconds") - row.middle(smallest, "database_milliseconds")
    return row.growth() > GROWN or (row.growth("database_milliseconds") > GROWN and more > LEAST_MILLISECONDS)


def table_of(rows: Sequence[Measured]) -> str:
    """A line for each row: milliseconds of a request at each size, its statements, their milliseconds."""
    sizes = list(rows[0].rounds[0])
    columns = [
        "",
        *(f"{size:,}" for size in sizes),
        "ratio",
        "statements",
        *(f"SQL {size:,}" for size in (min(sizes), max(sizes))),
    ]
    lines = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    return "\n".join([*lines, *(_line(row, sizes) for row in rows)])


def _line(row: Measured, sizes: Sequence[int]) -> str:
    smallest, largest = min(sizes), max(sizes)
    cells = [
        row.name,
        *(f"{row.middle(size, 'milliseconds'):.1f}" for size in sizes),
        f"{row.growth():.2f}",
        f"{row.middle(largest, 'statements'):.0f}",
        *(f"{row.middle(size, 'database_milliseconds'):.1f}" for size in (smallest, largest)),
    ]
    return f"| {' | '.join(cells)} |"


def plans_of(rows: Sequence[Measured]) -> str:
    """The slowest statement of each row that has grown."""
    parts = [f"## {row.name}\n\n```\n{row.plan}\n```" for row in rows if row.plan]
    return "\n\n".join(parts) or "No row has grown."
