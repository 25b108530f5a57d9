"""Pagination of lists: by number (``page`` from 1), or by ``cursor``, which new rows do not shift."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

from django.core import signing
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from blitzrocket.api.fields import refuse
from blitzrocket.api.query_params import (
    ListQuerySerializer,
    Parameter,
    WholeNumberParameter,
    is_ignored,
    refuse_parameter,
)
from blitzrocket.keyset import columns_of, position_of, read_position, rows_after
from blitzrocket.postgres.replica import connection_for_reads

DEFAULT_LIMIT = 20
MAX_PAGE_SIZE = 100
MAX_COUNT = 100_000  # counting on would read the whole list
MAX_OFFSET = 1_000_000
TOO_FAR = "No list is read so far by pages; follow nextCursor, or narrow it by filters."
NEWEST_FIRST = ("-id",)
SIGNED_PATTERN = "^[-A-Za-z0-9_.:]+$"  # URL-safe Base64, as `django.core.signing` writes it
# They choose a page of a list; all others choose the list.
_PAGE_PARAMETERS = ("page", "limit", "cursor")

Rows = QuerySet[Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A page's serialized rows, and the ``pagination`` object of the response."""

    rows: list[Any]
    pagination: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins, by its cursor or an offset, and how many rows are read."""

    order: tuple[str, ...]
    cursor: list[Any] | None
    offset: int
    count: int


class ListView(Protocol):
    """The attributes of a view that the paginator uses."""

    query: dict[str, Any]


class CursorParameter(Parameter):
    """The position where the previous page ended: the ordering columns of its last row.

    Signed for one list with its filters and order, so that a cursor of another list or a forged one is refused.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__({"type": "string", "pattern": SIGNED_PATTERN}, **options)

    def read(self, text: str) -> list[Any]:
        try:
            values: list[Any] = _signer(self.context["request"]).unsign_object(text)
        except signing.BadSignature:
            raise refuse("Send the nextCursor of the page before, with the same filters and sort.") from None
        return read_position(values)


class PageQuerySerializer(ListQuerySerializer):
    """The page of a list: by its number, or by the cursor of the page before."""

    page = WholeNumberParameter(most=MAX_OFFSET, default=1, help_text="Page number, from 1.")
    limit = WholeNumberParameter(most=MAX_PAGE_SIZE, default=DEFAULT_LIMIT, help_text="Maximum rows per page.")
    cursor = CursorParameter(
        help_text="`nextCursor` of the previous page, instead of `page`: rows added meanwhile shift no page."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "cursor" in attrs and "page" in self.initial_data:
            raise serializers.ValidationError({"page": "Leave it out: the cursor says where the page begins."})
        return attrs


class PaginationSerializer(serializers.Serializer):
    """The position of a page in the list."""

    page = serializers.IntegerField(min_value=1, allow_null=True, help_text="Page number. null with `cursor`.")
    limit = serializers.IntegerField(min_value=1, max_value=MAX_PAGE_SIZE, help_text="Maximum rows per page.")
    total = serializers.IntegerField(min_value=0, help_text="Number of rows. Exact up to 100,000.")
    totalPages = serializers.IntegerField(
        min_value=0, allow_null=True, help_text="Number of pages. null with `cursor`."
    )
    totalIsMinimum = serializers.BooleanField(
        required=False, help_text="Present and true if the list has more rows than `total`."
    )
    nextCursor = serializers.CharField(
        allow_null=True, help_text="Value of `cursor` for the next page, with the same filters. null on the last page."
    )


class PageOrCursorPagination(BasePagination):
    """Pagination by the parameters of `PageQuerySerializer`.

    DRF's own paginators do either pages or cursors, count the whole list for every page, and do not sign cursors.
    """

    ordering: tuple[str, ...] = NEWEST_FIRST  # columns of one direction, the last of which no two rows share

    def get_ordering(self, view: ListView) -> tuple[str, ...]:
        return self.ordering

    def get_known_total(self, view: ListView) -> int:
        """The list's length where it is stored, which saves counting a long list; 0 where it is not."""
        return 0

    def has_own_index(self, view: ListView) -> bool:
        """Whether the filters have an index other than that of the order."""
        return False

    def paginate_queryset(  # type: ignore[override]
        self, queryset: Rows | Sequence[Rows], request: Request, view: ListView
    ) -> list[Any]:
        """The rows of the page; ``queryset`` may be several ``values`` querysets with the same columns, as one list.

        Raises:
            InvalidQueryParameterError: the page begins beyond `MAX_OFFSET`.
        """
        parts = [queryset] if isinstance(queryset, QuerySet) else list(queryset)
        order = self.get_ordering(view)
        page, limit, cursor = view.query["page"], view.query["limit"], view.query.get("cursor")
        offset = 0 if cursor else (page - 1) * limit
        if offset > MAX_OFFSET:
            raise refuse_parameter("page", TOO_FAR)
        total, is_minimum, rows = self.read(parts, Position(order, cursor, offset, limit + 1), view)
        self.pagination = {
            "page": None if cursor else page,
            "limit": limit,
            "total": total,
            "totalPages": None if cursor else -(-total // limit),
            "nextCursor": _cursor_of(request, order, rows[limit - 1]) if len(rows) > limit else None,
        }
        if is_minimum:
            self.pagination["totalIsMinimum"] = True
        return rows[:limit]

    def read(self, parts: list[Rows], position: Position, view: Any) -> tuple[int, bool, list[Any]]:
        """The list's length, whether that is only a minimum, and the rows at the position."""
        total, is_minimum = _total(parts, self.get_known_total(view))
        if position.cursor:
            parts = [rows for part in parts for rows in rows_after(part, position.order, position.cursor)]
        if position.offset >= total and not is_minimum:
            return total, is_minimum, []
        is_sorted = self.has_own_index(view) and not is_minimum
        return total, is_minimum, _slice(parts, position, is_sorted=is_sorted)

    def get_paginated_response(self, data: Any) -> Response:
        return Response(Page(list(data), self.pagination))


def _total(parts: list[Rows], known_total: int) -> tuple[int, bool]:
    """The list's length, and whether that is only a minimum."""
    if known_total > MAX_COUNT:
        return known_total, False
    count = sum(part.order_by().values("pk")[: MAX_COUNT + 1].count() for part in parts)
    return min(count, MAX_COUNT), count > MAX_COUNT


def _slice(parts: list[Rows], position: Position, *, is_sorted: bool) -> list[Any]:
    order, offset, count = position.order, position.offset, position.count
    if len(parts) > 1:
        first, *others = (part.order_by(*order)[: offset + count] for part in parts)
        return list(first.union(*others, all=True).order_by(*order)[offset : offset + count])
    (rows,) = parts
    # The inner query reads ids from an index; only the rows of the page are loaded.
    ids: Any = rows.order_by(*order).values("pk")[offset : offset + count]
    if is_sorted:
        ids = _sorted_ids(rows, order, offset, count)
    return list(rows.filter(pk__in=ids).order_by(*order))


def _sorted_ids(rows: Rows, order: tuple[str, ...], offset: int, count: int) -> list[str]:
    """The page's ids by reading all rows that match the filters, which are few, and sorting them.

    For ORDER BY … LIMIT, PostgreSQL may read the whole list in that order, expecting matches early: for a day long ago,
    all rows since. The inner LIMIT, which is never reached, keeps the planner from doing so.
    """
    matches = rows.order_by().values(*columns_of(order))[: MAX_COUNT + 1]
    sorting = ", ".join(f"{name.removeprefix('-')}{' DESC' if name.startswith('-') else ''}" for name in order)
    sql, values = matches.query.sql_with_params()
    with connection_for_reads().cursor() as cursor:
        cursor.execute(f"SELECT id FROM ({sql}) few ORDER BY {sorting} LIMIT %s OFFSET %s", [*values, count, offset])
        return [pk for (pk,) in cursor.fetchall()]


def _cursor_of(request: Request, order: tuple[str, ...], row: Any) -> str:
    return _signer(request).sign_object(position_of(row, order))


def _signer(request: Request) -> signing.Signer:
    """A signer for the list of a request, the same for all its pages."""
    filters = sorted(
        (name, value)
        for name, value in request.query_params.items()
        if name not in _PAGE_PARAMETERS and not is_ignored(name)
    )
    return signing.Signer(salt=f"cursor {request.path.rstrip('/')}?{urlencode(filters)}")
