"""The rejected orders: their reasons and the actions that resolve them."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.http import urlencode

from apikeys.models import ApiKey
from blitzrocket.accounts.admin.team_scoped import ALL_ROLES, teams_of
from blitzrocket.adminsite.action_forms import action_dialog
from blitzrocket.adminsite.filters import DateTimeRangeFilter
from blitzrocket.adminsite.lists.cells import RowLayout, badge, quiet
from blitzrocket.adminsite.lists.empty import EmptyList
from blitzrocket.adminsite.lists.list_admin import MAX_OWNERS
from blitzrocket.adminsite.lists.row_list import RowList
from blitzrocket.adminsite.lists.sorting import Sort
from blitzrocket.numbers import counted
from contests.admin.scope import ContestFilter, contest_ids_of
from purchases.admin.dialogs import TIME_KEPT, AttachForm, DetachForm, DismissForm, RecordForm, ReopenForm
from purchases.admin.filters import ALL_ROWS, NEEDS_REVIEW, NeedsReviewFilter
from purchases.admin.order_page import OrderPage, object_link
from purchases.admin.order_search import OrderSearchAdmin
from purchases.admin.privacy import EraseRejectedForm, ErasingMixin, erase_dialog
from purchases.admin.rejected_bulk_actions import RejectedBulkActionsMixin
from purchases.admin.rejected_page import rejected_page
from purchases.models import Purchase, RejectedPurchase
from purchases.services import is_attached
from purchases.support.entry_matching import suggested_entries
from purchases.support.open_items import not_saved_today
from purchases.support.received_values import received_amount
from purchases.support.search import SearchScope, rejections_like
from purchases.support.timeline import Timeline, timeline_of_rejected_purchase

State = RejectedPurchase.State


class KeyFilter(admin.SimpleListFilter):
    """By an API key of the user's teams."""

    title = "API key"
    parameter_name = "key"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        keys = ApiKey.objects.filter(team__in=teams_of(request, *ALL_ROLES)).order_by("name")
        return [(key.pk, key.name) for key in keys]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(api_key=self.value()) if self.value() else queryset


class OpenFilter(NeedsReviewFilter):
    """Rejected orders that are not resolved yet, also those on hold."""

    open_rows = Q(state__in=RejectedPurchase.OPEN)


@admin.register(RejectedPurchase)
class RejectedPurchaseAdmin(ErasingMixin, RejectedBulkActionsMixin, OrderSearchAdmin):
    exported = (
        "id", "order_id", "code", "state", "contest_sent", "email", "amount", "currency", "times",
        "first_received_at", "last_received_at",
    )  # fmt: skip
    list_display = [
        "order_id",
        "received_email",
        "amount_text",
        "reason",
        "state_label",
        "times",
        "last_received_at",
    ]
    list_select_related = ["contest"]
    list_filter = [
        OpenFilter,
        "state",
        ("code", admin.ChoicesFieldListFilter),
        ContestFilter,
        KeyFilter,
        ("last_received_at", DateTimeRangeFilter),
    ]
    default_filters = NEEDS_REVIEW
    unfiltered = ALL_ROWS
    list_owner = "team"
    row_layout = RowLayout(
        value="amount_text",
        details=("email", "next_step", "last_received_at"),
        wide=("state_label", "times"),
        numbers=("amount_text", "times"),
    )
    sorts = (Sort("last_received_at", ("last_received_at", "id")),)
    list_before_template = "admin/purchases/not_stored.html"
    search_help_text = "Order ID or email, as received"
    actions_detail = ["attach", "record", "detach", "dismiss", "reopen", "erase"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("contest__team", "team", "api_key")

    def owner_ids(self, request: HttpRequest) -> list[str] | None:
        ids = None if request.user.is_superuser else self.scope(request, self.readers)[f"{self.team_path}__in"]
        return ids if ids is not None and len(ids) <= MAX_OWNERS else None

    def list_parts(self, cl: RowList, rows: QuerySet[Any]) -> list[QuerySet[Any]]:
        """Orders on hold have an index by contest, all others by team."""
        is_open = cl.active_filters.get(OpenFilter.parameter_name) == OpenFilter.OPEN
        contests = contest_ids_of(cl.request, *ALL_ROLES) if is_open and cl.owner_ids is not None else []
        if cl.owner_ids is None or not contests or len(contests) > MAX_OWNERS:
            return super().list_parts(cl, rows)
        held = [rows.filter(state=State.HELD, contest=pk) for pk in contests]
        return [*held, *(rows.filter(state=State.REJECTED, team=pk) for pk in cl.owner_ids)]

    def empty_list(self, request: HttpRequest) -> EmptyList:
        return EmptyList("No rejected orders", "An order that could not be recorded appears here with the reason.")

    def empty_by_default(self, request: HttpRequest) -> EmptyList:
        text = "All orders were recorded, or someone has handled them."
        return EmptyList("Nothing needs review", text, ("Show all rejected orders", f"?{urlencode(ALL_ROWS)}"))

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
        return rejected_page(obj, timeline, self.available_actions(obj))

    def available_actions(self, rejected: RejectedPurchase) -> set[str]:
        """The actions that its state allows; the services check again under its lock."""
        erasable = {"erase"} if rejected.email and rejected.contest_id else set()
        return self._actions_of_state(rejected) | erasable

    def _actions_of_state(self, rejected: RejectedPurchase) -> set[str]:
        if rejected.is_held and Purchase.objects.find_order(rejected.contest_sent, rejected.order_id):
            return {"attach", "dismiss"}
        if rejected.is_open:
            return {"record", "dismiss"} | ({"attach"} if rejected.is_held else set())
        if rejected.state == State.DISMISSED:
            return {"reopen"}
        undoable = rejected.purchase is not None and not rejected.purchase.is_voided and is_attached(rejected)
        return {"detach"} if undoable else set()

    @erase_dialog(EraseRejectedForm)
    def erase(self, request: HttpRequest, form: EraseRejectedForm, object_id: str) -> HttpResponse:
        return self.erasing_started(form)

    @admin.display(description="reason")
    def reason(self, rejected: RejectedPurchase) -> str:
        return str(rejected.get_code_display())

    @admin.display(description="suggested entry")
    def suggested_entry(self, rejected: RejectedPurchase) -> str:
        """The best match for a held order; queried once for the whole list."""
        suggestion = getattr(rejected, "suggestion", None)
        return badge("info", format_html("Likely {}", object_link(suggestion))) if suggestion else ""

    def next_step(self, rejected: RejectedPurchase) -> str:
        """What a phone has room for: the likely entry, or the reason."""
        return self.suggested_entry(rejected) or self.reason(rejected)

    @admin.display(description="email")
    def received_email(self, rejected: RejectedPurchase) -> str:
        return format_html("{} {}", rejected.email or "–", self.suggested_entry(rejected))

    @admin.display(description="state")
    def state_label(self, rejected: RejectedPurchase) -> str:
        return rejected.get_state_display() if rejected.is_open else quiet(rejected.get_state_display())

    @admin.display(description="amount")
    def amount_text(self, rejected: RejectedPurchase) -> str:
        return received_amount(rejected)

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
        return self._finish(form, f"Order attached, with {counted(points, 'point', 'points')}.")

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
