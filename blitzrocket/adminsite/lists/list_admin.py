"""What every list of the admin has: orders, pages, totals, filters as chips, and what it says when it is empty."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from unfold.admin import ModelAdmin

from blitzrocket.adminsite.lists.cells import RowLayout
from blitzrocket.adminsite.lists.change_list import ListPage
from blitzrocket.adminsite.lists.empty import EmptyList
from blitzrocket.adminsite.lists.row_list import RowList
from blitzrocket.adminsite.lists.sorting import Sort
from blitzrocket.postgres.replica import may_read_replica

MAX_OWNERS = 50  # contests or teams that are read one by one


class ListAdmin(ModelAdmin):
    """The base of all lists.

    Filters in ``unfiltered`` are on in the list that the menu opens, as ``default_filters`` says; with the values of
    ``unfiltered`` they are off.
    """

    row_layout: ClassVar[RowLayout] = RowLayout()
    sorts: ClassVar[tuple[Sort, ...]] = ()
    list_owner: ClassVar[str] = ""
    default_filters: ClassVar[Mapping[str, str]] = {}
    unfiltered: ClassVar[Mapping[str, str]] = {}
    add_label: ClassVar[str] = ""  # of the button; “Add entry” by default
    list_fullwidth = True
    show_full_result_count = False

    def get_urls(self) -> list[Any]:
        urls: list[Any] = super().get_urls()
        for url in urls:
            if url.name == f"{self.opts.app_label}_{self.opts.model_name}_changelist":
                url.callback = may_read_replica(url.callback)
        return urls

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ListPage]:
        return ListPage

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        is_without_filters = request.method == "GET" and not request.GET
        if is_without_filters and self.default_filters and self.has_view_permission(request):
            return redirect(f"{request.path}?{urlencode(self.default_filters)}")
        response: HttpResponse = super().changelist_view(request, extra_context)
        return response

    def get_sorts(self, request: HttpRequest) -> tuple[Sort, ...]:
        """The orders that the list offers, the usual one first."""
        return self.sorts

    def owner_ids(self, request: HttpRequest) -> list[str] | None:
        """The contests or teams (``list_owner``) whose rows are listed; None where these are all, or too many."""
        return None

    def list_parts(self, cl: RowList, rows: "QuerySet[Any]") -> "list[QuerySet[Any]]":
        """The list in parts, each of which has an index in the list's order: one for each owner."""
        ids = cl.owner_ids
        return [rows] if ids is None else [rows.filter(**{self.list_owner: pk}) for pk in ids]

    def known_total(self, cl: RowList) -> int | None:
        """The length of the list where it is stored."""
        return None

    def empty_list(self, request: HttpRequest) -> EmptyList:
        """What the list says where it has no rows, not even without filters."""
        return EmptyList(f"No {self.opts.verbose_name_plural} yet")

    def empty_by_default(self, request: HttpRequest) -> EmptyList:
        """What it says where no row is left by `default_filters`."""
        return self.empty_list(request)
