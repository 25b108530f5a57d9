"""Admin of the activity log: who did what, as sentences."""

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from blitzrocket.accounts.admin.team_scoped import ReadOnlyMixin, TeamScopedAdmin
from blitzrocket.adminsite.activity import ActivityLine, activity_lines
from blitzrocket.audit.models import AuditEvent
from contests.admin.activity_search import ActivityFilter, newest

EVENTS_PER_PAGE = 50


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyMixin, TeamScopedAdmin):
    """Audit events of the user's teams, read-only for all their members."""

    list_select_related = ["actor"]
    team_path = "team_id"
    fields = ["sentence", ("at", "actor_name"), "reason", "changes", "id"]
    readonly_fields = ["sentence", "at", "actor_name", "changes", "id"]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The newest events that match the filters; older ones begin after an event, so no page reads those before."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        events = self.get_queryset(request)
        team_ids = self._team_ids(request)
        filters = ActivityFilter(request, events)
        matching = filters.matching(events, team_ids)
        page = newest(_older_than(matching, events, request.GET.get("before", "")), team_ids, EVENTS_PER_PAGE + 1)
        has_more, page = len(page) > EVENTS_PER_PAGE, page[:EVENTS_PER_PAGE]
        prefetch_related_objects(page, "actor")
        context = {
            **self.admin_site.each_context(request),
            "title": "Activity log",
            "opts": self.opts,
            "filters": filters,
            "lines": activity_lines(request, page),
            "older": _address(request, before=page[-1].pk) if has_more else "",
            "is_older": "before" in request.GET,
            "newest_address": _address(request),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/contests/activity_log.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        title = {"title": "Activity", "subtitle": None, "show_history": False}
        return cast("HttpResponse", super().change_view(request, object_id, form_url, title | (extra_context or {})))

    def get_form(self, request: HttpRequest, obj: AuditEvent | None = None, **options: Any) -> Any:
        if obj is not None:
            (obj.line,) = activity_lines(request, [obj])  # type: ignore[attr-defined]  # for the fields below
        return super().get_form(request, obj, **options)

    @admin.display(description="activity")
    def sentence(self, event: AuditEvent) -> SafeString:
        return render_to_string("admin/activity_sentence.html", {"line": _line_of(event)})

    @admin.display(description="when")
    def at(self, event: AuditEvent) -> SafeString:
        return render_to_string("admin/activity_time.html", {"event": event})

    @admin.display(description="by")
    def actor_name(self, event: AuditEvent) -> str:
        return event.actor_name

    @admin.display(description="changes")
    def changes(self, event: AuditEvent) -> SafeString | str:
        line = _line_of(event)
        return render_to_string("admin/activity_changes.html", {"line": line}) if line.changes else "–"

    def _team_ids(self, request: HttpRequest) -> list[str] | None:
        """The teams whose events the user sees; None for all."""
        return None if request.user.is_superuser else list(self.scope(request, self.readers)["team_id__in"])


def _line_of(event: AuditEvent) -> ActivityLine:
    line: ActivityLine = event.line  # type: ignore[attr-defined]  # set where the page's form is made
    return line


def _older_than(matching: "QuerySet[AuditEvent]", events: "QuerySet[AuditEvent]", pk: str) -> "QuerySet[AuditEvent]":
    """The events older than the one that a page ended with."""
    last = events.filter(pk=pk).first() if pk else None
    if last is None:
        return matching
    return matching.filter(Q(created_at__lt=last.created_at) | Q(pk__lt=last.pk), created_at__lte=last.created_at)


def _address(request: HttpRequest, **changes: str) -> str:
    """The page's address with other values, and without empty ones."""
    query = request.GET.copy()
    query.pop("before", None)
    for name in [name for name, value in query.items() if not value]:
        del query[name]
    query.update(changes)
    return f"?{query.urlencode()}"
