"""The purchases list and page: search, timeline and actions; nothing is edited."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.decorators import display

from blitzrocket.adminsite.action_forms import action_dialog
from blitzrocket.text import plural
from contests.admin.scope import ContestFilter, ContestScopedAdmin
from contests.scoring import Cap
from purchases.admin.bulk_actions import BulkActionsMixin
from purchases.admin.dialogs import MoveForm, RefundForm, RestoreForm, VoidForm
from purchases.admin.filters import CurrencyFilter, OriginFilter, ReceivedAgainFilter, RecordedFilter
from purchases.admin.order_search import OrderSearchAdmin, table
from purchases.admin.search_page import SearchMixin
from purchases.models import Purchase, RejectedPurchase
from purchases.support.search import SearchScope, purchases_like
from purchases.support.timeline import Timeline, timeline_of_purchase

STATUS_COLOURS = {
    Purchase.Status.RECORDED: "success",
    Purchase.Status.PARTIALLY_REFUNDED: "warning",
    Purchase.Status.REFUNDED: "warning",
    Purchase.Status.VOIDED: "danger",
}


@admin.register(Purchase)
class PurchaseAdmin(BulkActionsMixin, SearchMixin, OrderSearchAdmin, ContestScopedAdmin):
    exported = (
        "id", "order_id", "contest", "entry", "email", "money", "currency", "purchased_at", "created_at", "status",
        "points_awarded", "points_now", "refunded_amount", "duplicates",
    )  # fmt: skip
    list_display = [
        "order_id",
        "entry_text",
        "amount_text",
        "points_awarded",
        "points_now",
        "state",
        "contest",
        "created_at",
    ]
    list_select_related = ["contest", "entry"]
    list_filter = [ContestFilter, "status", RecordedFilter, CurrencyFilter, OriginFilter, ReceivedAgainFilter]
    search_help_text = "Order ID, email, purchase ID or entry ID"
    fieldsets = [
        (None, {"fields": [("order_id", "status_text"), ("entry", "contest"), ("amount_text", "email")]}),
        ("Points", {"fields": [("points_awarded", "points_now"), "calculation"]}),
        ("Source", {"fields": [("purchased_at", "created_at"), ("key_name", "id")]}),
    ]
    readonly_fields = ["id", "amount_text", "status_text", "key_name", "calculation", "recalculation"]
    actions_detail = ["refund", "void", "restore", "move"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("contest", "entry", "recalculated_award", "source_import")

    def get_fieldsets(self, request: HttpRequest, obj: Purchase | None = None) -> Any:
        """With the calculation of the last recalculation, where there is one."""
        if obj is None or obj.recalculated_award_id is None:
            return self.fieldsets
        about, points, origin = self.fieldsets
        return [about, points, ("Recalculation", {"fields": ["recalculation"]}), origin]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [*self.list_display, "duplicates"] if "sent_again" in request.GET else self.list_display

    def matching_ids(self, text: str, scope: SearchScope) -> list[str]:
        return purchases_like(text, scope)

    def timeline_of(self, obj: Purchase) -> Timeline:
        return timeline_of_purchase(obj)

    def available_actions(self, purchase: Purchase) -> set[str]:
        """The actions that its status allows; the services check again under its lock."""
        if purchase.is_voided and self._is_held(purchase):
            return set()  # its attachment was undone; it is attached again on the rejected order's page
        if purchase.is_voided:
            return {"restore"} | ({"refund"} if purchase.money_left else set())
        return {"void", "move"} | ({"refund"} if purchase.money_left else set())

    def _is_held(self, purchase: Purchase) -> bool:
        rejections = RejectedPurchase.objects.of_order(purchase.contest_id, purchase.order_id)
        return rejections.filter(state=RejectedPurchase.State.HELD).exists()

    @admin.display(description="entry")
    def entry_text(self, purchase: Purchase) -> str:
        return str(purchase.entry)

    @admin.display(description="amount")
    def amount_text(self, purchase: Purchase) -> str:
        paid = f"{purchase.money:,} {purchase.currency}"
        return f"{paid} ({purchase.money_left:,} left)" if purchase.refunded_amount else paid

    @display(description="status", label=STATUS_COLOURS)
    def state(self, purchase: Purchase) -> tuple[str, str]:
        return purchase.status, purchase.get_status_display()

    @admin.display(description="status")
    def status_text(self, purchase: Purchase) -> str:
        if purchase.import_undone_at:
            return "Voided (import undone)"
        return purchase.get_status_display()

    @admin.display(description="recorded with")
    def key_name(self, purchase: Purchase) -> str:
        if purchase.source_import:
            return f"Import “{purchase.source_import}”"
        return str(purchase.api_key or "Entered manually")  # no link: support does not open keys

    @admin.display(description="how points were calculated")
    def calculation(self, purchase: Purchase) -> SafeString:
        return _calculation(purchase.explain())

    @admin.display(description="how points were calculated")
    def recalculation(self, purchase: Purchase) -> SafeString:
        return _calculation(purchase.explain_last())

    @action_dialog(
        RefundForm,
        label="Refund",
        icon="currency_exchange",
        permissions=["act"],
        title="Refund this order",
        description="Removes the points earned by the refunded part.",
        submit="Refund order",
    )
    def refund(self, request: HttpRequest, form: RefundForm, object_id: str) -> HttpResponse:
        refund = form.outcome.refund
        # An excess within rounding refunds less than the amount entered.
        rest = " (all that was left)" if "amount" in form.outcome.differences else ""
        points = f"{refund.points_reversed} {plural(refund.points_reversed, 'point', 'points')}"
        return self._finish(form, f"Refunded {refund.money} {refund.currency}{rest}, {points} removed.")

    @action_dialog(
        VoidForm,
        label="Void",
        icon="block",
        permissions=["act"],
        title="Void this order",
        description="Removes all its points. The order ID can't be reused.",
        submit="Void order",
    )
    def void(self, request: HttpRequest, form: VoidForm, object_id: str) -> HttpResponse:
        return self._finish(form, "Order voided.")

    @action_dialog(
        RestoreForm,
        label="Restore",
        icon="undo",
        permissions=["act"],
        title="Restore this order",
        description="Gives its points back, except those of later refunds.",
        submit="Restore order",
    )
    def restore(self, request: HttpRequest, form: RestoreForm, object_id: str) -> HttpResponse:
        return self._finish(form, "Order restored.")

    @action_dialog(
        MoveForm,
        label="Move",
        icon="swap_horiz",
        permissions=["act"],
        title="Move this order",
        description="Moves the order and its current points to another entry of the contest.",
        submit="Move order",
    )
    def move(self, request: HttpRequest, form: MoveForm, object_id: str) -> HttpResponse:
        return self._finish(form, f"Order moved to {form.cleaned_data['to']}.")


CAPS = {
    Cap.PER_PURCHASE: "Maximum per purchase",
    Cap.PER_ENTRY: "Maximum per entry",
    Cap.SERVICE: "Maximum of the service",
}


def _calculation(explanation: dict[str, Any]) -> SafeString:
    """An explanation as a table of steps."""
    headers = ["Step", "Points"]
    if explanation.get("history"):
        return table(headers, [["Imported from another service", explanation["points"]]])
    rows = [[line["rule"], _points_of(line)] for line in explanation["rules"]]
    rows.append(["Subtotal", explanation["exactPoints"]])
    rows.append(["Rounded", explanation["roundedPoints"]])
    rows += [[CAPS[Cap(cap["cap"])], cap["limitedTo"]] for cap in explanation["caps"]]
    if explanation["notEarning"]:
        rows.append([f"No points: {explanation['notEarning']['reason']}", 0])
    rows.append([f"Points earned (rules version {explanation['ruleSet']})", explanation["points"]])
    return table(headers, rows)


def _points_of(line: dict[str, Any]) -> Decimal | str:
    return line["points"] if line["matched"] else f"Not applied: {line['reason']}"
