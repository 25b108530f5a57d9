"""Pagination of the lists of contests and entries: order and known totals."""

from typing import Any

from blitzrocket.api import pagination
from blitzrocket.api.pagination import PageOrCursorPagination, Position, Rows
from contests.leaderboard import entry_totals_of


class ContestPagination(PageOrCursorPagination):
    ordering = ("-created_at", "-id")  # owners may choose ids, which then do not sort by time


class EntryPagination(PageOrCursorPagination):
    def read(self, parts: list[Rows], position: Position, view: Any) -> tuple[int, bool, list[Any]]:
        if view.search is None or "email" in view.query:
            return super().read(parts, position, view)
        (before,) = position.cursor or [""]
        page = view.search.page(before=before, offset=position.offset, count=position.count, most=pagination.MAX_COUNT)
        (rows,) = parts
        return page.total, page.is_minimum, list(rows.filter(pk__in=page.ids).order_by(*position.order))

    def get_known_total(self, view: Any) -> int:
        totals = None if "email" in view.query else entry_totals_of(view.contest)
        return totals.entries if totals else 0
