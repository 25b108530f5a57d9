"""The tab of a contest with its webhooks, and the form that adds one."""

from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.adminsite.audited import FORM_USED, audit_context
from blitzrocket.audit.context import RequestIdReused
from contests.admin.contest_pages import ContestPagesMixin
from contests.models import Contest
from purchases.admin.order_page import Badge
from purchases.admin.webhook_endpoints import webhook_page
from purchases.admin.webhook_forms import WebhookForm
from purchases.admin.webhook_page import EventState, badge_of, count_of
from purchases.models import WebhookEndpoint
from purchases.outgoing.endpoints import TooManyEndpoints, add_endpoint
from purchases.support.open_items import capped_count


@dataclass(frozen=True, slots=True)
class EndpointRow:
    endpoint: WebhookEndpoint
    url: str
    badge: Badge
    failed: str


class WebhooksMixin(ContestPagesMixin):
    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        urls = [
            path("<str:object_id>/webhooks/", wrap(self.webhooks), name="contests_contest_webhooks"),
            path("<str:object_id>/webhooks/add/", wrap(self.add_webhook), name="contests_contest_add_webhook"),
        ]
        return [*urls, *super().get_urls()]

    def webhooks(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The contest's webhooks; before the first, what they are for."""
        contest: Contest = self.get_visible_or_404(request, object_id)
        is_owner = self.has_change_permission(request, contest)
        rows = [_row_of(endpoint) for endpoint in WebhookEndpoint.objects.filter(contest=contest)]
        add_url = reverse("admin:contests_contest_add_webhook", args=[quote(contest.pk)]) if is_owner else ""
        context = {"rows": rows, "add_url": add_url}
        return self.contest_page(request, contest, "webhooks", "admin/purchases/webhooks.html", context)

    def add_webhook(self, request: HttpRequest, object_id: str) -> HttpResponse:
        contest: Contest = self.get_for_roles(request, object_id, self.editors)
        form = WebhookForm(None, request.POST if request.method == "POST" else None)
        if form.is_valid():
            return self._add(request, contest, form)
        return self._form(request, contest, form)

    def _form(self, request: HttpRequest, contest: Contest, form: WebhookForm) -> HttpResponse:
        context = {"title": "Add a webhook", "form": form}
        return self.contest_page(request, contest, "webhooks", "admin/purchases/webhook_add.html", context)

    def _add(self, request: HttpRequest, contest: Contest, form: WebhookForm) -> HttpResponse:
        audit = audit_context(request, request_id=form.cleaned_data["request_id"])
        try:
            endpoint, secret = add_endpoint(contest, audit=audit, **form.values())
        except RequestIdReused:
            added = audit.find_object(WebhookEndpoint.objects.filter(contest=contest))
            if added is not None:
                return webhook_page().secret_again(request, added, audit)
            form.add_error(None, FORM_USED)
        except TooManyEndpoints as error:
            form.add_error(None, str(error))
        else:
            return webhook_page().page(request, endpoint, new_secret=secret)
        return self._form(request, contest, form)


def _row_of(endpoint: WebhookEndpoint) -> EndpointRow:
    failed = count_of(endpoint, EventState.FAILED)
    return EndpointRow(endpoint, change_url(endpoint), badge_of(endpoint), capped_count(failed) if failed else "")
