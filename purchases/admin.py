"""Purchases and rejected attempts: found, read, never edited."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from contests.admin.scope import ContestFilter, ReadOnly, TeamAdmin
from contests.currencies import in_minor_units
from contests.models import PointTransaction
from purchases.models import Purchase, RejectedPurchase

STATUS_COLOURS = {
    Purchase.Status.RECORDED: "success",
    Purchase.Status.PARTIALLY_REFUNDED: "warning",
    Purchase.Status.REFUNDED: "warning",
    Purchase.Status.VOIDED: "danger",
}
STATE_COLOURS = {
    RejectedPurchase.State.REFUSED: "danger",
    RejectedPurchase.State.HELD: "warning",
    RejectedPurchase.State.RECORDED: "success",
}


class FoundByOrder(ReadOnly, TeamAdmin):
    """Large lists that are looked up, never counted or sorted: what ``for_support`` finds, newest first."""

    sortable_by = ()
    paginator = InfinitePaginator
    show_full_result_count = False
    search_fields = ["order_id"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return (queryset.for_support(search_term) if search_term.strip() else queryset), False  # type: ignore[attr-defined]


@admin.register(Purchase)
class PurchasePage(FoundByOrder):
    team_path = "contest__team"
    list_display = ["order_id", "who", "money", "points_awarded", "state", "contest", "created_at"]
    list_select_related = ["contest", "entry"]
    list_filter = [ContestFilter, "status"]
    search_help_text = _("Order id (with or without #, any case, by its beginning), email, purchase id or entry id")
    fieldsets = [
        (None, {"fields": [("order_id", "status"), ("entry", "contest"), ("money", "email"), "purchased_at"]}),
        (_("Points"), {"fields": ["points_awarded", "sentence", "explained", "ledger_lines"]}),
        (
            _("How it came in"),
            {"fields": [("created_at", "sent_with"), ("duplicates", "last_duplicate_at"), "differences", "id"]},
        ),
    ]
    readonly_fields = ["id", "money", "sent_with", "sentence", "explained", "ledger_lines", "differences"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("contest", "entry")

    @admin.display(description=_("entry"))
    def who(self, purchase: Purchase) -> str:
        return str(purchase.entry)

    @admin.display(description=_("amount"))
    def money(self, purchase: Purchase) -> str:
        return f"{in_minor_units(purchase.amount, purchase.currency):,} {purchase.currency}"

    @display(description=_("status"), label=STATUS_COLOURS)
    def state(self, purchase: Purchase) -> tuple[str, str]:
        return purchase.status, purchase.get_status_display()

    @admin.display(description=_("recorded with"))
    def sent_with(self, purchase: Purchase) -> str:
        return str(purchase.api_key or "–")  # no link: support does not open keys

    @admin.display(description=_("In one sentence"))
    def sentence(self, purchase: Purchase) -> str:
        return str(purchase.explanation["sentence"])

    @admin.display(description=_("Rule by rule"))
    def explained(self, purchase: Purchase) -> SafeString:
        why = purchase.explanation
        rows = [[line["rule"], _given(line)] for line in why["rules"]]
        rows.append([_("Together"), why["exactPoints"]])
        rows.append([_("Rounded"), why["roundedPoints"]])
        rows += [[_("Limited by %(reason)s") % cap, cap["limitedTo"]] for cap in why["caps"]]
        if why["notEarning"]:
            rows.append([_("Nothing, because %(reason)s") % why["notEarning"], 0])
        rows.append([_("Points awarded, under rules no. %(ruleSet)d") % why, why["points"]])
        return _table([_("what"), _("points")], rows)

    @admin.display(description=_("In the ledger"))
    def ledger_lines(self, purchase: Purchase) -> SafeString:
        lines = PointTransaction.objects.filter(contest=purchase.contest_id, purchase=purchase).order_by("id")
        rows = [[line.created_at, line.get_kind_display(), f"{line.points:+,}", f"{line.balance:,}"] for line in lines]
        return _table(
            [_("when"), _("kind"), _("points"), _("balance")], rows or [[_("No points were moved."), "", "", ""]]
        )

    @admin.display(description=_("What differed the last time"))
    def differences(self, purchase: Purchase) -> str:
        differences = purchase.last_differences or {}
        said = _("%(field)s: recorded %(recorded)s, received %(received)s")
        return "; ".join(said % {"field": field, **values} for field, values in differences.items()) or "–"


@admin.register(RejectedPurchase)
class RejectedPurchasePage(FoundByOrder):
    list_display = ["order_id", "why", "stands", "email", "amount", "currency", "times", "last_received_at"]
    list_filter = [ContestFilter, "state", ("code", admin.ChoicesFieldListFilter)]
    search_help_text = _("Order id (with or without #, any case, by its beginning) or email, as they were sent")
    fieldsets = [
        (None, {"fields": [("order_id", "state"), "why", "what_was_wrong", "purchase"]}),
        (
            _("What was sent"),
            {"fields": [("email", "amount", "currency"), ("contest_sent", "contest"), "purchased_at"]},
        ),
        (_("When"), {"fields": [("times", "sent_with"), ("first_received_at", "last_received_at"), "rule_set"]}),
    ]
    readonly_fields = ["why", "what_was_wrong", "sent_with"]

    @admin.display(description=_("reason"))
    def why(self, attempt: RejectedPurchase) -> str:
        return str(attempt.get_code_display())

    @admin.display(description=_("first sent with"))
    def sent_with(self, attempt: RejectedPurchase) -> str:
        return str(attempt.api_key)

    @display(description=_("state"), label=STATE_COLOURS)
    def stands(self, attempt: RejectedPurchase) -> tuple[str, str]:
        return attempt.state, attempt.get_state_display()

    @admin.display(description=_("What was wrong"))
    def what_was_wrong(self, attempt: RejectedPurchase) -> SafeString | str:
        rows = [[detail["field"], detail["message"]] for detail in attempt.details]
        return _table([_("field"), _("message")], rows) if rows else "–"


def _given(line: dict[str, Any]) -> Decimal | str:
    return line["points"] if line["matched"] else _("none: %(reason)s") % line


def _table(headers: list[Any], rows: list[list[Any]]) -> SafeString:
    return render_to_string("admin/purchases/table.html", {"table": {"headers": headers, "rows": rows}})
