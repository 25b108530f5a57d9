"""The pagination of the list of purchases: its order, and its total."""

from typing import Any

from blitzrocket.api.pagination import PageOrCursorPagination
from purchases.api.queries import ORDERS, has_own_index, is_filtered
from purchases.stats import purchase_totals_of


class PurchasePagination(PageOrCursorPagination):
    def get_ordering(self, view: Any) -> tuple[str, ...]:
        return ORDERS[view.query["sort"]]

    def get_known_total(self, view: Any) -> int:
        totals = None if is_filtered(view.query) else purchase_totals_of(view.contest)
        return totals.all_purchases if totals else 0

    def has_own_index(self, view: Any) -> bool:
        return has_own_index(view.query)
