"""Refused attempts: why each was refused, and what to do about it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from apikeys.models import ApiKey
from contests.admin.filters import MomentRangeFilter
from contests.admin.scope import EVERYBODY, ContestFilter, change_url, teams_of
from purchases.admin.desk import ShowsStory
from purchases.admin.dialogs import TIME_STAYS, AttachForm, DetachForm, DismissForm, RecordForm, ReopenForm
from purchases.admin.found import FoundByOrder, table
from purchases.desk.attention import not_kept_today
from purchases.desk.near import nearest_of
from purchases.desk.search import Scope, attempts_like
from purchases.desk.story import Story, story_of_attempt
from purchases.models import Purchase, RejectedPurchase
from purchases.services import is_attached

State = RejectedPurchase.State
STATE_COLOURS = {State.REFUSED: "danger", State.HELD: "warning", State.RECORDED: "success", State.DISMISSED: "info"}


class KeyFilter(admin.SimpleListFilter):
    """One of the keys of the user's teams."""

    title = _("key")
    parameter_name = "key"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        keys = ApiKey.objects.filter(team__in=teams_of(request, *EVERYBODY)).order_by("name")
        return [(key.pk, key.name) for key in keys]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(api_key=self.value()) if self.value() else queryset


class NeedsFilter(admin.SimpleListFilter):
    """What nobody has dealt with: refused attempts, and orders that wait for their entry."""

    title = _("needs")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("person", _("A person"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(state__in=RejectedPurchase.OPEN) if self.value() == "person" else queryset


@admin.register(RejectedPurchase)
class RejectedPurchasePage(ShowsStory, FoundByOrder):
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
        ("last_received_at", MomentRangeFilter),
    ]
    list_filter_submit = True
    list_before_template = "admin/purchases/not_kept.html"
    search_help_text = _("Order id (with or without #, any case, by its beginning) or email, as they were sent")
    fieldsets = [
        (None, {"fields": [("order_id", "state_in_words"), "why", "what_was_wrong", "bought"]}),
        (
            _("What was sent"),
            {"fields": [("email", "amount", "currency"), ("contest_sent", "contest"), "purchased_at"]},
        ),
        (_("When"), {"fields": [("times", "sent_with"), ("first_received_at", "last_received_at"), "rule_set"]}),
    ]
    readonly_fields = ["why", "what_was_wrong", "sent_with", "state_in_words", "bought"]
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

    def find(self, text: str, scope: Scope) -> list[str]:
        return attempts_like(text, scope)

    def story_of(self, obj: RejectedPurchase) -> Story:
        return story_of_attempt(obj)

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

    @admin.display(description=_("reason"))
    def why(self, attempt: RejectedPurchase) -> str:
        return str(attempt.get_code_display())

    @admin.display(description=_("likely"))
    def likely(self, attempt: RejectedPurchase) -> str:
        """The entry that a held order is most likely of; found for the whole list at once."""
        return str(getattr(attempt, "nearest", None) or "–")

    @admin.display(description=_("first sent with"))
    def sent_with(self, attempt: RejectedPurchase) -> str:
        return str(attempt.api_key)

    @display(description=_("state"), label=STATE_COLOURS)
    def stands(self, attempt: RejectedPurchase) -> tuple[str, str]:
        return attempt.state, attempt.get_state_display()

    @admin.display(description=_("state"))
    def state_in_words(self, attempt: RejectedPurchase) -> str:
        return attempt.get_state_display()

    @admin.display(description=_("What was wrong"))
    def what_was_wrong(self, attempt: RejectedPurchase) -> SafeString | str:
        rows = [[detail["field"], detail["message"]] for detail in attempt.details]
        return table([_("field"), _("message")], rows) if rows else "–"

    @admin.display(description=_("purchase"))
    def bought(self, attempt: RejectedPurchase) -> SafeString | str:
        if attempt.purchase is None:
            return "–"
        return format_html('<a href="{}">{}</a>', change_url(attempt.purchase), attempt.purchase)

    @action(
        description=_("Attach"),
        icon="link",
        permissions=["act"],
        dialog={
            "title": _("Attach this order to an entry"),
            "description": _("Records it for that entry, as it would have been when it first came in."),
            "form_class": AttachForm,
            "form_submit_text": _("Attach"),
        },
    )
    def attach(self, request: HttpRequest, form: AttachForm, object_id: str) -> HttpResponse:
        said = _("Attached. The order has %(points)d points now.")
        return self._done(request, form, said % {"points": form.outcome.points_now})

    @action(
        description=_("Take the attaching back"),
        icon="link_off",
        permissions=["act"],
        dialog={
            "title": _("Take the attaching back"),
            "description": _("Voids the purchase, and the order waits for its entry again."),
            "form_class": DetachForm,
            "form_submit_text": _("Take back"),
        },
    )
    def detach(self, request: HttpRequest, form: DetachForm, object_id: str) -> HttpResponse:
        return self._done(request, form, _("The order waits for its entry again."))

    @action(
        description=_("Correct and record"),
        icon="edit_note",
        permissions=["act"],
        dialog={
            "title": _("Record this order"),
            "description": _(
                "As it should have been sent. The rules in force now judge it; an order that waits in the same contest "
                "is judged as of its first receipt."
            ),
            "form_class": RecordForm,
            "form_submit_text": _("Record"),
        },
    )
    def record(self, request: HttpRequest, form: RecordForm, object_id: str) -> HttpResponse:
        stays = f" {TIME_STAYS}" if "purchasedAt" in form.outcome.differences else ""
        return self._done(request, form, f"{form.outcome.message}.{stays}")

    @action(
        description=_("Dismiss"),
        icon="archive",
        permissions=["act"],
        dialog={
            "title": _("Dismiss this attempt"),
            "description": _("Nothing is to be done about it. It can be opened again."),
            "form_class": DismissForm,
            "form_submit_text": _("Dismiss"),
        },
    )
    def dismiss(self, request: HttpRequest, form: DismissForm, object_id: str) -> HttpResponse:
        return self._done(request, form, _("Dismissed."))

    @action(
        description=_("Open again"),
        icon="unarchive",
        permissions=["act"],
        dialog={
            "title": _("Open this attempt again"),
            "description": _("It needs somebody again; a held order waits for its entry again."),
            "form_class": ReopenForm,
            "form_submit_text": _("Open again"),
        },
    )
    def reopen(self, request: HttpRequest, form: ReopenForm, object_id: str) -> HttpResponse:
        return self._done(request, form, _("Open again."))
