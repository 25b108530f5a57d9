"""Filters of the purchases, by which each figure of a dashboard leads to what it counted."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from blitzrocket.accounts.admin.team_scoped import EVERYBODY
from blitzrocket.adminsite.filters import DaysFilter
from blitzrocket.days import first_day_of
from contests.admin.scope import contests_of
from purchases.models import DuplicateCount
from purchases.stats import currencies_of

MOST_CONTESTS = 25  # whose currencies are offered to choose from
DAYS_LOOKED_AT = 90
CODE_LENGTH = 3
RECORDED_HERE = "here"


class RecordedFilter(DaysFilter):
    title = "recorded"
    parameter_name = "recorded"
    prefix = "purchase"


class SentAgainFilter(DaysFilter):
    """Orders that were sent again in these days, whenever they were recorded."""

    title = "sent again"
    parameter_name = "sent_again"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.days is None:
            return queryset
        contests = request.GET.get("contest")
        ids = [contests] if contests else list(contests_of(request, *EVERYBODY).values_list("pk", flat=True))
        again = DuplicateCount.objects.filter(contest__in=ids, day__gte=first_day_of(self.days))
        return queryset.filter(pk__in=again.values("purchase"))


class CurrencyFilter(admin.SimpleListFilter):
    """The currencies of the last days' purchases; Django's own filter would read all purchases for them."""

    title = "currency"
    parameter_name = "currency"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        contests = contests_of(request, *EVERYBODY)
        if chosen := request.GET.get("contest"):
            contests = contests.filter(pk=chosen)
        ids = contests.order_by("-created_at").values_list("pk", flat=True)[:MOST_CONTESTS]
        seen = {code for codes in currencies_of(list(ids), DAYS_LOOKED_AT).values() for code in codes}
        chosen = request.GET.get("currency", "")
        return [(code, code) for code in sorted(seen | ({chosen} if _is_code(chosen) else set()))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        code = self.value() or ""
        return queryset.filter(currency=code) if _is_code(code) else queryset


class OriginFilter(admin.SimpleListFilter):
    """Orders of this contest, which the figures of dashboards count, or those brought along from another service."""

    title = "origin"
    parameter_name = "origin"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(RECORDED_HERE, "Recorded here"), ("history", "Brought along from another service")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in (RECORDED_HERE, "history"):
            return queryset
        return queryset.filter(rule_set__isnull=self.value() == "history")


def _is_code(text: str) -> bool:
    return len(text) == CODE_LENGTH and text.isascii() and text.isupper()
