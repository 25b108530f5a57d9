"""Refused attempts: why each was refused, and what to do about it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from apikeys.models import ApiKey
from blitzrocket.accounts.admin.team_scoped import EVERYBODY, change_url, teams_of
from blitzrocket.adminsite.filters import DateTimeRangeFilter
from contests.admin.scope import ContestFilter
from purchases.admin.desk import TimelineMixin
from purchases.admin.dialogs import (
    TIME_STAYS,
    AttachForm,
    DetachForm,
    DismissForm,
    RecordForm,
    ReopenForm,
)
from purchases.admin.order_search import OrderSearchAdmin, table
from purchases.models import Purchase, RejectedPurchase
from purchases.services import is_attached
from purchases.support.entry_matching import nearest_of
from purchases.support.open_items import not_kept_today
from purchases.support.search import SearchScope, attempts_like
from purchases.support.timeline import Timeline, timeline_of_rejected_purchase

State = RejectedPurchase.State
STATE_COLOURS = {State.REFUSED: "danger", State.HELD: "warning", State.RECORDED: "success", State.DISMISSED: "info"}


class KeyFilter(admin.SimpleListFilter):
    """One of the keys of the user's teams."""

    title = "key"
    parameter_name = "key"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        keys = ApiKey.objects.filter(team__in=teams_of(request, *EVERYBODY)).order_by("name")
        return [(key.pk, key.name) for key in keys]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(api_key=self.value()) if self.value() else queryset


class NeedsFilter(admin.SimpleListFilter):
    """What nobody has dealt with: refused attempts, and orders that wait for their entry."""

    title = "needs"
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("person", "A person")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(state__in=RejectedPurchase.OPEN) if self.value() == "person" else queryset


@admin.register(RejectedPurchase)
class RejectedPurchaseAdmin(TimelineMixin, OrderSearchAdmin):
    exported = (
        "id", "order_id", "code", "state", "contest_sent", "email", "amount", "currency", "times",
        "first_received_at", "last_received_at",
    )  # fmt: skip
    list_display = ["order_id", "why", "stands", "email", "likely", "amount", "currency", "times", "last_received_at"]
    list_select_related = ["contest"]
    list_filter = [
        "state",
        ("code", admin.ChoicesFieldListFilter),
        NeedsFilter,
        ContestFilter,
        KeyFilter,
        ("last_received_at", DateTimeRangeFilter),
    ]
    list_filter_submit = True
    list_before_template = "admin/purchases/not_stored.html"
    search_help_text = "Order id (with or without #, any case, by its beginning) or email, as they were sent"
    fieldsets = [
        (None, {"fields": [("order_id", "status_text"), "why", "what_was_wrong", "bought"]}),
        (
            "What was sent",
            {"fields": [("email", "amount", "currency"), ("contest_sent", "contest"), "purchased_at"]},
        ),
        ("When", {"fields": [("times", "sent_with"), ("first_received_at", "last_received_at"), "rule_set"]}),
    ]
    readonly_fields = ["why", "what_was_wrong", "sent_with", "status_text", "bought"]
    actions_detail = ["attach", "record", "detach", "dismiss", "reopen"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("contest", "purchase", "purchase__contest")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        keys = ApiKey.objects.filter(team__in=teams_of(request, *EVERYBODY)).values_list("pk", flat=True)
        extra = {"not_kept": not_kept_today(list(keys))} | (extra_context or {})
        answer: HttpResponse = super().changelist_view(request, extra)
        if isinstance(answer, TemplateResponse) and answer.context_data and "cl" in answer.context_data:
            rows = answer.context_data["cl"].result_list
            nearest = nearest_of(rows)
            for row in rows:
                row.nearest = nearest.get(row.pk)
        return answer

    def find(self, text: str, scope: SearchScope) -> list[str]:
        return attempts_like(text, scope)

    def story_of(self, obj: RejectedPurchase) -> Timeline:
        return timeline_of_rejected_purchase(obj)

    def offered_for(self, attempt: RejectedPurchase) -> set[str]:
        """The acts that make sense as it stands; the services decide again, under its lock."""
        if attempt.is_held and Purchase.objects.of_order(attempt.contest_sent, attempt.order_id):
            return {"attach", "dismiss"}
        if attempt.is_open:
            return {"record", "dismiss"} | ({"attach"} if attempt.is_held else set())
        if attempt.state == State.DISMISSED:
            return {"reopen"}
        undoable = attempt.purchase is not None and not attempt.purchase.is_voided and is_attached(attempt)
        return {"detach"} if undoable else set()

    @admin.display(description="reason")
    def why(self, attempt: RejectedPurchase) -> str:
        return str(attempt.get_code_display())

    @admin.display(description="likely")
    def likely(self, attempt: RejectedPurchase) -> str:
        """The entry that a held order is most likely of; found for the whole list at once."""
        return str(getattr(attempt, "nearest", None) or "–")

    @admin.display(description="first sent with")
    def sent_with(self, attempt: RejectedPurchase) -> str:
        return str(attempt.api_key)

    @display(description="state", label=STATE_COLOURS)
    def stands(self, attempt: RejectedPurchase) -> tuple[str, str]:
        return attempt.state, attempt.get_state_display()

    @admin.display(description="state")
    def status_text(self, attempt: RejectedPurchase) -> str:
        return attempt.get_state_display()

    @admin.display(description="What was wrong")
    def what_was_wrong(self, attempt: RejectedPurchase) -> SafeString | str:
        rows = [[detail["field"], detail["message"]] for detail in attempt.details]
        return table(["field", "message"], rows) if rows else "–"

    @admin.display(description="purchase")
    def bought(self, attempt: RejectedPurchase) -> SafeString | str:
        if attempt.purchase is None:
            return "–"
        return format_html('<a href="{}">{}</a>', change_url(attempt.purchase), attempt.purchase)

    @action(
        description="Attach",
        icon="link",
        permissions=["act"],
        dialog={
            "title": "Attach this order to an entry",
            "description": "Records it for that entry, as it would have been when it first came in.",
            "form_class": AttachForm,
            "form_submit_text": "Attach",
        },
    )
    def attach(self, request: HttpRequest, form: AttachForm, object_id: str) -> HttpResponse:
        said = "Attached. The order has %(points)d points now."
        return self._done(request, form, said % {"points": form.outcome.points_now})

    @action(
        description="Take the attaching back",
        icon="link_off",
        permissions=["act"],
        dialog={
            "title": "Take the attaching back",
            "description": "Voids the purchase, and the order waits for its entry again.",
            "form_class": DetachForm,
            "form_submit_text": "Take back",
        },
    )
    def detach(self, request: HttpRequest, form: DetachForm, object_id: str) -> HttpResponse:
        return self._done(request, form, "The order waits for its entry again.")

    @action(
        description="Correct and record",
        icon="edit_note",
        permissions=["act"],
        dialog={
            "title": "Record this order",
            "description": (
                "As it should have been sent. The rules in force now judge it; an order that waits in the same contest "
                "is judged as of its first receipt."
            ),
            "form_class": RecordForm,
            "form_submit_text": "Record",
        },
    )
    def record(self, request: HttpRequest, form: RecordForm, object_id: str) -> HttpResponse:
        stays = f" {TIME_STAYS}" if "purchasedAt" in form.outcome.differences else ""
        return self._done(request, form, f"{form.outcome.message}.{stays}")

    @action(
        description="Dismiss",
        icon="archive",
        permissions=["act"],
        dialog={
            "title": "Dismiss this attempt",
            "description": "Nothing is to be done about it. It can be opened again.",
            "form_class": DismissForm,
            "form_submit_text": "Dismiss",
        },
    )
    def dismiss(self, request: HttpRequest, form: DismissForm, object_id: str) -> HttpResponse:
        return self._done(request, form, "Dismissed.")

    @action(
        description="Open again",
        icon="unarchive",
        permissions=["act"],
        dialog={
            "title": "Open this attempt again",
            "description": "It needs somebody again; a held order waits for its entry again.",
            "form_class": ReopenForm,
            "form_submit_text": "Open again",
        },
    )
    def reopen(self, request: HttpRequest, form: ReopenForm, object_id: str) -> HttpResponse:
        return self._done(request, form, "Open again.")
