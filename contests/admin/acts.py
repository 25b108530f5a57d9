"""The list of all acts."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from contests.admin.audit import changes_in
from contests.admin.scope import ContestFilter, ReadOnly, TeamAdmin
from contests.models import AuditLine

COLOURS = {
    AuditLine.Action.VOIDED: "danger",
    AuditLine.Action.DELETED: "danger",
    AuditLine.Action.REVOKED: "danger",
    AuditLine.Action.REFUNDED: "warning",
    AuditLine.Action.ADJUSTED: "warning",
    AuditLine.Action.DETACHED: "warning",
    AuditLine.Action.RESTORED: "success",
    AuditLine.Action.ATTACHED: "success",
    AuditLine.Action.ACCEPTED: "success",
    AuditLine.Action.RECORDED: "success",
    AuditLine.Action.EXPORTED: "info",
    AuditLine.Action.IMPORTED: "info",
    AuditLine.Action.UNIMPORTED: "warning",
}
# Objects whose pages everybody in the team opens.
OPEN_TO_ALL = {
    "contest": "contests_contest",
    "entry": "contests_entry",
    "purchase": "purchases_purchase",
    "rejectedpurchase": "purchases_rejectedpurchase",
    "waitingrefund": "purchases_waitingrefund",
}


@admin.register(AuditLine)
class AuditLinePage(ReadOnly, TeamAdmin):
    """Who did what, when and why: read by the whole team, written by nobody."""

    list_display = ["created_at", "what", "about", "by_whom", "reason", "contest"]
    list_display_links = ["created_at"]
    list_select_related = ["contest", "actor", "api_key"]
    list_filter = [("action", admin.ChoicesFieldListFilter), ContestFilter]
    sortable_by = ()
    paginator = InfinitePaginator
    show_full_result_count = False
    fields = [("created_at", "by_whom"), ("what_in_words", "about"), "reason", "changes", ("contest", "id")]
    readonly_fields = ["by_whom", "what_in_words", "about", "changes", "id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("contest", "actor", "api_key")

    @display(description=_("what"), label=COLOURS)
    def what(self, line: AuditLine) -> tuple[str, str]:
        return line.action, line.get_action_display()

    @admin.display(description=_("what"))
    def what_in_words(self, line: AuditLine) -> str:
        return str(line.get_action_display())

    @admin.display(description=_("by"))
    def by_whom(self, line: AuditLine) -> str:
        return line.who

    @admin.display(description=_("object"))
    def about(self, line: AuditLine) -> SafeString | str:
        name = f"{line.object_type} {line.object_id}"
        if line.object_type not in OPEN_TO_ALL:
            return name
        url = reverse(f"admin:{OPEN_TO_ALL[line.object_type]}_change", args=[quote(line.object_id)])
        return format_html('<a href="{}">{}</a>', url, name)

    @admin.display(description=_("before and after"))
    def changes(self, line: AuditLine) -> SafeString | str:
        rows = changes_in(line)
        table = {"headers": [_("what"), _("before"), _("after")], "rows": [list(row) for row in rows]}
        return render_to_string("admin/purchases/table.html", {"table": table}) if rows else "–"
