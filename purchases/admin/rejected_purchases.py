"""The rejected orders: their reasons and the actions that resolve them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.decorators import display

from apikeys.models import ApiKey
from blitzrocket.accounts.admin.team_scoped import ALL_ROLES, teams_of
from blitzrocket.adminsite.action_forms import action_dialog
from blitzrocket.adminsite.filters import DateTimeRangeFilter
from blitzrocket.text import plural
from contests.admin.scope import ContestFilter
from purchases.admin.dialogs import TIME_KEPT, AttachForm, DetachForm, DismissForm, RecordForm, ReopenForm
from purchases.admin.order_page import OrderPage, OrderPageMixin
from purchases.admin.order_search import OrderSearchAdmin
from purchases.admin.rejected_page import rejected_page
from purchases.models import Purchase, RejectedPurchase
from purchases.services import is_attached
from purchases.support.entry_matching import suggested_entries
from purchases.support.open_items import not_saved_today
from purchases.support.search import SearchScope, rejections_like
from purchases.support.timeline import Timeline, timeline_of_rejected_purchase

State = RejectedPurchase.State
STATE_COLOURS = {State.REJECTED: "danger", State.HELD: "warning", State.RECORDED: "success", State.DISMISSED: "info"}


class KeyFilter(admin.SimpleListFilter):
    """By an API key of the user's teams."""

    title = "API key"
    parameter_name = "key"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        keys = ApiKey.objects.filter(team__in=teams_of(request, *ALL_ROLES)).order_by("name")
        return [(key.pk, key.name) for key in keys]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(api_key=self.value()) if self.value() else queryset


class OpenFilter(admin.SimpleListFilter):
    """Rejected orders that need attention: those not resolved yet, also on hold."""

    title = "attention"
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", "Needs attention")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(state__in=RejectedPurchase.OPEN) if self.value() == "open" else queryset


@admin.register(RejectedPurchase)
class RejectedPurchaseAdmin(OrderPageMixin, OrderSearchAdmin):
    exported = (
        "id", "order_id", "code", "state", "contest_sent", "email", "amount", "currency", "times",
        "first_received_at", "last_received_at",
    )  # fmt: skip
    list_display = [
        "order_id",
        "reason",
        "state_label",
        "email",
        "suggested_entry",
        "amount",
        "currency",
        "times",
        "last_received_at",
    ]
    list_select_related = ["contest"]
    ordering = ["-last_received_at"]
    list_filter = [
        "state",
        ("code", admin.ChoicesFieldListFilter),
        OpenFilter,
        ContestFilter,
        KeyFilter,
        ("last_received_at", DateTimeRangeFilter),
    ]
    list_filter_submit = True
    list_before_template = "admin/purchases/not_stored.html"
    search_help_text = "Order ID or email, as received"
    actions_detail = ["attach", "record", "detach", "dismiss", "reopen"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("contest__team", "team", "api_key")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        keys = ApiKey.objects.filter(team__in=teams_of(request, *ALL_ROLES)).values_list("pk", flat=True)
        extra = {"not_saved": not_saved_today(list(keys))} | (extra_context or {})
        response: HttpResponse = super().changelist_view(request, extra)
        if isinstance(response, TemplateResponse) and response.context_data and "cl" in response.context_data:
            rows = response.context_data["cl"].result_list
            suggestions = suggested_entries(rows)
            for row in rows:
                row.suggestion = suggestions.get(row.pk)
        return response

    def matching_ids(self, text: str, scope: SearchScope) -> list[str]:
        return rejections_like(text, scope)

    def timeline_of(self, obj: RejectedPurchase) -> Timeline:
        return timeline_of_rejected_purchase(obj)

    def order_page(self, obj: RejectedPurchase, timeline: Timeline) -> OrderPage:
        return rejected_page(obj, self.available_actions(obj))

    def available_actions(self, rejected: RejectedPurchase) -> set[str]:
        """The actions that its state allows; the services check again under its lock."""
        if rejected.is_held and Purchase.objects.find_order(rejected.contest_sent, rejected.order_id):
            return {"attach", "dismiss"}
        if rejected.is_open:
            return {"record", "dismiss"} | ({"attach"} if rejected.is_held else set())
        if rejected.state == State.DISMISSED:
            return {"reopen"}
        undoable = rejected.purchase is not None and not rejected.purchase.is_voided and is_attached(rejected)
        return {"detach"} if undoable else set()

    @admin.display(description="reason")
    def reason(self, rejected: RejectedPurchase) -> str:
        return str(rejected.get_code_display())

    @admin.display(description="suggested entry")
    def suggested_entry(self, rejected: RejectedPurchase) -> str:
        """The best match for a held order; queried once for the whole list."""
        return str(getattr(rejected, "suggestion", None) or "–")

    @display(description="state", label=STATE_COLOURS)
    def state_label(self, rejected: RejectedPurchase) -> tuple[str, str]:
        return rejected.state, rejected.get_state_display()

    @action_dialog(
        AttachForm,
        label="Attach",
        icon="link",
        permissions=["act"],
        title="Attach this order",
        description="Records the order for an entry, with the rules and time of its first receipt.",
        submit="Attach order",
    )
    def attach(self, request: HttpRequest, form: AttachForm, object_id: str) -> HttpResponse:
        points = form.outcome.points_now
        return self._finish(form, f"Order attached, with {points} {plural(points, 'point', 'points')}.")

    @action_dialog(
        DetachForm,
        label="Undo attach",
        icon="link_off",
        permissions=["act"],
        title="Undo attach",
        description="Voids the purchase and puts the order back on hold.",
        submit="Undo attach",
    )
    def detach(self, request: HttpRequest, form: DetachForm, object_id: str) -> HttpResponse:
        return self._finish(form, "Attach undone. The order is waiting for its entry again.")

    @action_dialog(
        RecordForm,
        label="Correct and record",
        icon="edit_note",
        permissions=["act"],
        title="Record this order",
        description="Enter the corrected order. Current rules apply, or those of first receipt if on hold.",
        submit="Record order",
    )
    def record(self, request: HttpRequest, form: RecordForm, object_id: str) -> HttpResponse:
        note = f" {TIME_KEPT}" if "purchasedAt" in form.outcome.differences else ""
        return self._finish(form, f"{form.outcome.message}.{note}")

    @action_dialog(
        DismissForm,
        label="Dismiss",
        icon="archive",
        permissions=["act"],
        title="Dismiss this order",
        description="Marks it as handled. You can reopen it.",
        submit="Dismiss order",
    )
    def dismiss(self, request: HttpRequest, form: DismissForm, object_id: str) -> HttpResponse:
        return self._finish(form, "Order dismissed.")

    @action_dialog(
        ReopenForm,
        label="Reopen",
        icon="unarchive",
        permissions=["act"],
        title="Reopen this order",
        description="Marks it as needing attention again.",
        submit="Reopen order",
    )
    def reopen(self, request: HttpRequest, form: ReopenForm, object_id: str) -> HttpResponse:
        return self._finish(form, "Order reopened.")
