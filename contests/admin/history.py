"""The history of a contest: its rule versions, imports and activity, and what higher apps add to them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from blitzrocket.accounts.admin.team_scoped import list_url
from blitzrocket.adminsite.activity import activity_lines
from blitzrocket.audit.models import AuditEvent
from blitzrocket.postgres.replica import may_read_replica
from contests.admin.contest_pages import ContestPagesMixin, tab_url
from contests.admin.file_imports import ImportKind, ImportViews
from contests.admin.imports import ENTRIES
from contests.admin.rule_sets import version_rows
from contests.models import Contest, FileImport

PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class HistoryRows:
    """The rows of a page, and the key before which the next page begins, if there is one."""

    rows: list[Any]
    next_key: str
    more: dict[str, Any]

    @classmethod
    def of(
        cls, rows: list[Any], key: Callable[[Any], Any], show: Callable[[list[Any]], list[Any]], **more: Any
    ) -> "HistoryRows":
        """Of up to a row more than a page has; ``show`` prepares those of the page for the template."""
        page = rows[:PER_PAGE]
        next_key = str(key(page[-1])) if len(rows) > PER_PAGE else ""
        return cls(show(page), next_key, more)


@dataclass(frozen=True, slots=True)
class HistorySection:
    """A kind of history; ``rows`` reads a page of it, the newest first, before a key or from the start."""

    name: str
    title: str
    template: str
    rows: Callable[[HttpRequest, Contest, str], HistoryRows]

    def url_of(self, contest: Contest, **query: str) -> str:
        return f"{tab_url(contest, 'history')}?{urlencode({'show': self.name} | query)}"


class HistoryMixin(ContestPagesMixin):
    @may_read_replica
    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """A section of the contest's history."""
        contest: Contest = self.get_visible_or_404(request, object_id)
        sections = self.history_sections(request, contest)
        chosen = next((section for section in sections if section.name == request.GET.get("show")), sections[0])
        before = request.GET.get("before", "")
        page = chosen.rows(request, contest, before)
        context = {
            "sections": [
                {"title": section.title, "url": section.url_of(contest), "is_open": section is chosen}
                for section in sections
            ],
            "section_template": chosen.template,
            "rows": page.rows,
            "first_url": chosen.url_of(contest) if before else "",
            "next_url": chosen.url_of(contest, before=page.next_key) if page.next_key else "",
            "may_change": self.has_change_permission(request, contest),
            **page.more,
        }
        return self.contest_page(request, contest, "history", "admin/contests/history.html", context)

    def history_sections(self, request: HttpRequest, contest: Contest) -> list[HistorySection]:
        """What the user may see of the contest's history; imported files are for owners."""
        sections = [
            HistorySection("rules", "Rule versions", "admin/contests/history/rule_versions.html", self._versions)
        ]
        if self.has_role(request, self.editors, contest):
            sections.append(HistorySection("imports", "Imports", "admin/contests/history/imports.html", self._imports))
        return [*sections, HistorySection("activity", "Activity", "admin/contests/history/activity.html", _activity)]

    def import_views(self) -> dict[str, ImportViews]:
        """The pages of each kind of import, by its label."""
        return {"Entries": ImportViews(self, ENTRIES)}

    def uses_of_rule_sets(self, contest: Contest) -> dict[str, int]:
        """By rule set, how many orders it gave points; a higher app knows them."""
        return {}

    def _versions(self, request: HttpRequest, contest: Contest, before: str) -> HistoryRows:
        versions = contest.rule_sets.select_related("published_by").order_by("-number")
        if before.isascii() and before.isdigit():
            versions = versions.filter(number__lt=min(int(before), 2**31 - 1))
        uses = self.uses_of_rule_sets(contest)
        return HistoryRows.of(
            list(versions[: PER_PAGE + 1]), lambda each: each.number, lambda page: version_rows(contest, page, uses)
        )

    def _imports(self, request: HttpRequest, contest: Contest, before: str) -> HistoryRows:
        rows = [
            (file_import, label, views.url_of(file_import))
            for label, views in self.import_views().items()
            for file_import in _newest_imports(views.kind, contest, before)
        ]
        rows.sort(key=lambda row: row[0].pk, reverse=True)
        return HistoryRows.of(rows[: PER_PAGE + 1], lambda row: row[0].pk, list)


def _newest_imports(kind: ImportKind, contest: Contest, before: str) -> "QuerySet[FileImport]":
    imports = kind.model._default_manager.filter(contest=contest).defer("content").select_related("actor", "job")
    if before:
        imports = imports.filter(pk__lt=before)
    return imports.order_by("-pk")[: PER_PAGE + 1]


def _activity(request: HttpRequest, contest: Contest, before: str) -> HistoryRows:
    events = AuditEvent.objects.filter(contest_id=contest.pk)
    last = events.filter(pk=before).first() if before else None
    if last is not None:
        earlier = Q(created_at__lt=last.created_at) | Q(pk__lt=last.pk)
        events = events.filter(earlier, created_at__lte=last.created_at)
    newest = events.select_related("actor").order_by("-created_at", "-pk")[: PER_PAGE + 1]
    return HistoryRows.of(
        list(newest),
        lambda event: event.pk,
        lambda page: [replace(line, contest="") for line in activity_lines(request, page)],
        log_url=list_url(AuditEvent, contest=contest.pk),
    )
