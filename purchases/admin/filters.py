"""Filters of the purchases list, to which the dashboards link."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from blitzrocket.accounts.admin.team_scoped import ALL_ROLES
from blitzrocket.adminsite.filters import DaysFilter
from blitzrocket.days import first_day_of
from contests.admin.scope import contests_of
from purchases.models import DuplicateCount
from purchases.stats import currencies_of

MAX_CONTESTS = 25  # whose currencies are offered
CODE_LENGTH = 3
RECORDED_HERE = "here"


class RecordedFilter(DaysFilter):
    title = "recorded"
    parameter_name = "recorded"
    prefix = "purchase"


class ReceivedAgainFilter(DaysFilter):
    """Orders with duplicates in these days, whenever they were recorded."""

    title = "received again"
    parameter_name = "sent_again"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.days is None:
            return queryset
        contests = request.GET.get("contest")
        ids = [contests] if contests else list(contests_of(request, *ALL_ROLES).values_list("pk", flat=True))
        duplicates = DuplicateCount.objects.filter(contest__in=ids, day__gte=first_day_of(self.days))
        return queryset.filter(pk__in=duplicates.values("purchase"))


class CurrencyFilter(admin.SimpleListFilter):
    """By the currencies of recent purchases; Django's own filter would read all purchases to list them."""

    title = "currency"
    parameter_name = "currency"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        contests = contests_of(request, *ALL_ROLES)
        if contest := request.GET.get("contest"):
            contests = contests.filter(pk=contest)
        ids = contests.order_by("-created_at").values_list("pk", flat=True)[:MAX_CONTESTS]
        codes = {code for currencies in currencies_of(list(ids)).values() for code in currencies}
        current = request.GET.get("currency", "")
        return [(code, code) for code in sorted(codes | ({current} if _is_code(current) else set()))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        code = self.value() or ""
        return queryset.filter(currency=code) if _is_code(code) else queryset


class OriginFilter(admin.SimpleListFilter):
    """Orders recorded in this contest, which the dashboards count, or imported ones."""

    title = "origin"
    parameter_name = "origin"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(RECORDED_HERE, "Recorded here"), ("history", "Imported from another service")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in (RECORDED_HERE, "history"):
            return queryset
        return queryset.filter(rule_set__isnull=self.value() == "history")


class NeedsReviewFilter(admin.SimpleListFilter):
    """Only rows that need a person; the list that the menu opens has it on."""

    title = "show"
    parameter_name = "attention"
    OPEN = "open"
    ALL = "all"  # in the address where it is off, because without it the list would be the menu's
    open_rows: ClassVar[Q]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(self.OPEN, "Needs review")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(self.open_rows) if self.value() == self.OPEN else queryset


NEEDS_REVIEW = {NeedsReviewFilter.parameter_name: NeedsReviewFilter.OPEN}
ALL_ROWS = {NeedsReviewFilter.parameter_name: NeedsReviewFilter.ALL}


def _is_code(text: str) -> bool:
    return len(text) == CODE_LENGTH and text.isascii() and text.isupper()
