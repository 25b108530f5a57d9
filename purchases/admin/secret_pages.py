"""What the pages of store connections and of webhooks share: a secret that is shown once, and buttons for owners."""

from datetime import timedelta
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from unfold.dataclasses import ActionDialog

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.adminsite.action_forms import danger_dialog
from blitzrocket.adminsite.audited import FORM_USED
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.htmx import go_to
from contests.admin.contest_pages import contest_admin
from contests.admin.scope import ContestScopedAdmin
from purchases.admin.order_page import AvailableActionsMixin
from purchases.stores.secrets import SecretUnreadable, decrypt

SHOWN_AGAIN = timedelta(minutes=10)  # a secret that we made, to who sends the same form again


def question(title: str, description: str, submit: str) -> ActionDialog:
    """A question without fields before something that can be taken back."""
    return cast("ActionDialog", danger_dialog(title, description, submit) | {"variant": ""})


class SecretPageMixin(AvailableActionsMixin, ContestScopedAdmin):
    """For rows that are added on a contest's page, and have a page of their own in one of its tabs."""

    tab: str

    def page(self, request: HttpRequest, row: Any, *, new_secret: str = "") -> HttpResponse:
        """The row's page; ``new_secret`` is shown this once."""
        raise NotImplementedError

    def makes_secret(self, row: Any) -> bool:
        """Whether its secret is one that we made."""
        return True

    def get_queryset(self, request: HttpRequest) -> Any:
        # Not the contest's rules: an address has no contest, and where contests are spread over servers, Citus joins
        # rows of all contests with others of them only where they name it themselves.
        return super().get_queryset(request).select_related("contest__team", "created_by")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # they are added on the contest's page

    def has_manage_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, self.editors, obj)

    def view_url(self, view: str, row: Any) -> str:
        """The URL of one of the row's other views."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{view}", args=[quote(row.pk)])

    def contest_page(self, request: HttpRequest, row: Any, template: str, context: dict[str, Any]) -> HttpResponse:
        """A page in the tab of the row's contest."""
        return contest_admin().contest_page(request, row.contest, self.tab, template, context)

    def secret_page(
        self, request: HttpRequest, row: Any, template: str, context: dict[str, Any], new_secret: str
    ) -> HttpResponse:
        """The row's page, with its buttons and what it says of its secret."""
        buttons = self.action_buttons(request, row, "resume")
        shared = {
            "page_url": change_url(row),
            "secret_url": self.view_url("secret", row),
            "history_url": self.view_url("history", row),
            "is_owner": self.has_change_permission(request, row),
            "buttons": [button for button in buttons if "end_overlap" not in button.url],
            "end_overlap": next((button for button in buttons if "end_overlap" in button.url), None),
            "new_secret": new_secret,
            "old_secret_until": row.previous_secret_until if row.has_old_secret_at(timezone.now()) else None,
            "warnings": [],  # the page says them itself
        }
        page = self.contest_page(request, row, template, shared | context)
        if new_secret:
            page["Cache-Control"] = "no-store"
        return page

    def secret_again(self, request: HttpRequest, row: Any, audit: AuditContext) -> HttpResponse:
        """The page of a form that was sent twice, by a double click or a reload: with the secret that it made."""
        event = AuditEvent.objects.filter(pk=audit.id, object_id=row.pk, actor=audit.user).first()
        is_recent = event is not None and timezone.now() - event.created_at < SHOWN_AGAIN
        if event is None or not is_recent or not self.makes_secret(row) or _is_secret_replaced_since(row, event):
            messages.info(request, FORM_USED)
            return redirect(change_url(row))
        try:
            return self.page(request, row, new_secret=decrypt(row.secret))
        except SecretUnreadable:
            return redirect(change_url(row))

    def report(self, request: HttpRequest, row: Any, message: str, is_new: bool) -> HttpResponse:
        """Back to the page, with what an action did."""
        if is_new:
            messages.success(request, message)
        else:
            messages.info(request, "Already done; nothing changed.")
        return go_to(change_url(row))


def _is_secret_replaced_since(row: Any, event: AuditEvent) -> bool:
    later = AuditEvent.objects.about(row).filter(created_at__gt=event.created_at)
    return later.filter(action=AuditEvent.Action.SECRET_REPLACED).exists()
