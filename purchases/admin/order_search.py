"""The base of the lists of orders: searched as at the desk."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import path
from django.utils.safestring import SafeString

from blitzrocket.accounts.admin.team_scoped import ReadOnlyMixin, TeamScopedAdmin
from blitzrocket.adminsite.audited import audit_context
from blitzrocket.adminsite.csv_export import csv_response
from blitzrocket.audit.models import AuditEvent
from blitzrocket.postgres.replica import may_read_replica
from contests.models import Contest
from purchases.admin.scope import search_scope
from purchases.support.search import SearchScope


class OrderSearchAdmin(ReadOnlyMixin, TeamScopedAdmin):
    """A list of orders; ``exported`` names the columns of its export."""

    exported: ClassVar[tuple[str, ...]] = ()
    search_fields = ["order_id"]
    list_after_template = "admin/purchases/export.html"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(pk__in=self.matching_ids(search_term, search_scope(request))), False

    def matching_ids(self, text: str, scope: SearchScope) -> list[str]:
        """The ids of the rows that match a search."""
        raise NotImplementedError

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export/", self.admin_site.admin_view(self.export), name=name), *super().get_urls()]

    @may_read_replica
    def export(self, request: HttpRequest) -> HttpResponseBase:
        """The list's current page, with its search and filters, as CSV; recorded in the activity log."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            changelist = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        page = list(changelist.result_list)
        self._record_export(request, page)
        rows = ([getattr(row, column) for column in self.exported] for row in page)
        return csv_response(self.opts.model_name, self.exported, rows)

    def _record_export(self, request: HttpRequest, page: Iterable[Any]) -> None:
        """Record one event per contest of the page's rows, or per team where an order's contest is unknown."""
        with transaction.atomic():
            for owner, count in Counter(row.contest or row.team for row in page).items():
                scope = {"contest": owner} if isinstance(owner, Contest) else {"team": owner}
                after = {"exported": f"list of {self.opts.verbose_name_plural}", "rows": count}
                audit_context(request).record(AuditEvent.Action.EXPORTED, owner, **scope, after=after)


def table(headers: list[Any], rows: list[list[Any]]) -> SafeString:
    return render_to_string("admin/table.html", {"table": {"headers": headers, "rows": rows}})
