"""Store connections: their list, and the page that sets one up, shows how it is doing and changes it."""

from datetime import timedelta
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from unfold.dataclasses import ActionDialog
from unfold.decorators import action
from unfold.enums import ActionVariant

from blitzrocket.accounts.admin.team_scoped import change_url, list_url
from blitzrocket.adminsite.action_forms import danger_dialog
from blitzrocket.adminsite.audited import FORM_USED, audit_context
from blitzrocket.adminsite.lists.cells import RowLayout, badge, quiet
from blitzrocket.adminsite.lists.empty import EmptyList
from blitzrocket.adminsite.lists.sorting import Sort
from blitzrocket.audit.context import AuditContext, RequestIdReused
from blitzrocket.audit.models import AuditEvent
from blitzrocket.htmx import go_to
from contests.admin.contest_pages import contest_admin, tab_url
from contests.admin.scope import ContestFilter, ContestScopedAdmin
from contests.models import Contest
from purchases.admin.order_page import AvailableActionsMixin
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
from purchases.stores.secrets import SecretUnreadable, decrypt

SHOWN_AGAIN = timedelta(minutes=10)  # a secret that we made, to who sends the same form again
State = StoreConnection.State
MARKS = {State.FAILING: "danger", State.SILENT: "warning", State.WAITING: "info"}


def _question(title: str, description: str, submit: str) -> ActionDialog:
    """A question without fields before something that can be taken back."""
    return cast("ActionDialog", danger_dialog(title, description, submit) | {"variant": ""})


class KindFilter(admin.SimpleListFilter):
    title = "store"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.kind, kind.title) for kind in STORE_KINDS.values()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(StoreConnection)
class StoreConnectionAdmin(AvailableActionsMixin, ContestScopedAdmin):
    """Owners manage connections; support sees them, but no secret."""

    list_display = ["name", "store", "state", "contest", "last_delivery_at"]
    list_select_related = ["contest"]
    list_filter = [KindFilter, ContestFilter]
    search_fields = ["name"]
    search_help_text = "Name"
    row_layout = RowLayout(value="state", details=("store", "last_delivery_at"), wide=("contest",))
    sorts = (Sort("created_at", ("created_at", "id")),)
    actions_detail = ["pause", "resume", "end_overlap", "remove"]

    def get_urls(self) -> list[Any]:
        wrap, name = self.admin_site.admin_view, "purchases_storeconnection"
        urls = [
            path("<str:object_id>/status/", wrap(self.status), name=f"{name}_status"),
            path("<str:object_id>/secret/", wrap(self.replace_secret), name=f"{name}_secret"),
        ]
        return [*urls, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("contest__team", "contest__rule_set", "created_by")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # they are made on the contest's page

    def has_manage_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, self.editors, obj)

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
        kind, now = kind_of(connection), timezone.now()
        is_owner = self.has_change_permission(request, connection)
        status = status_of(connection, now)
        buttons = self.action_buttons(request, connection, "resume")
        context = {
            "title": connection.name,
            "connection": connection,
            "kind": kind,
            "status": status,
            "status_url": _url("status", connection),
            "page_url": change_url(connection),
            "secret_url": _url("secret", connection),
            "history_url": _url("history", connection),
            "deliveries_url": "" if connection.kind == "custom" else deliveries_url(connection),
            "past_orders_url": past_orders_url(connection) if is_owner else "",
            "endpoints": endpoints_of(request, connection),
            "examples": examples_of(kind),
            "is_owner": is_owner,
            "is_set_up": connection.last_delivery_at is not None,
            "buttons": [button for button in buttons if "end_overlap" not in button.url],
            "end_overlap": next((button for button in buttons if "end_overlap" in button.url), None),
            "form": form or ConnectionForm(kind, connection),
            "secret_form": secret_form or SecretForm(kind),
            "makes_secret": kind.secret_source != SecretSource.STORE,
            "new_secret": new_secret,
            "old_secret_until": connection.previous_secret_until if connection.has_old_secret_at(now) else None,
            "warnings": [],  # they are the status
        }
        page = contest_admin().contest_page(
            request, connection.contest, "stores", "admin/purchases/store_connection.html", context
        )
        if new_secret:
            page["Cache-Control"] = "no-store"
        return page

    def status(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The part of the page that follows the store's deliveries."""
        connection: StoreConnection = self.get_visible_or_404(request, object_id)
        context = {
            "connection": connection,
            "status": status_of(connection, timezone.now()),
            "status_url": _url("status", connection),
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

    def secret_again(self, request: HttpRequest, connection: StoreConnection, audit: AuditContext) -> HttpResponse:
        """The page of a form that was sent twice, by a double click or a reload: with the secret that it made."""
        event = AuditEvent.objects.filter(pk=audit.id, object_id=connection.pk, actor=audit.user).first()
        is_recent = event is not None and timezone.now() - event.created_at < SHOWN_AGAIN
        is_last = event is not None and not _is_secret_changed_since(connection, event)
        if kind_of(connection).secret_source == SecretSource.STORE or not (is_recent and is_last):
            messages.info(request, FORM_USED)
            return redirect(change_url(connection))
        try:
            return self.page(request, connection, new_secret=decrypt(connection.secret))
        except SecretUnreadable:
            return redirect(change_url(connection))

    @action(
        description="Pause",
        icon="pause",
        permissions=["manage"],
        dialog=_question(
            "Pause this connection?",
            "Deliveries are answered with 404 and not recorded. Many stores switch a webhook off that fails for days.",
            "Pause connection",
        ),
    )
    def pause(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        connection = self.get_visible_or_404(request, object_id)
        return _answer(request, connection, "Paused.", pause(connection, audit=audit_context(request)))

    @action(
        description="Resume",
        icon="play_arrow",
        permissions=["manage"],
        dialog=_question(
            "Resume this connection?",
            "Deliveries are recorded again. Orders of the pause come if the store sends them again.",
            "Resume connection",
        ),
    )
    def resume(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        connection = self.get_visible_or_404(request, object_id)
        return _answer(request, connection, "Active again.", resume(connection, audit=audit_context(request)))

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
        return _answer(request, connection, "Only the new secret is valid now.", is_new)

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


def _is_secret_changed_since(connection: StoreConnection, event: AuditEvent) -> bool:
    later = AuditEvent.objects.about(connection).filter(created_at__gt=event.created_at)
    return later.filter(action=AuditEvent.Action.SECRET_REPLACED).exists()


def _answer(request: HttpRequest, connection: StoreConnection, message: str, is_new: bool) -> HttpResponse:
    if is_new:
        messages.success(request, message)
    else:
        messages.info(request, "Already done; nothing changed.")
    return go_to(change_url(connection))


def _url(view: str, connection: StoreConnection) -> str:
    return reverse(f"admin:purchases_storeconnection_{view}", args=[quote(connection.pk)])
