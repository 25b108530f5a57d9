"""Webhooks: their list, and the page of one with its settings, its secret and the log of its events."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from unfold.decorators import action
from unfold.enums import ActionVariant

from blitzrocket.accounts.admin.team_scoped import ALL_ROLES, change_url, list_url
from blitzrocket.adminsite.action_forms import danger_dialog
from blitzrocket.adminsite.audited import FORM_USED, audit_context
from blitzrocket.adminsite.lists.cells import RowLayout, badge, quiet
from blitzrocket.adminsite.lists.empty import EmptyList
from blitzrocket.adminsite.lists.sorting import Sort
from blitzrocket.adminsite.object_ids import object_pk
from blitzrocket.audit.context import RequestIdReused
from blitzrocket.htmx import go_to
from blitzrocket.numbers import counted
from contests.admin.contest_pages import tab_url
from contests.admin.scope import ContestFilter
from contests.models import Contest
from purchases.admin.secret_pages import SecretPageMixin, question
from purchases.admin.webhook_forms import RequestForm, WebhookForm
from purchases.admin.webhook_page import (
    BADGES,
    EventState,
    badge_of,
    count_of,
    event_badge,
    event_facts,
    event_url,
    facts_of,
    log_of,
    news_of,
    requests_of,
)
from purchases.models import OutgoingEvent, WebhookEndpoint
from purchases.outgoing.endpoints import (
    NotFailed,
    change_endpoint,
    delete_endpoint,
    end_overlap,
    pause,
    replace_secret,
    resume,
    send_again,
    send_failed_again,
)
from purchases.outgoing.messages import bodies_of
from purchases.outgoing.sending import send_test
from purchases.support.delivery_body import shown_body

State = WebhookEndpoint.State


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(SecretPageMixin):
    """Owners manage webhooks; support sees them and their events, and sends failed ones again."""

    list_display = ["name", "state_label", "url", "contest", "last_sent_at"]
    list_select_related = ["contest"]
    list_filter = [ContestFilter]
    search_fields = ["name", "url"]
    search_help_text = "Name or URL"
    row_layout = RowLayout(value="state_label", details=("url", "last_sent_at"), wide=("contest",))
    sorts = (Sort("created_at", ("created_at", "id")),)
    tab = "webhooks"
    actions_detail = ["resume", "resend_failed", "pause", "end_overlap", "remove"]

    def get_urls(self) -> list[Any]:
        wrap, name = self.admin_site.admin_view, "purchases_webhookendpoint"
        event = "<str:object_id>/events/<str:event_id>/"
        urls = [
            path("<str:object_id>/test/", wrap(self.test), name=f"{name}_test"),
            path("<str:object_id>/secret/", wrap(self.replace_secret), name=f"{name}_secret"),
            path(event, wrap(self.event), name=f"{name}_event"),
            path(f"{event}again/", wrap(self.resend), name=f"{name}_event_again"),
        ]
        return [*urls, *super().get_urls()]

    def empty_list(self, request: HttpRequest) -> EmptyList:
        text = "Tell other systems what happens in a contest. Add one in a contest's tab “Webhooks”."
        return EmptyList("No webhooks yet", text, ("Open contests", list_url(Contest)))

    @admin.display(description="status")
    def state_label(self, endpoint: WebhookEndpoint) -> str:
        state = endpoint.state
        if state == State.PAUSED:
            return quiet(state.label)
        kind = BADGES[state]
        return badge(kind, state.label) if kind in ("warning", "danger") else str(state.label)

    def available_actions(self, endpoint: WebhookEndpoint) -> set[str]:
        names = {"pause", "remove"} if endpoint.is_active else {"resume", "remove"}
        names |= {"end_overlap"} if endpoint.has_old_secret_at(timezone.now()) else set()
        return names | ({"resend_failed"} if count_of(endpoint, EventState.FAILED) else set())

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """The webhook's page; posted, its name, URL and events."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        endpoint: WebhookEndpoint = self.get_visible_or_404(request, object_id)
        if request.method != "POST":
            return self.page(request, endpoint)
        if not self.has_change_permission(request, endpoint):
            raise PermissionDenied
        form = WebhookForm(endpoint, request.POST)
        if not form.is_valid():
            return self.page(request, endpoint, form=form)
        audit = audit_context(request, request_id=form.cleaned_data["request_id"])
        try:
            if change_endpoint(endpoint, audit=audit, **form.values()):
                messages.success(request, "Saved.")
        except RequestIdReused:
            messages.info(request, FORM_USED)
        return redirect(change_url(endpoint))

    def page(
        self, request: HttpRequest, endpoint: WebhookEndpoint, *, form: WebhookForm | None = None, new_secret: str = ""
    ) -> HttpResponse:
        """The page; ``new_secret`` is shown this once."""
        failed = count_of(endpoint, EventState.FAILED)
        context = {
            "title": endpoint.name,
            "endpoint": endpoint,
            "badge": badge_of(endpoint),
            "news": news_of(endpoint),
            "facts": list(facts_of(endpoint, failed)),
            "log": log_of(endpoint, request.GET.get("state", ""), request.GET.get("before", "")),
            "test_url": self.view_url("test", endpoint),
            "form": form or WebhookForm(endpoint),
            "request_form": RequestForm(auto_id=False),
        }
        return self.secret_page(request, endpoint, "admin/purchases/webhook.html", context, new_secret)

    def test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send a test now, and show how it went."""
        endpoint: WebhookEndpoint = self.get_for_roles(request, object_id, self.editors)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        event = send_test(endpoint)
        if event.state == EventState.SENT:
            messages.success(request, "The test arrived.")
        else:
            messages.error(request, "The test failed. The request below says why.")
        return redirect(event_url(endpoint, event))

    def replace_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Replace the secret by a new one, which is shown once."""
        endpoint: WebhookEndpoint = self.get_for_roles(request, object_id, self.editors)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = RequestForm(request.POST)
        if not form.is_valid():
            return redirect(change_url(endpoint))
        audit = audit_context(request, request_id=form.cleaned_data["request_id"])
        try:
            secret = replace_secret(endpoint, audit=audit)
        except RequestIdReused:
            return self.secret_again(request, endpoint, audit)
        return self.page(request, self.get_visible_or_404(request, object_id), new_secret=secret)

    def event(self, request: HttpRequest, object_id: str, event_id: str) -> HttpResponse:
        """One event: its message, and what became of each request."""
        endpoint: WebhookEndpoint = self.get_visible_or_404(request, object_id)
        event = _event_or_404(endpoint, event_id)
        is_open, bodies = "personal" in request.GET, bodies_of(endpoint.contest, [event])
        context = {
            "title": event.kind,
            "endpoint": endpoint,
            "event": event,
            "badge": event_badge(event),
            "facts": list(event_facts(event)),
            "requests": requests_of(event),
            "body": shown_body(bodies[event.pk], masks=not is_open) if event.pk in bodies else None,
            "is_open": is_open,
            "page_url": change_url(endpoint),
            "resend_url": "" if event.state == EventState.PENDING else event_url(endpoint, event, "event_again"),
            "request_form": RequestForm(auto_id=False),
            "warnings": [],
        }
        return self.contest_page(request, endpoint, "admin/purchases/webhook_event.html", context)

    def resend(self, request: HttpRequest, object_id: str, event_id: str) -> HttpResponse:
        """Send one event again."""
        endpoint: WebhookEndpoint = self.get_for_roles(request, object_id, ALL_ROLES)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        event, form = _event_or_404(endpoint, event_id), RequestForm(request.POST)
        if form.is_valid():
            audit = audit_context(request, request_id=form.cleaned_data["request_id"])
            try:
                if send_again(event, audit=audit):
                    messages.success(request, _sent_soon(endpoint, "It is"))
            except NotFailed:
                messages.info(request, "This event is waiting to be sent already.")
            except RequestIdReused:
                messages.info(request, FORM_USED)
        return redirect(event_url(endpoint, event))

    @action(
        description="Send failed again",
        icon="refresh",
        permissions=["act"],
        dialog=question(
            "Send all failed events again?",
            "They are sent as if they were new. The receiver recognizes an event by its ID.",
            "Send again",
        ),
    )
    def resend_failed(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        endpoint = self.get_visible_or_404(request, object_id)
        count = send_failed_again(endpoint, audit=audit_context(request)) or 0
        messages.success(request, _sent_soon(endpoint, f"{counted(count, 'event is', 'events are')}"))
        return go_to(change_url(endpoint))

    @action(
        description="Pause",
        icon="pause",
        permissions=["manage"],
        dialog=question("Pause this webhook?", "Events wait, and are sent when you resume.", "Pause webhook"),
    )
    def pause(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        endpoint = self.get_visible_or_404(request, object_id)
        return self.report(request, endpoint, "Paused.", pause(endpoint, audit=audit_context(request)))

    @action(
        description="Resume",
        icon="play_arrow",
        permissions=["manage"],
        dialog=question("Resume this webhook?", "What waits is sent now, the oldest first.", "Resume webhook"),
    )
    def resume(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        endpoint = self.get_visible_or_404(request, object_id)
        return self.report(request, endpoint, "Active again.", resume(endpoint, audit=audit_context(request)))

    @action(
        description="End old secret now",
        icon="key_off",
        permissions=["manage"],
        dialog=danger_dialog(
            "End the old secret?", "Messages are signed with the new secret alone from now on.", "End old secret"
        ),
    )
    def end_overlap(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        endpoint = self.get_visible_or_404(request, object_id)
        is_new = end_overlap(endpoint, audit=audit_context(request))
        return self.report(request, endpoint, "Only the new secret signs now.", is_new)

    @action(
        description="Delete",
        icon="delete",
        permissions=["manage"],
        variant=ActionVariant.DANGER,
        dialog=danger_dialog(
            "Delete this webhook?", "Its events are deleted too; what waits is not sent.", "Delete webhook"
        ),
    )
    def remove(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        endpoint = self.get_visible_or_404(request, object_id)
        delete_endpoint(endpoint, audit=audit_context(request))
        messages.success(request, f"Webhook “{endpoint.name}” deleted.")
        return go_to(tab_url(endpoint.contest, "webhooks"))


def webhook_page() -> WebhookEndpointAdmin:
    """The registered admin, for the page that adds a webhook."""
    return cast("WebhookEndpointAdmin", admin.site.get_model_admin(WebhookEndpoint))


def _event_or_404(endpoint: WebhookEndpoint, event_id: str) -> OutgoingEvent:
    rows = OutgoingEvent.objects.filter(contest=endpoint.contest_id, endpoint_id=endpoint.pk)
    event = rows.filter(pk=object_pk(event_id)).first()
    if event is None:
        raise Http404
    return event


def _sent_soon(endpoint: WebhookEndpoint, subject: str) -> str:
    return f"{subject} sent in a moment." if endpoint.is_active else f"{subject} sent when the webhook is resumed."
