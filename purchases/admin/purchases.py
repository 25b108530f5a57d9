"""The purchases list and page: search, timeline and actions; nothing is edited."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from blitzrocket.accounts.admin.team_scoped import list_url
from blitzrocket.adminsite.action_forms import action_dialog
from blitzrocket.adminsite.lists.cells import RowLayout, badge
from blitzrocket.adminsite.lists.empty import EmptyList
from blitzrocket.adminsite.lists.row_list import RowList
from blitzrocket.adminsite.lists.sorting import Sort
from blitzrocket.numbers import counted, show_number
from contests.admin.scope import ContestFilter, ContestScopedAdmin
from contests.money import show_amount
from purchases.admin.dialogs import MoveForm, RefundForm, RestoreForm, VoidForm
from purchases.admin.filters import CurrencyFilter, OriginFilter, ReceivedAgainFilter, RecordedFilter
from purchases.admin.order_page import OrderPage, object_link
from purchases.admin.order_search import OrderSearchAdmin
from purchases.admin.purchase_bulk_actions import PurchaseBulkActionsMixin
from purchases.admin.purchase_page import purchase_page
from purchases.admin.search_page import SearchMixin
from purchases.models import Purchase, RejectedPurchase
from purchases.stats import purchase_count
from purchases.support.search import SearchScope, purchases_like
from purchases.support.timeline import Timeline, timeline_of_purchase

# Of what is unusual; most purchases are recorded and stay so.
STATUS_BADGES = {
    Purchase.Status.PARTIALLY_REFUNDED: "warning",
    Purchase.Status.REFUNDED: "warning",
    Purchase.Status.VOIDED: "danger",
}


@admin.register(Purchase)
class PurchaseAdmin(PurchaseBulkActionsMixin, SearchMixin, OrderSearchAdmin, ContestScopedAdmin):
    exported = (
        "id", "order_id", "contest", "entry", "email", "money", "currency", "purchased_at", "created_at", "status",
        "points_awarded", "points_now", "refunded_amount", "duplicates",
    )  # fmt: skip
    list_display = [
        "order_id",
        "entry_text",
        "amount_text",
        "points",
        "state",
        "contest",
        "purchased_at",
        "created_at",
    ]
    list_select_related = ["contest", "entry"]
    list_filter = [ContestFilter, "status", RecordedFilter, CurrencyFilter, OriginFilter, ReceivedAgainFilter]
    row_layout = RowLayout(
        value="amount_text",
        details=("entry_text", "state", "created_at"),
        wide=("contest", "purchased_at"),
        numbers=("amount_text", "points", "duplicates"),
    )
    sorts = (
        Sort("created_at", ("id",)),
        Sort(
            "purchased_at",
            ("purchased_at", "id"),
            ("Oldest purchase first", "Newest purchase first"),
            needs_owner=True,
        ),
    )
    search_help_text = "Order ID, email, purchase ID or entry ID"
    actions_detail = ["refund", "restore", "move", "void"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .select_related("contest__team", "entry", "recalculated_award", "source_import", "api_key")
        )

    def get_list_display(self, request: HttpRequest) -> list[str]:
        columns = super().get_list_display(request)
        return [*columns, "duplicates"] if "sent_again" in request.GET else columns

    def known_total(self, cl: RowList) -> int | None:
        return purchase_count(cl.owner_ids) if cl.owner_ids is not None and cl.is_whole else None

    def empty_list(self, request: HttpRequest) -> EmptyList:
        text = "An order appears here as soon as your shop sends it. Orders without a matching entry are on hold."
        return EmptyList("No purchases yet", text, ("See rejected orders", list_url(RejectedPurchase)))

    def matching_ids(self, text: str, scope: SearchScope) -> list[str]:
        return purchases_like(text, scope)

    def timeline_of(self, obj: Purchase) -> Timeline:
        return timeline_of_purchase(obj)

    def order_page(self, obj: Purchase, timeline: Timeline) -> OrderPage:
        return purchase_page(obj, timeline)

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
    def entry_text(self, purchase: Purchase) -> SafeString:
        return object_link(purchase.entry)

    @admin.display(description="amount")
    def amount_text(self, purchase: Purchase) -> str:
        """The amount paid, and what is left of it where it was refunded in part."""
        paid = show_amount(purchase.money, purchase.currency)
        if not purchase.refunded_amount or not purchase.money_left:
            return paid
        left = show_amount(purchase.money_left, purchase.currency).removesuffix(f" {purchase.currency}")
        return f"{left} of {paid}"

    @admin.display(description="points")
    def points(self, purchase: Purchase) -> str:
        """The points now, and those earned where these are others."""
        if purchase.points_now == purchase.points_awarded:
            return show_number(purchase.points_now)
        return f"{show_number(purchase.points_now)} of {show_number(purchase.points_awarded)}"

    @admin.display(description="status")
    def state(self, purchase: Purchase) -> SafeString | str:
        """Its status, where that is unusual."""
        kind = STATUS_BADGES.get(Purchase.Status(purchase.status))
        return badge(kind, purchase.get_status_display()) if kind else ""

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
        suffix = " (all that was left)" if "amount" in form.outcome.differences else ""
        amount, points = show_amount(refund.money, refund.currency), counted(refund.points_reversed, "point", "points")
        return self._finish(form, f"Refunded {amount}{suffix}, {points} removed.")

    @action_dialog(
        VoidForm,
        label="Void",
        icon="block",
        permissions=["act"],
        title="Void this order",
        description="Removes all its points. The order ID can't be reused.",
        submit="Void order",
        variant="danger",
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
