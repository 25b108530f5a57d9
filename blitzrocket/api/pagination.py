"""Lists, a page at a time: by number (``page`` from 1), or by ``cursor``, which new rows do not move."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from django.core import signing
from django.db import connection
from django.db.models import F, Func, QuerySet, TextField, Value
from django.db.models.lookups import GreaterThan, LessThan
from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from blitzrocket.api.fields import refuse
from blitzrocket.api.query_params import (
    ListQuerySerializer,
    Parameter,
    WholeNumberParameter,
    is_passed_over,
    refuse_parameter,
)

DEFAULT_LIMIT = 20
MOST_ON_A_PAGE = 100
MOST_COUNTED = 100_000  # counting on would read the whole list
FURTHEST_OFFSET = 1_000_000
TOO_FAR = "No list is read so far by pages; follow nextCursor, or narrow it by filters."
NEWEST_FIRST = ("-id",)
# A page is the same list, whatever these say.
_of_the_page = ("page", "limit", "cursor")

Rows = QuerySet[Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A page's rows, as they are to be written, and where in the list they stand."""

    rows: list[Any]
    pagination: dict[str, Any]


class ListView(Protocol):
    """What the paginator asks a view for."""

    query: dict[str, Any]


class CursorParameter(Parameter):
    """Where the page before ended: what the list is ordered by, of its last row.

    Signed for one list with its filters and its order, so that no other's is taken, nor one that is made up.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__({"type": "string", "minLength": 1}, **options)

    def read(self, text: str) -> list[Any]:
        try:
            values: list[Any] = _signer(self.context["request"]).unsign_object(text)
        except signing.BadSignature:
            raise refuse("Send the nextCursor of the page before, with the same filters and sort.") from None
        return [datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value for value in values]


class PageQuerySerializer(ListQuerySerializer):
    """The page of a list: by its number, or by the cursor of the page before."""

    page = WholeNumberParameter(most=FURTHEST_OFFSET, default=1, help_text="The page, from 1.")
    limit = WholeNumberParameter(most=MOST_ON_A_PAGE, default=DEFAULT_LIMIT, help_text="Rows a page.")
    cursor = CursorParameter(
        help_text="The `nextCursor` of the page before, instead of `page`: each row comes once while others arrive."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "cursor" in attrs and "page" in self.initial_data:
            raise serializers.ValidationError({"page": "Leave it out: the cursor says where the page begins."})
        return attrs


class PaginationSerializer(serializers.Serializer):
    """Where in the list a page stands."""

    page = serializers.IntegerField(min_value=1, allow_null=True, help_text="Null with `cursor`.")
    limit = serializers.IntegerField(min_value=1, max_value=MOST_ON_A_PAGE, help_text="Rows a page.")
    total = serializers.IntegerField(min_value=0, help_text="Exact up to 100,000.")
    totalPages = serializers.IntegerField(min_value=0, allow_null=True, help_text="Null with `cursor`.")
    totalIsMinimum = serializers.BooleanField(
        required=False, help_text="There, and true, where there are more than `total`."
    )
    nextCursor = serializers.CharField(
        allow_null=True, help_text="Send it as `cursor`, with the same filters, for the next page; null on the last."
    )


class PageOrCursorPagination(BasePagination):
    """The page of a list that a `PageQuerySerializer` asks for.

    DRF's own paginators know one of the two ways each, count the whole list for every page, and sign no cursor.
    """

    ordering: tuple[str, ...] = NEWEST_FIRST  # columns of one direction, the last of which no two rows share

    def get_ordering(self, view: ListView) -> tuple[str, ...]:
        return self.ordering

    def get_known_total(self, view: ListView) -> int:
        """How many rows the list has, where that is known: it spares counting a long one."""
        return 0

    def has_own_index(self, view: ListView) -> bool:
        """Whether the filters are answered by another index than the order is."""
        return False

    def paginate_queryset(  # type: ignore[override]
        self, queryset: Rows | Sequence[Rows], request: Request, view: ListView
    ) -> list[Any]:
        """The rows of the page; ``queryset`` may be several of ``values`` with the same columns, which are one list.

        Raises:
            InvalidQueryParameterError: the page lies too far down.
        """
        parts = [queryset] if isinstance(queryset, QuerySet) else list(queryset)
        order = self.get_ordering(view)
        page, limit, cursor = view.query["page"], view.query["limit"], view.query.get("cursor")
        offset = 0 if cursor else (page - 1) * limit
        if offset > FURTHEST_OFFSET:
            raise refuse_parameter("page", TOO_FAR)
        total, is_minimum = _total(parts, self.get_known_total(view))
        if cursor:
            parts = [_after(part, order, cursor) for part in parts]
        is_sorted = self.has_own_index(view) and not is_minimum
        rows = _slice(parts, order, offset, limit + 1, is_sorted=is_sorted) if offset < total or is_minimum else []
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

    def get_paginated_response(self, data: Any) -> Response:
        return Response(Page(list(data), self.pagination))


def _total(parts: list[Rows], known: int) -> tuple[int, bool]:
    """How many rows the list has, and whether there are more than that."""
    if known > MOST_COUNTED:
        return known, False
    count = sum(part.order_by().values("pk")[: MOST_COUNTED + 1].count() for part in parts)
    return min(count, MOST_COUNTED), count > MOST_COUNTED


def _slice(parts: list[Rows], order: tuple[str, ...], offset: int, count: int, *, is_sorted: bool) -> list[Any]:
    if len(parts) > 1:
        first, *others = (part.order_by(*order)[: offset + count] for part in parts)
        return list(first.union(*others, all=True).order_by(*order)[offset : offset + count])
    (rows,) = parts
    # The page's ids are found in an index, and only its rows are read.
    ids: Any = rows.order_by(*order).values("pk")[offset : offset + count]
    if is_sorted:
        ids = _sorted_ids(rows, order, offset, count)
    return list(rows.filter(pk__in=ids).order_by(*order))


def _sorted_ids(rows: Rows, order: tuple[str, ...], offset: int, count: int) -> list[str]:
    """The page's ids by reading all that the filters leave, which are few, and sorting it.

    Asked for the first ones in an order, PostgreSQL reads the list in that order and hopes to meet them soon: of a day
    long ago, by reading all that came since. It does not look through the limit, which is never reached.
    """
    few = rows.order_by().values(*_columns_of(order))[: MOST_COUNTED + 1]
    sorting = ", ".join(f"{name.removeprefix('-')}{' DESC' if name.startswith('-') else ''}" for name in order)
    sql, values = few.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM ({sql}) few ORDER BY {sorting} LIMIT %s OFFSET %s", [*values, count, offset])
        return [pk for (pk,) in cursor.fetchall()]


def _columns_of(order: tuple[str, ...]) -> list[str]:
    return [name.removeprefix("-") for name in order]


def _after(rows: Rows, order: tuple[str, ...], position: list[Any]) -> Rows:
    """The rows behind a position: one comparison of all columns, which an index answers."""
    compare = LessThan if order[0].startswith("-") else GreaterThan
    columns = [F(name) for name in _columns_of(order)]
    return rows.filter(compare(_row(columns), _row([Value(value) for value in position])))


def _row(values: Sequence[Any]) -> Func:
    return Func(*values, function="ROW", output_field=TextField())


def _cursor_of(request: Request, order: tuple[str, ...], row: Any) -> str:
    values = [row[name] if isinstance(row, dict) else getattr(row, name) for name in _columns_of(order)]
    # Times with all their digits, unlike those of answers: two rows may differ by a microsecond.
    written = [{"at": value.isoformat()} if isinstance(value, datetime) else value for value in values]
    return _signer(request).sign_object(written)


def _signer(request: Request) -> signing.Signer:
    """Signs for the list that a request asks for, whatever page of it."""
    filters = sorted(
        (name, value)
        for name, value in request.query_params.items()
        if name not in _of_the_page and not is_passed_over(name)
    )
    return signing.Signer(salt=f"cursor {request.path.rstrip('/')}?{urlencode(filters)}")
