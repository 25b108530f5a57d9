"""Pagination of the lists of contests and entries: order and known totals."""

from typing import Any

from blitzrocket.api.pagination import PageOrCursorPagination
from contests.leaderboard import entry_totals_of


class ContestPagination(PageOrCursorPagination):
    ordering = ("-created_at", "-id")  # owners may choose ids, which then do not sort by time


class EntryPagination(PageOrCursorPagination):
    def get_known_total(self, view: Any) -> int:
        is_filtered = "email" in view.query or view.query.get("search")
        totals = None if is_filtered else entry_totals_of(view.contest)
        return totals.entries if totals else 0
