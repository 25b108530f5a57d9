"""Purchases: found, explained with their whole story, and acted on; never edited."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from contests.admin.scope import ContestFilter, ContestScopedAdmin
from purchases.admin.bulk_actions import BulkActionsMixin
from purchases.admin.desk import SupportDeskMixin
from purchases.admin.dialogs import (
    MoveForm,
    RefundForm,
    RestoreForm,
    VoidForm,
)
from purchases.admin.filters import (
    CurrencyFilter,
    OriginFilter,
    RecordedFilter,
    SentAgainFilter,
)
from purchases.admin.order_search import OrderSearchAdmin, table
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
class PurchaseAdmin(BulkActionsMixin, SupportDeskMixin, OrderSearchAdmin, ContestScopedAdmin):
    exported = (
        "id", "order_id", "contest", "entry", "email", "money", "currency", "purchased_at", "created_at", "status",
        "points_awarded", "points_now", "refunded_amount", "duplicates",
    )  # fmt: skip
    list_display = [
        "order_id",
        "who",
        "amount_in_words",
        "points_awarded",
        "points_now",
        "state",
        "contest",
        "created_at",
    ]
    list_select_related = ["contest", "entry"]
    list_filter = [ContestFilter, "status", RecordedFilter, CurrencyFilter, OriginFilter, SentAgainFilter]
    search_help_text = "Order id (with or without #, any case, by its beginning), email, purchase id or entry id"
    fieldsets = [
        (None, {"fields": [("order_id", "status_text"), ("entry", "contest"), ("amount_in_words", "email")]}),
        ("Points", {"fields": [("points_awarded", "points_now"), "explained"]}),
        ("How it came in", {"fields": [("purchased_at", "created_at"), ("sent_with", "id")]}),
    ]
    readonly_fields = ["id", "amount_in_words", "status_text", "sent_with", "explained", "explained_again"]
    actions_detail = ["refund", "void", "restore", "move"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("contest", "entry", "recalculated_award", "history_import")

    def get_fieldsets(self, request: HttpRequest, obj: Purchase | None = None) -> Any:
        """Its second explanation below the first, where it has one."""
        if obj is None or obj.recalculated_award_id is None:
            return self.fieldsets
        about, points, origin = self.fieldsets
        return [about, points, ("Recalculated", {"fields": ["explained_again"]}), origin]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [*self.list_display, "duplicates"] if "sent_again" in request.GET else self.list_display

    def find(self, text: str, scope: SearchScope) -> list[str]:
        return purchases_like(text, scope)

    def story_of(self, obj: Purchase) -> Timeline:
        return timeline_of_purchase(obj)

    def offered_for(self, purchase: Purchase) -> set[str]:
        """The acts that make sense as it stands; the services decide again, under its lock."""
        if purchase.is_voided and self._waits_again(purchase):
            return set()  # its attaching was taken back: it is attached anew on the attempt's page
        if purchase.is_voided:
            return {"restore"} | ({"refund"} if purchase.money_left else set())
        return {"void", "move"} | ({"refund"} if purchase.money_left else set())

    def _waits_again(self, purchase: Purchase) -> bool:
        attempts = RejectedPurchase.objects.of_order(purchase.contest_id, purchase.order_id)
        return attempts.filter(state=RejectedPurchase.State.HELD).exists()

    @admin.display(description="entry")
    def who(self, purchase: Purchase) -> str:
        return str(purchase.entry)

    @admin.display(description="amount")
    def amount_in_words(self, purchase: Purchase) -> str:
        paid = f"{purchase.money:,} {purchase.currency}"
        return f"{paid} ({purchase.money_left:,} left)" if purchase.refunded_amount else paid

    @display(description="status", label=STATUS_COLOURS)
    def state(self, purchase: Purchase) -> tuple[str, str]:
        return purchase.status, purchase.get_status_display()

    @admin.display(description="status")
    def status_text(self, purchase: Purchase) -> str:
        if purchase.history_undone_at:
            return "Voided: its import was undone"
        return purchase.get_status_display()

    @admin.display(description="recorded with")
    def sent_with(self, purchase: Purchase) -> str:
        if purchase.history_import:
            return str(f"import of past orders “{purchase.history_import}”")
        return str(purchase.api_key or "by hand")  # no link: support does not open keys

    @admin.display(description="Rule by rule")
    def explained(self, purchase: Purchase) -> SafeString:
        return _rule_by_rule(purchase.explanation)

    @admin.display(description="Judged again")
    def explained_again(self, purchase: Purchase) -> SafeString:
        return _rule_by_rule(purchase.current_explanation)

    @action(
        description="Refund",
        icon="currency_exchange",
        permissions=["act"],
        dialog={
            "title": "Refund this order",
            "description": "Takes the points back that the order would not have earned with what is left of it.",
            "form_class": RefundForm,
            "form_submit_text": "Refund",
        },
    )
    def refund(self, request: HttpRequest, form: RefundForm, object_id: str) -> HttpResponse:
        refund = form.outcome.refund
        # An excess within rounding takes less than was asked for.
        said = (
            "Refunded %(amount)s %(currency)s, all that was left. %(points)d points were taken back."
            if "amount" in form.outcome.differences
            else "Refunded %(amount)s %(currency)s. %(points)d points were taken back."
        )
        words = {"amount": refund.money, "currency": refund.currency, "points": refund.points_reversed}
        return self._done(request, form, said % words)

    @action(
        description="Void",
        icon="block",
        permissions=["act"],
        dialog={
            "title": "Void this order",
            "description": "Takes all its points back, as if it had not been. Its order id stays taken.",
            "form_class": VoidForm,
            "form_submit_text": "Void",
        },
    )
    def void(self, request: HttpRequest, form: VoidForm, object_id: str) -> HttpResponse:
        return self._done(request, form, "Voided.")

    @action(
        description="Take the void back",
        icon="undo",
        permissions=["act"],
        dialog={
            "title": "Take the void back",
            "description": "Its points are as before, less what was refunded since.",
            "form_class": RestoreForm,
            "form_submit_text": "Take back",
        },
    )
    def restore(self, request: HttpRequest, form: RestoreForm, object_id: str) -> HttpResponse:
        return self._done(request, form, "The order counts again.")

    @action(
        description="Move",
        icon="swap_horiz",
        permissions=["act"],
        dialog={
            "title": "Move this order",
            "description": "Gives the order and the points it has now to another entry of the contest.",
            "form_class": MoveForm,
            "form_submit_text": "Move",
        },
    )
    def move(self, request: HttpRequest, form: MoveForm, object_id: str) -> HttpResponse:
        return self._done(request, form, f"Moved to {form.cleaned_data['to']}.")


def _given(line: dict[str, Any]) -> Decimal | str:
    return line["points"] if line["matched"] else f"none: {line['reason']}"


def _rule_by_rule(why: dict[str, Any]) -> SafeString:
    if why.get("history"):
        return table(["what", "points"], [["Brought along from another service", why["points"]]])
    rows = [[line["rule"], _given(line)] for line in why["rules"]]
    rows.append(["Together", why["exactPoints"]])
    rows.append(["Rounded", why["roundedPoints"]])
    rows += [[f"Limited by {cap['reason']}", cap["limitedTo"]] for cap in why["caps"]]
    if why["notEarning"]:
        rows.append([f"Nothing, because {why['notEarning']['reason']}", 0])
    rows.append([f"Points awarded, under rules no. {why['ruleSet']}", why["points"]])
    return table(["what", "points"], rows)
