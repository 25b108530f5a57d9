"""The entry pages, with links to purchases."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action

from contests.admin.entry import EntryAdmin, LedgerInline
from contests.models import Entry, PointTransaction
from purchases.models import Purchase

admin.site.unregister(Entry)


class LedgerWithOrdersInline(LedgerInline):
    fields = ["number", "created_at", "kind", "points", "balance", "order", "reason", "actor"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        order = Purchase.objects.filter(contest=OuterRef("contest"), pk=OuterRef("purchase_id"))
        return super().get_queryset(request).annotate(order_id=Subquery(order.values("order_id")))

    @admin.display(description="order")
    def order(self, line: PointTransaction) -> SafeString | str:
        if line.purchase_id is None:
            return "–"
        url = reverse("admin:purchases_purchase_change", args=[quote(line.purchase_id)])
        return format_html('<a href="{}">{}</a>', url, line.order_id)  # type: ignore[attr-defined]  # annotated above


@admin.register(Entry)
class EntryWithPurchasesAdmin(EntryAdmin):
    inlines = [LedgerWithOrdersInline]
    list_after_template = "admin/purchases/export_entries.html"
    actions_detail = [*EntryAdmin.actions_detail, "purchases"]

    @action(description="Purchases", icon="shopping_bag", permissions=["view"])
    def purchases(self, request: HttpRequest, object_id: str) -> HttpResponse:
        entry = self.get_visible_or_404(request, object_id)
        url = reverse("admin:purchases_purchase_changelist")
        return redirect(f"{url}?q={entry.pk}")
