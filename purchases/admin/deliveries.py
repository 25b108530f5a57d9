"""The list of what stores have delivered, and the page of one delivery."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import content_disposition_header, urlencode

from blitzrocket.accounts.admin.team_scoped import ALL_ROLES, OWNER, cached_on_request, change_url
from blitzrocket.adminsite.action_forms import action_dialog
from blitzrocket.adminsite.audited import audit_context
from blitzrocket.adminsite.filters import DateTimeRangeFilter
from blitzrocket.adminsite.lists.cells import RowLayout, badge, quiet
from blitzrocket.adminsite.lists.empty import EmptyList
from blitzrocket.adminsite.lists.list_admin import MAX_OWNERS
from blitzrocket.adminsite.lists.row_list import RowList
from blitzrocket.adminsite.lists.sorting import Sort
from blitzrocket.adminsite.object_ids import object_pk
from blitzrocket.audit.models import AuditEvent
from blitzrocket.htmx import go_to
from contests.admin.scope import ContestFilter, ContestScopedAdmin, contest_ids_of
from purchases.admin.delivery_page import STATE_KINDS, delivery_page, outcome_of
from purchases.admin.delivery_retries import DismissDeliveryForm, ReopenDeliveryForm, RetryAllMixin, RetryForm
from purchases.admin.filters import ALL_ROWS, NEEDS_REVIEW, NeedsReviewFilter
from purchases.admin.order_page import AvailableActionsMixin
from purchases.admin.order_search import OrderSearchAdmin
from purchases.models import StoreConnection, StoreDelivery
from purchases.stores.dismissal import is_dismissed
from purchases.stores.kinds import STORE_KINDS
from purchases.stores.retry import RETRYABLE, needs_attention
from purchases.support.delivery_body import shown_body
from purchases.support.delivery_search import deliveries_like
from purchases.support.search import SearchScope
from purchases.support.store_names import connections_of, store_name

State = StoreDelivery.State


def connections_for(request: HttpRequest) -> dict[str, StoreConnection]:
    """The connections of the user's contests by id; of one contest where the list is of one."""
    chosen = request.GET.get(ContestFilter.parameter_name)
    ids = contest_ids_of(request, *ALL_ROLES)
    ids = [pk for pk in ids if pk == chosen] if chosen else ids
    return cached_on_request(request, ("connections", chosen), lambda: connections_of(ids))


class OpenDeliveryFilter(NeedsReviewFilter):
    """Failed, unusable and unfinished deliveries."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(needs_attention()) if self.value() == self.OPEN else queryset


class ConnectionFilter(admin.SimpleListFilter):
    title = "store connection"
    parameter_name = "connection"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(pk, store_name(connection)) for pk, connection in connections_for(request).items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(connection=self.value()) if self.value() else queryset


class EventFilter(admin.SimpleListFilter):
    """By the events that the connected stores have; reading those received would read all deliveries."""

    title = "event"
    parameter_name = "event"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        kinds = {connection.kind for connection in connections_for(request).values()} & STORE_KINDS.keys()
        topics = {topic for kind in kinds for topic in STORE_KINDS[kind].topics}
        chosen = request.GET.get(self.parameter_name, "")
        return [(topic, topic) for topic in sorted(topics | ({chosen} if chosen else set()))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(topic=self.value()) if self.value() else queryset


@admin.register(StoreDelivery)
class StoreDeliveryAdmin(RetryAllMixin, AvailableActionsMixin, OrderSearchAdmin, ContestScopedAdmin):
    exported = (
        "id", "provider_id", "topic", "state", "message", "order_id", "contest", "connection_id", "times",
        "received_at", "finished_at",
    )  # fmt: skip
    list_display = ["event", "state_label", "message", "order_id", "store", "contest", "times", "received_at"]
    list_select_related = ["contest"]
    list_filter = [
        OpenDeliveryFilter,
        "state",
        ContestFilter,
        ConnectionFilter,
        EventFilter,
        ("received_at", DateTimeRangeFilter),
    ]
    default_filters = NEEDS_REVIEW
    unfiltered = ALL_ROWS
    row_layout = RowLayout(
        value="state_label",
        details=("message", "order_id", "received_at"),
        wide=("store", "contest", "times"),
        numbers=("times",),
    )
    sorts = (Sort("received_at", ("received_at", "id")),)
    search_help_text = "Order ID or delivery ID"
    list_before_template = "admin/purchases/retry_all.html"
    actions_detail = ["retry", "dismiss", "reopen"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("body", "headers")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.download_body)
        return [path("<str:object_id>/body/", view, name="purchases_storedelivery_body"), *super().get_urls()]

    def list_parts(self, cl: RowList, rows: QuerySet[Any]) -> list[QuerySet[Any]]:
        """All deliveries have an index by connection, those of an event by contest and event, and those of a state, but
        done ones, by contest and state."""
        connections = connections_for(cl.request)
        contest_ids = {connection.contest_id for connection in connections.values()}
        if len(connections) > MAX_OWNERS:
            return super().list_parts(cl, rows)
        if cl.active_filters.get(OpenDeliveryFilter.parameter_name) == OpenDeliveryFilter.OPEN:
            return [rows.filter(contest=pk, state=state) for pk in contest_ids for state in StoreDelivery.OPEN]
        state = cl.active_filters.get("state__exact", State.DONE)
        if state != State.DONE or EventFilter.parameter_name in cl.active_filters:
            return [rows.filter(contest=pk) for pk in contest_ids]
        chosen = cl.active_filters.get(ConnectionFilter.parameter_name)
        return [
            rows.filter(contest=connection.contest_id, connection=connection)
            for connection in connections.values()
            if chosen in (None, connection.pk)
        ]

    def matching_ids(self, text: str, scope: SearchScope) -> list[str]:
        return deliveries_like(text, scope)

    def empty_list(self, request: HttpRequest) -> EmptyList:
        return EmptyList("No deliveries yet", "What a connected store sends appears here, with what became of it.")

    def empty_by_default(self, request: HttpRequest) -> EmptyList:
        text = "All deliveries were processed."
        return EmptyList("Nothing needs review", text, ("Show all deliveries", f"?{urlencode(ALL_ROWS)}"))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data and "cl" in response.context_data:
            names = {pk: store_name(connection) for pk, connection in connections_for(request).items()}
            for row in response.context_data["cl"].result_list:
                row.store_name = names.get(row.connection_id, "–")
        return response

    @admin.display(description="event")
    def event(self, delivery: StoreDelivery) -> str:
        return delivery.topic or "Delivery"

    @admin.display(description="status")
    def state_label(self, delivery: StoreDelivery) -> str:
        label, kind = delivery.get_state_display(), STATE_KINDS[State(delivery.state)]
        if kind in ("danger", "warning"):
            return badge(kind, label)
        return quiet(label) if kind == "plain" else label

    @admin.display(description="store connection")
    def store(self, delivery: StoreDelivery) -> str:
        return str(getattr(delivery, "store_name", "–"))

    def available_actions(self, delivery: StoreDelivery) -> set[str]:
        if delivery.state == State.UNUSABLE:
            return {"retry", "dismiss"}
        if is_dismissed(delivery):
            return {"reopen"}
        return {"retry"} if delivery.state in RETRYABLE else set()

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        if not self.has_view_permission(request) or request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        delivery: StoreDelivery | None = self.object_at(request, object_id)
        if delivery is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(object_pk(object_id)))
        is_open, is_owner = "personal" in request.GET, self.has_role(request, (OWNER,), delivery)
        name, pk = f"{self.opts.app_label}_{self.opts.model_name}", quote(delivery.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": str(delivery),
            "opts": self.opts,
            "original": delivery,
            "page": delivery_page(delivery),
            "buttons": self.action_buttons(request, delivery, "retry"),
            "body": shown_body(bytes(delivery.body), masks=not is_open),
            "is_open": is_open,
            "body_url": reverse(f"admin:{name}_body", args=[pk]) if is_owner else "",
            "history_url": reverse(f"admin:{name}_history", args=[pk]),
        }
        return TemplateResponse(request, "admin/purchases/delivery.html", context)

    def download_body(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The body as received, for owners; recorded in the activity log as exports are."""
        delivery: StoreDelivery = self.get_for_roles(request, object_id, (OWNER,))
        after = {"exported": "body", "bytes": len(delivery.body)}
        audit_context(request).record(AuditEvent.Action.EXPORTED, delivery, contest=delivery.contest, after=after)
        headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=f"{delivery.pk}.txt")}
        return HttpResponse(bytes(delivery.body), content_type="application/octet-stream", headers=headers)

    @action_dialog(
        RetryForm,
        label="Retry",
        icon="refresh",
        permissions=["act"],
        title="Retry this delivery",
        description="Processes it again, as if the store had just sent it. What it did before isn't done twice.",
        submit="Retry delivery",
    )
    def retry(self, request: HttpRequest, form: RetryForm, object_id: str) -> HttpResponse:
        if not form.is_repeated:
            is_good, message = outcome_of(form.outcome.delivery)
            (messages.success if is_good else messages.error)(request, f"Retried. {message}")
        return go_to(change_url(form.object))

    @action_dialog(
        DismissDeliveryForm,
        label="Dismiss",
        icon="archive",
        permissions=["act"],
        title="Dismiss this delivery",
        description="Marks it as handled. You can reopen it.",
        submit="Dismiss delivery",
    )
    def dismiss(self, request: HttpRequest, form: DismissDeliveryForm, object_id: str) -> HttpResponse:
        return self._finish(form, "Delivery dismissed.")

    @action_dialog(
        ReopenDeliveryForm,
        label="Reopen",
        icon="unarchive",
        permissions=["act"],
        title="Reopen this delivery",
        description="Marks it as needing attention again.",
        submit="Reopen delivery",
    )
    def reopen(self, request: HttpRequest, form: ReopenDeliveryForm, object_id: str) -> HttpResponse:
        return self._finish(form, "Delivery reopened.")
