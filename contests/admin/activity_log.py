"""Admin of the activity log: the list of audit events."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.contrib.admin.utils import quote
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from blitzrocket.accounts.admin.team_scoped import ALL_ROLES, ReadOnlyMixin, TeamScopedAdmin
from blitzrocket.adminsite.audited import changes_in
from blitzrocket.audit.models import AuditEvent
from contests.admin.scope import ContestFilter
from contests.models import Contest

COLOURS = {
    AuditEvent.Action.VOIDED: "danger",
    AuditEvent.Action.DELETED: "danger",
    AuditEvent.Action.REVOKED: "danger",
    AuditEvent.Action.REFUNDED: "warning",
    AuditEvent.Action.ADJUSTED: "warning",
    AuditEvent.Action.DETACHED: "warning",
    AuditEvent.Action.RESTORED: "success",
    AuditEvent.Action.ATTACHED: "success",
    AuditEvent.Action.ACCEPTED: "success",
    AuditEvent.Action.RECORDED: "success",
    AuditEvent.Action.EXPORTED: "info",
    AuditEvent.Action.IMPORTED: "info",
    AuditEvent.Action.UNIMPORTED: "warning",
}


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyMixin, TeamScopedAdmin):
    """Audit events of the user's teams, read-only for all their members."""

    list_display = ["created_at", "action_label", "object_link", "actor_name", "reason", "contest_title"]
    list_display_links = ["created_at"]
    list_select_related = ["actor"]
    list_filter = [("action", admin.ChoicesFieldListFilter), ContestFilter]
    team_path = "team_id"
    sortable_by = ()
    paginator = InfinitePaginator
    show_full_result_count = False
    fields = [
        ("created_at", "actor_name"),
        ("action_text", "object_link"),
        "reason",
        "changes",
        ("contest_title", "id"),
    ]
    readonly_fields = ["actor_name", "action_text", "object_link", "changes", "contest_title", "id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        titles = Contest.objects.filter(pk=OuterRef("contest_id")).values("title")
        events: QuerySet[Any] = super().get_queryset(request).annotate(title=Subquery(titles))
        return events

    @display(description="action", label=COLOURS)
    def action_label(self, event: AuditEvent) -> tuple[str, str]:
        return event.action, event.get_action_display()

    @admin.display(description="action")
    def action_text(self, event: AuditEvent) -> str:
        return str(event.get_action_display())

    @admin.display(description="by")
    def actor_name(self, event: AuditEvent) -> str:
        return event.actor_name

    @admin.display(description="object")
    def object_link(self, event: AuditEvent) -> SafeString | str:
        name = f"{event.object_type} {event.object_id}"
        page = _page_of(event.object_type)
        if page is None:
            return name
        url = reverse(admin_urlname(page.opts, SafeString("change")), args=[quote(event.object_id)])
        return format_html('<a href="{}">{}</a>', url, name)

    @admin.display(description="contest")
    def contest_title(self, event: AuditEvent) -> str:
        return event.title or event.contest_id or "–"  # type: ignore[attr-defined]  # annotated above

    @admin.display(description="changes")
    def changes(self, event: AuditEvent) -> SafeString | str:
        rows = changes_in(event)
        table = {"headers": ["Field", "Before", "After"], "rows": [list(row) for row in rows]}
        return render_to_string("admin/table.html", {"table": table}) if rows else "–"


def _page_of(object_type: str) -> TeamScopedAdmin | None:
    """The admin of a type of object, if all members of a team may read it."""
    pages = (page for model, page in admin.site._registry.items() if model._meta.model_name == object_type)
    page = next(pages, None)
    return page if isinstance(page, TeamScopedAdmin) and page.readers == ALL_ROLES else None
