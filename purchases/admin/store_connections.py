"""Store connections: their list, and the page that sets one up, shows how it is doing and changes it."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from unfold.decorators import action
from unfold.enums import ActionVariant

from blitzrocket.accounts.admin.team_scoped import change_url, list_url
from blitzrocket.adminsite.action_forms import danger_dialog
from blitzrocket.adminsite.audited import FORM_USED, audit_context
from blitzrocket.adminsite.lists.cells import RowLayout, badge, quiet
from blitzrocket.adminsite.lists.empty import EmptyList
from blitzrocket.adminsite.lists.sorting import Sort
from blitzrocket.audit.context import RequestIdReused
from blitzrocket.htmx import go_to
from contests.admin.contest_pages import tab_url
from contests.admin.scope import ContestFilter
from contests.models import Contest
from purchases.admin.secret_pages import SecretPageMixin, question
from purchases.admin.store_forms import ConnectionForm, SecretForm
from purchases.admin.store_page import deliveries_url, endpoints_of, examples_of, kind_of, past_orders_url, status_of
from purchases.models import StoreConnection
from purchases.stores.connection_changes import (
    HasDeliveries,
    change_connection,
    change_secret,
    delete_connection,
    end_overlap,
    may_delete,
    pause,
    resume,
)
from purchases.stores.kinds import STORE_KINDS
from purchases.stores.provider import SecretSource

State = StoreConnection.State
MARKS = {State.FAILING: "danger", State.SILENT: "warning", State.WAITING: "info"}


class KindFilter(admin.SimpleListFilter):
    title = "store"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.kind, kind.title) for kind in STORE_KINDS.values()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(StoreConnection)
class StoreConnectionAdmin(SecretPageMixin):
    """Owners manage connections; support sees them, but no secret."""

    list_display = ["name", "store", "state", "contest", "last_delivery_at"]
    list_select_related = ["contest"]
    list_filter = [KindFilter, ContestFilter]
    search_fields = ["name"]
    search_help_text = "Name"
    row_layout = RowLayout(value="state", details=("store", "last_delivery_at"), wide=("contest",))
    sorts = (Sort("created_at", ("created_at", "id")),)
    tab = "stores"
    actions_detail = ["pause", "resume", "end_overlap", "remove"]

    def get_urls(self) -> list[Any]:
        wrap, name = self.admin_site.admin_view, "purchases_storeconnection"
        urls = [
            path("<str:object_id>/status/", wrap(self.status), name=f"{name}_status"),
            path("<str:object_id>/secret/", wrap(self.replace_secret), name=f"{name}_secret"),
        ]
        return [*urls, *super().get_urls()]

    def empty_list(self, request: HttpRequest) -> EmptyList:
        text = "Orders come straight from Shopify, Stripe and others. Connect a store in a contest's tab “Stores”."
        return EmptyList("No store connected yet", text, ("Open contests", list_url(Contest)))

    @admin.display(description="store")
    def store(self, connection: StoreConnection) -> str:
        return kind_of(connection).title

    @admin.display(description="status")
    def state(self, connection: StoreConnection) -> str:
        state = connection.state_at(timezone.now())
        if state == State.PAUSED:
            return quiet(state.label)
        return badge(MARKS[state], state.label) if state in MARKS else str(state.label)

    def available_actions(self, connection: StoreConnection) -> set[str]:
        names = {"pause"} if connection.is_active else {"resume"}
        names |= {"end_overlap"} if connection.has_old_secret_at(timezone.now()) else set()
        return names | ({"remove"} if may_delete(connection) else set())

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """The connection's page; posted, its name and the store's choices."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        connection: StoreConnection = self.get_visible_or_404(request, object_id)
        if request.method != "POST":
            return self.page(request, connection)
        if not self.has_change_permission(request, connection):
            raise PermissionDenied
        form = ConnectionForm(kind_of(connection), connection, request.POST)
        if not form.is_valid():
            return self.page(request, connection, form=form)
        audit = audit_context(request, request_id=form.cleaned_data["request_id"])
        try:
            if change_connection(connection, name=form.cleaned_data["name"], options=form.chosen(), audit=audit):
                messages.success(request, "Saved.")
        except RequestIdReused:
            messages.info(request, FORM_USED)
        return redirect(change_url(connection))

    def page(
        self,
        request: HttpRequest,
        connection: StoreConnection,
        *,
        form: ConnectionForm | None = None,
        secret_form: SecretForm | None = None,
        new_secret: str = "",
    ) -> HttpResponse:
        """The page; ``new_secret`` is shown this once."""
        kind = kind_of(connection)
        is_owner = self.has_change_permission(request, connection)
        context = {
            "title": connection.name,
            "connection": connection,
            "kind": kind,
            "status": status_of(connection, timezone.now()),
            "status_url": self.view_url("status", connection),
            "deliveries_url": "" if connection.kind == "custom" else deliveries_url(connection),
            "past_orders_url": past_orders_url(connection) if is_owner else "",
            "endpoints": endpoints_of(request, connection),
            "examples": examples_of(kind),
            "is_set_up": connection.last_delivery_at is not None,
            "form": form or ConnectionForm(kind, connection),
            "secret_form": secret_form or SecretForm(kind),
            "makes_secret": self.makes_secret(connection),
        }
        return self.secret_page(request, connection, "admin/purchases/store_connection.html", context, new_secret)

    def makes_secret(self, connection: StoreConnection) -> bool:
        return kind_of(connection).secret_source != SecretSource.STORE

    def status(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The part of the page that follows the store's deliveries."""
        connection: StoreConnection = self.get_visible_or_404(request, object_id)
        context = {
            "connection": connection,
            "status": status_of(connection, timezone.now()),
            "status_url": self.view_url("status", connection),
        }
        return TemplateResponse(request, "admin/purchases/store_status.html", context)

    def replace_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Replace the secret by the entered one, or by one that we make and show once."""
        connection: StoreConnection = self.get_for_roles(request, object_id, self.editors)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        kind = kind_of(connection)
        form = SecretForm(kind, request.POST)
        if not form.is_valid():
            return self.page(request, connection, secret_form=form)
        audit = audit_context(request, request_id=form.cleaned_data["request_id"])
        entered = form.cleaned_data.get("secret", "")
        secret = entered or kind.new_secret()
        try:
            change_secret(connection, secret, audit=audit)
        except RequestIdReused:
            return self.secret_again(request, connection, audit)
        connection = self.get_visible_or_404(request, object_id)
        if not entered:
            return self.page(request, connection, new_secret=secret)
        messages.success(request, f"{kind.credential_label} saved.")
        return redirect(change_url(connection))

    @action(
        description="Pause",
        icon="pause",
        permissions=["manage"],
        dialog=question(
            "Pause this connection?",
            "Deliveries are answered with 404 and not recorded. Many stores switch a webhook off that fails for days.",
            "Pause connection",
        ),
    )
    def pause(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        connection = self.get_visible_or_404(request, object_id)
        return self.report(request, connection, "Paused.", pause(connection, audit=audit_context(request)))

    @action(
        description="Resume",
        icon="play_arrow",
        permissions=["manage"],
        dialog=question(
            "Resume this connection?",
            "Deliveries are recorded again. Orders of the pause come if the store sends them again.",
            "Resume connection",
        ),
    )
    def resume(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        connection = self.get_visible_or_404(request, object_id)
        return self.report(request, connection, "Active again.", resume(connection, audit=audit_context(request)))

    @action(
        description="End old secret now",
        icon="key_off",
        permissions=["manage"],
        dialog=danger_dialog(
            "End the old secret?",
            "Deliveries signed with the old secret are rejected at once.",
            "End old secret",
        ),
    )
    def end_overlap(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        connection = self.get_visible_or_404(request, object_id)
        is_new = end_overlap(connection, audit=audit_context(request))
        return self.report(request, connection, "Only the new secret is valid now.", is_new)

    @action(
        description="Delete",
        icon="delete",
        permissions=["manage"],
        variant=ActionVariant.DANGER,
        dialog=danger_dialog(
            "Delete this connection?",
            "Nothing was delivered by it. Its URL stops working at once.",
            "Delete connection",
        ),
    )
    def remove(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        connection = self.get_visible_or_404(request, object_id)
        try:
            delete_connection(connection, audit=audit_context(request))
        except HasDeliveries:
            messages.error(request, "Something was delivered meanwhile. Pause the connection instead.")
            return go_to(change_url(connection))
        messages.success(request, f"Connection “{connection.name}” deleted.")
        return go_to(tab_url(connection.contest, "stores"))


def connection_page() -> StoreConnectionAdmin:
    """The registered admin, for the page that connects a store."""
    return cast("StoreConnectionAdmin", admin.site.get_model_admin(StoreConnection))
