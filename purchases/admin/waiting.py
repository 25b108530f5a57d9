"""Refunds that wait for their order, and those that could not be applied when it came."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from contests.admin.scope import ContestFilter
from purchases.admin.desk import OffersActs
from purchases.admin.dialogs import DismissRefundForm, ReopenRefundForm
from purchases.admin.found import FoundByOrder
from purchases.desk.search import Scope, waiting_refunds_like
from purchases.models import WaitingRefund

DISMISSED = "dismissed"
COLOURS = {
    WaitingRefund.State.WAITING: "warning",
    WaitingRefund.State.APPLIED: "success",
    WaitingRefund.State.REFUSED: "danger",
    DISMISSED: "info",
}


@admin.register(WaitingRefund)
class WaitingRefundPage(OffersActs, FoundByOrder):
    team_path = "contest__team"
    exported = ("id", "order_id", "refund_id", "contest", "amount", "state", "problem", "reason", "received_at")
    list_display = ["order_id", "refund_id", "how_much", "stands", "problem", "contest", "received_at"]
    list_select_related = ["contest"]
    list_filter = ["state", "is_dismissed", ContestFilter]
    search_help_text = _("Order id (with or without #, any case, by its beginning) or refund id")
    fields = [
        ("order_id", "refund_id"), ("how_much", "state_in_words"), "problem", "reason", ("contest", "sent_with"),
        ("received_at", "is_dismissed"),
    ]  # fmt: skip
    actions_detail = ["dismiss", "reopen"]
    readonly_fields = ["how_much", "sent_with", "state_in_words"]

    def offered_for(self, refund: WaitingRefund) -> set[str]:
        """The acts that make sense as it stands; the services decide again, under its lock."""
        if refund.state not in WaitingRefund.OPEN:
            return set()
        return {"reopen"} if refund.is_dismissed else {"dismiss"}

    def find(self, text: str, scope: Scope) -> list[str]:
        return waiting_refunds_like(text, scope)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("contest")

    @admin.display(description=_("amount"))
    def how_much(self, refund: WaitingRefund) -> str:
        return refund.amount_in_words or "-"

    @display(description=_("state"), label=COLOURS)
    def stands(self, refund: WaitingRefund) -> tuple[str, str]:
        return (DISMISSED, str(_("Dismissed"))) if refund.is_dismissed else (refund.state, refund.get_state_display())

    @admin.display(description=_("state"))
    def state_in_words(self, refund: WaitingRefund) -> str:
        return refund.get_state_display()

    @admin.display(description=_("sent with"))
    def sent_with(self, refund: WaitingRefund) -> str:
        return str(refund.api_key or "–")

    @action(
        description=_("Dismiss"),
        icon="archive",
        permissions=["act"],
        dialog={
            "title": _("Dismiss this refund"),
            "description": _("Marks it as handled. You can reopen it."),
            "form_class": DismissRefundForm,
            "form_submit_text": _("Dismiss"),
        },
    )
    def dismiss(self, request: HttpRequest, form: DismissRefundForm, object_id: str) -> HttpResponse:
        return self._done(request, form, _("Dismissed."))

    @action(
        description=_("Reopen"),
        icon="unarchive",
        permissions=["act"],
        dialog={
            "title": _("Reopen this refund"),
            "description": _("It needs attention again."),
            "form_class": ReopenRefundForm,
            "form_submit_text": _("Reopen"),
        },
    )
    def reopen(self, request: HttpRequest, form: ReopenRefundForm, object_id: str) -> HttpResponse:
        return self._done(request, form, _("Reopened."))
