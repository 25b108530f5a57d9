"""Pending refunds, whose order is not recorded yet, and refused ones."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from blitzrocket.adminsite.action_forms import action_dialog
from contests.admin.scope import ContestFilter, ContestScopedAdmin
from purchases.admin.dialogs import DismissRefundForm, ReopenRefundForm
from purchases.admin.order_page import OrderPage, OrderPageMixin
from purchases.admin.order_search import OrderSearchAdmin
from purchases.admin.refund_page import refund_page
from purchases.models import PendingRefund
from purchases.support.search import SearchScope, pending_refunds_like
from purchases.support.timeline import Timeline, timeline_of_pending_refund

DISMISSED = "dismissed"
COLOURS = {
    PendingRefund.State.PENDING: "warning",
    PendingRefund.State.APPLIED: "success",
    PendingRefund.State.REFUSED: "danger",
    DISMISSED: "info",
}


@admin.register(PendingRefund)
class PendingRefundAdmin(OrderPageMixin, OrderSearchAdmin, ContestScopedAdmin):
    exported = ("id", "order_id", "refund_id", "contest", "amount", "state", "problem", "reason", "received_at")
    list_display = ["order_id", "refund_id", "amount_text", "state_label", "problem", "contest", "received_at"]
    list_select_related = ["contest"]
    list_filter = ["state", "is_dismissed", ContestFilter]
    search_help_text = "Order ID or refund ID"
    actions_detail = ["dismiss", "reopen"]

    def available_actions(self, refund: PendingRefund) -> set[str]:
        """The actions that its state allows; the services check again under its lock."""
        if refund.state not in PendingRefund.OPEN:
            return set()
        return {"reopen"} if refund.is_dismissed else {"dismiss"}

    def timeline_of(self, obj: PendingRefund) -> Timeline:
        return timeline_of_pending_refund(obj)

    def order_page(self, obj: PendingRefund, timeline: Timeline) -> OrderPage:
        return refund_page(obj, timeline.purchase)

    def matching_ids(self, text: str, scope: SearchScope) -> list[str]:
        return pending_refunds_like(text, scope)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("contest", "api_key")

    @admin.display(description="amount")
    def amount_text(self, refund: PendingRefund) -> str:
        return refund.amount_in_words or "-"

    @display(description="state", label=COLOURS)
    def state_label(self, refund: PendingRefund) -> tuple[str, str]:
        return (DISMISSED, "Dismissed") if refund.is_dismissed else (refund.state, refund.get_state_display())

    @action_dialog(
        DismissRefundForm,
        label="Dismiss",
        icon="archive",
        permissions=["act"],
        title="Dismiss this refund",
        description="Marks it as handled. You can reopen it.",
        submit="Dismiss refund",
    )
    def dismiss(self, request: HttpRequest, form: DismissRefundForm, object_id: str) -> HttpResponse:
        return self._finish(form, "Refund dismissed.")

    @action_dialog(
        ReopenRefundForm,
        label="Reopen",
        icon="unarchive",
        permissions=["act"],
        title="Reopen this refund",
        description="Marks it as needing attention again.",
        submit="Reopen refund",
    )
    def reopen(self, request: HttpRequest, form: ReopenRefundForm, object_id: str) -> HttpResponse:
        return self._finish(form, "Refund reopened.")
