"""Admin list filters by creation time, as ranges of ids, so that they use the primary key's index."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RangeDateTimeFilter

from blitzrocket.adminsite.datetime_fields import LocalDateTimeField
from blitzrocket.days import first_day_of, start_of
from blitzrocket.ids import least_id

DAYS = {"today": 1, "7": 7, "30": 30, "90": 90}


class DaysFilter(admin.SimpleListFilter):
    """The last days (UTC) including today, as on dashboards; ``prefix`` is that of the rows' ids."""

    prefix: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("today", "Today"),
            ("7", "Last 7 days"),
            ("30", "Last 30 days"),
            ("90", "Last 90 days"),
        ]

    @property
    def days(self) -> int | None:
        return DAYS.get(self.value() or "")

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.days is None:
            return queryset
        start = start_of(first_day_of(self.days))
        return queryset.filter(pk__gte=least_id(self.prefix, start), created_at__gte=start)


class DateTimeRangeFilter(RangeDateTimeFilter):
    """A range of times in the reader's zone; Unfold's own filter reads them as UTC."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        bounds = {"gte": self._bound("from"), "lte": self._bound("to")}
        return queryset.filter(
            **{f"{self.field_path}__{lookup}": moment for lookup, moment in bounds.items() if moment}
        )

    def _bound(self, name: str) -> datetime | None:
        parts = [self.used_parameters.get(f"{self.parameter_name}_{name}_{part}") for part in (0, 1)]
        try:
            moment: datetime | None = LocalDateTimeField(required=False).clean(parts)
        except ValidationError:
            return None  # an invalid time filters nothing
        return moment
