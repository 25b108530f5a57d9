"""Lists, a page at a time: ``page`` from 1, ``limit`` 1 to 100."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request

from blitzrocket.api.params import refuse_parameter, whole_number

DEFAULT_LIMIT = 20
MOST_ON_A_PAGE = 100
MOST_COUNTED = 100_000  # counting on would read the whole list
FURTHEST_OFFSET = 1_000_000


@dataclass(frozen=True, slots=True)
class Paged:
    """A page's rows, as they are to be written, and where in the list they stand."""

    rows: list[Any]
    pagination: dict[str, Any]


class PaginationSerializer(serializers.Serializer):
    """Where in the list a page stands."""

    page = serializers.IntegerField(min_value=1)
    limit = serializers.IntegerField(min_value=1, max_value=MOST_ON_A_PAGE)
    total = serializers.IntegerField(min_value=0, help_text="Exact up to 100,000.")
    totalPages = serializers.IntegerField(min_value=0)
    totalIsMinimum = serializers.BooleanField(
        required=False, help_text="There, and true, where there are more than `total`."
    )


def paginate(
    request: Request, queryset: QuerySet[Any], serializer: type[serializers.Serializer], context: Any
) -> Paged:
    """The page of an ordered list that the request asks for.

    Raises:
        InvalidQueryParameter: page or limit are not what they must be.
    """
    limit = whole_number(request, "limit", DEFAULT_LIMIT, 1, MOST_ON_A_PAGE)
    page = whole_number(request, "page", 1, 1, FURTHEST_OFFSET)
    offset = (page - 1) * limit
    if offset > FURTHEST_OFFSET:
        raise refuse_parameter("page", "No list is read so far by pages; narrow it with a filter.")
    total = queryset.order_by().values("pk")[: MOST_COUNTED + 1].count()
    rows = list(queryset[offset : offset + limit]) if offset < total or total > MOST_COUNTED else []
    pagination = {
        "page": page,
        "limit": limit,
        "total": min(total, MOST_COUNTED),
        "totalPages": -(-min(total, MOST_COUNTED) // limit),
    }
    if total > MOST_COUNTED:
        pagination["totalIsMinimum"] = True
    return Paged([serializer(row, context=context).data for row in rows], pagination)
