"""Whether every table is where it belongs."""

from collections.abc import Iterable, Iterator

from blitzrocket.distribution.placement import Placement
from blitzrocket.distribution.steps import is_in_place, remaining_steps
from blitzrocket.postgres.spread_tables import SHARDS, Placed, has_citus, placed_tables

KINDS = {
    "distributed": "spread by {}",
    "reference": "on every server",
    "local": "on the coordinator, for every server to ask",
    "unshared": "on the coordinator alone",
}


def problems(placements: Iterable[Placement]) -> Iterator[str]:
    """What is wrong, as sentences."""
    if not has_citus():
        yield "This database has no Citus, and its tables are on this server alone."
        return
    placements = list(placements)
    placed = placed_tables()
    for each in placements:
        if not is_in_place(each, placed):
            yield f"{each.table} is {_where(placed.get(each.table))}, and belongs {_place(each.kind, each.column)}."
    if len({placed[each.table].colocation for each in placements if _is_spread(each, placed)}) > 1:
        yield "The tables of contests are not all spread alike (pg_dist_partition.colocationid)."
    for step in remaining_steps(placements, shards=SHARDS):
        yield f"To do: {step.about}."


def _is_spread(placement: Placement, placed: dict[str, Placed]) -> bool:
    return placement.kind == "distributed" and is_in_place(placement, placed)


def _where(now: Placed | None) -> str:
    return _place(now.kind, now.column) if now else "on this server alone"


def _place(kind: str, column: str | None) -> str:
    return KINDS[kind].format(column)
