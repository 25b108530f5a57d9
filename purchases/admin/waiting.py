"""Refunds that wait for their order, and those that could not be applied when it came."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from contests.admin.scope import ContestFilter
from contests.wording import plain
from purchases.admin.found import FoundByOrder
from purchases.desk.search import Scope, waiting_refunds_like
from purchases.models import WaitingRefund

COLOURS = {
    WaitingRefund.State.WAITING: "warning",
    WaitingRefund.State.APPLIED: "success",
    WaitingRefund.State.REFUSED: "danger",
}


@admin.register(WaitingRefund)
class WaitingRefundPage(FoundByOrder):
    team_path = "contest__team"
    exported = ("id", "order_id", "refund_id", "contest", "amount", "state", "problem", "reason", "received_at")
    list_display = ["order_id", "refund_id", "how_much", "stands", "problem", "contest", "received_at"]
    list_select_related = ["contest"]
    list_filter = ["state", "is_dismissed", ContestFilter]
    search_help_text = _("Order id (with or without #, any case, by its beginning) or refund id")
    fields = [
        ("order_id", "refund_id"), ("how_much", "state_in_words"), "problem", "reason", ("contest", "sent_with"),
        "received_at",
    ]  # fmt: skip
    readonly_fields = ["how_much", "sent_with", "state_in_words"]

    def find(self, text: str, scope: Scope) -> list[str]:
        return waiting_refunds_like(text, scope)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("contest")

    @admin.display(description=_("amount"))
    def how_much(self, refund: WaitingRefund) -> str:
        return str(_("all that is left") if refund.amount is None else plain(refund.amount))

    @display(description=_("state"), label=COLOURS)
    def stands(self, refund: WaitingRefund) -> tuple[str, str]:
        return refund.state, refund.get_state_display()

    @admin.display(description=_("state"))
    def state_in_words(self, refund: WaitingRefund) -> str:
        return refund.get_state_display()

    @admin.display(description=_("sent with"))
    def sent_with(self, refund: WaitingRefund) -> str:
        return str(refund.api_key or "–")
