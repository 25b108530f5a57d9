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
from blitzrocket.times import show_datetime

WHOLE_DAY = {"from": "00:00:00", "to": "23:59:59"}
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
    """A range of times in the reader's zone; Unfold's own filter reads them as UTC.

    A day without a time is the whole day.
    """

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        bounds = {"gte": self._bound("from"), "lte": self._bound("to")}
        return queryset.filter(
            **{f"{self.field_path}__{lookup}": moment for lookup, moment in bounds.items() if moment}
        )

    @property
    def inputs(self) -> list[tuple[str, str, str, str]]:
        """The fields of its form: name, kind of input, label, value."""
        return [
            (f"{self.parameter_name}_{name}_{part}", kind, label, self._part(name, part))
            for name, side in (("from", "from"), ("to", "until"))
            for part, kind, label in ((0, "date", side), (1, "time", f"{side}, time"))
        ]

    def chip_value(self) -> str:
        """“from 6 Nov 2026, 14:05 until …”; empty where it filters nothing."""
        bounds = (("from", self._bound("from")), ("until", self._bound("to")))
        return " ".join(f"{side} {show_datetime(moment)}" for side, moment in bounds if moment)

    def _part(self, name: str, part: int) -> str:
        return str(self.used_parameters.get(f"{self.parameter_name}_{name}_{part}") or "")

    def _bound(self, name: str) -> datetime | None:
        day, time = self._part(name, 0), self._part(name, 1)
        try:
            bound: datetime | None = LocalDateTimeField(required=False).clean([day, time or WHOLE_DAY[name]])
        except ValidationError:
            return None  # an invalid time filters nothing
        return bound
