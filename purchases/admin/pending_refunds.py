"""Pending refunds, whose order is not recorded yet, and refused ones."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode

from blitzrocket.adminsite.action_forms import action_dialog
from blitzrocket.adminsite.lists.cells import RowLayout, badge, quiet
from blitzrocket.adminsite.lists.empty import EmptyList
from blitzrocket.adminsite.lists.row_list import RowList
from blitzrocket.adminsite.lists.sorting import Sort
from contests.admin.scope import ContestFilter, ContestScopedAdmin
from purchases.admin.dialogs import DismissRefundForm, ReopenRefundForm
from purchases.admin.filters import ALL_ROWS, NEEDS_REVIEW, NeedsReviewFilter
from purchases.admin.order_page import OrderPage, OrderPageMixin
from purchases.admin.order_search import OrderSearchAdmin
from purchases.admin.refund_page import refund_page
from purchases.models import PendingRefund
from purchases.support.search import SearchScope, pending_refunds_like
from purchases.support.timeline import Timeline, timeline_of_pending_refund

State = PendingRefund.State


class OpenRefundFilter(NeedsReviewFilter):
    """Pending and refused refunds that nobody has dismissed."""

    open_rows = Q(state__in=PendingRefund.OPEN, is_dismissed=False)


@admin.register(PendingRefund)
class PendingRefundAdmin(OrderPageMixin, OrderSearchAdmin, ContestScopedAdmin):
    exported = ("id", "order_id", "refund_id", "contest", "amount", "state", "problem", "reason", "received_at")
    list_display = ["order_id", "refund_id", "amount_text", "state_label", "problem", "contest", "received_at"]
    list_select_related = ["contest"]
    list_filter = [OpenRefundFilter, "state", "is_dismissed", ContestFilter]
    default_filters = NEEDS_REVIEW
    unfiltered = ALL_ROWS
    row_layout = RowLayout(
        value="amount_text",
        details=("state_label", "problem", "received_at"),
        wide=("refund_id", "contest"),
        numbers=("amount_text",),
    )
    sorts = (Sort("received_at", ("id",)),)
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
        return refund_page(obj, timeline)

    def matching_ids(self, text: str, scope: SearchScope) -> list[str]:
        return pending_refunds_like(text, scope)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("contest", "api_key")

    def list_parts(self, cl: RowList, rows: QuerySet[Any]) -> list[QuerySet[Any]]:
        """Open refunds have an index for each state."""
        parts = super().list_parts(cl, rows)
        if cl.active_filters.get(OpenRefundFilter.parameter_name) != OpenRefundFilter.OPEN or cl.owner_ids is None:
            return parts
        return [part.filter(state=state) for part in parts for state in PendingRefund.OPEN]

    def empty_list(self, request: HttpRequest) -> EmptyList:
        return EmptyList("No pending refunds", "A refund waits here if it comes before its order, or was refused.")

    def empty_by_default(self, request: HttpRequest) -> EmptyList:
        return EmptyList("No refund needs review", "", ("Show all refunds", f"?{urlencode(ALL_ROWS)}"))

    @admin.display(description="amount")
    def amount_text(self, refund: PendingRefund) -> str:
        return refund.amount_in_words or "–"

    @admin.display(description="state")
    def state_label(self, refund: PendingRefund) -> str:
        if refund.is_dismissed or refund.state == State.APPLIED:
            return quiet("Dismissed" if refund.is_dismissed else refund.get_state_display())
        is_refused = refund.state == State.REFUSED
        return badge("danger", refund.get_state_display()) if is_refused else refund.get_state_display()

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
