"""A limited number of rows for each of several owners, such as contests, without reading long lists.

Not by a subquery or lateral join per owner: neither is possible with contests spread over several servers.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet


def first_of_each(rows: "QuerySet[Any]", owner: str, ids: Sequence[str], order_by: Sequence[str], limit: int) -> Any:
    """The first ``limit`` rows of each owner in this order; ``owner`` is the foreign key, an index begins with both."""
    if not ids:
        return rows.none()
    first, *others = (rows.filter(**{owner: pk}).order_by(*order_by)[:limit] for pk in ids)
    return first.union(*others, all=True) if others else first


def some_of_each(
    rows: "QuerySet[Any]", owner: str, ids: Sequence[str], order_by: Sequence[str], limit: int
) -> Iterator[tuple[str, Any]]:
    """The owner and primary key of at least the first ``limit`` rows of each in this order; perhaps more of some.

    All owners' rows are read up to a limit for all together: planning a part for each takes longer than reading a few.
    Only where there are more rows is each of the other owners asked for its first.
    """
    rows = rows.values_list(f"{owner}_id", "pk")
    some = list(of_all(rows, owner, ids, order_by, limit))
    if len(ids) <= 1 or len(some) < limit * len(ids):
        yield from some
        return
    complete = {owner_id for owner_id, _pk in some} - {some[-1][0]}
    yield from (row for row in some if row[0] in complete)
    yield from first_of_each(rows, owner, [pk for pk in ids if pk not in complete], order_by, limit)


def of_all(rows: "QuerySet[Any]", owner: str, ids: Sequence[str], order_by: Sequence[str], limit: int) -> Any:
    """The rows of all owners together, in the order of an index on both, up to ``limit`` times the number of owners."""
    if not ids:
        return rows.none()
    return rows.filter(**{f"{owner}__in": ids}).order_by(f"{owner}_id", *order_by)[: limit * len(ids)]
