"""Purchases and rejected attempts: found, read, never edited."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from contests.admin.scope import ReadOnly, TeamAdmin
from contests.currencies import in_minor_units
from purchases.models import Purchase, RejectedPurchase, order_key


@admin.register(Purchase)
class PurchasePage(ReadOnly, TeamAdmin):
    team_path = "contest__team"
    list_display = ["order_id", "entry", "contest", "money", "points_awarded", "status", "created_at"]
    list_select_related = ["contest", "entry"]
    list_filter = ["status"]
    search_fields = ["order_id"]
    search_help_text = _("Order id with or without #, in any case or by its beginning; email; purchase id")
    show_full_result_count = False
    fieldsets = [
        (None, {"fields": [("order_id", "status"), ("entry", "contest"), "email", ("money", "purchased_at")]}),
        (_("Points"), {"fields": ["points_awarded", "sentence", "rules", "rule_set"]}),
        (
            _("How it came in"),
            {"fields": ["id", "api_key", "created_at", ("duplicates", "last_duplicate_at"), "last_differences"]},
        ),
    ]
    readonly_fields = ["id", "money", "sentence", "rules"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Purchase], search_term: str
    ) -> tuple[QuerySet[Purchase], bool]:
        found = Purchase.objects.for_support(search_term).values("pk")
        return (queryset.filter(pk__in=found) if search_term.strip() else queryset), False

    @admin.display(description=_("amount"), ordering="amount")
    def money(self, purchase: Purchase) -> str:
        return f"{in_minor_units(purchase.amount, purchase.currency):,} {purchase.currency}"

    @admin.display(description=_("In one sentence"))
    def sentence(self, purchase: Purchase) -> str:
        return str(purchase.explanation["sentence"])

    @admin.display(description=_("By rule"))
    def rules(self, purchase: Purchase) -> SafeString:
        lines: list[dict[str, Any]] = purchase.explanation["rules"]
        rows = ((line["rule"], f"+{line['points']}" if line["matched"] else line["reason"]) for line in lines)
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {}</li>", rows))


@admin.register(RejectedPurchase)
class RejectedPurchasePage(ReadOnly, TeamAdmin):
    list_display = ["order_id", "code", "state", "email", "amount", "currency", "times", "last_received_at"]
    list_filter = ["state"]
    search_fields = ["order_id"]
    search_help_text = _("Order id with or without #, in any case or by its beginning; email")
    show_full_result_count = False
    exclude = ["order_key"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[RejectedPurchase], search_term: str
    ) -> tuple[QuerySet[RejectedPurchase], bool]:
        text = search_term.strip()
        return queryset.filter(Q(order_key__startswith=order_key(text)) | Q(email__iexact=text)), False
