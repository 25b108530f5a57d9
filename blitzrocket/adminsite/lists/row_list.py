"""A list of the admin: its order, its page and its total, all of which its address says.

Pages begin after a row, not at a number, so that no page reads the rows before it. What reads a list over several
contests or teams reads a page of each, and sorts these few rows.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.core import signing
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.http import urlencode
from django.utils.text import capfirst

from blitzrocket.adminsite.lists.sorting import SortChoice, sort_choices
from blitzrocket.keyset import columns_of, position_of, read_position, reverse_of, rows_after
from blitzrocket.numbers import show_number
from blitzrocket.text import plural

SORT, AFTER, BEFORE, ROWS = "sort", "after", "before", "rows"
PAGE_SIZES = (25, 50, 100)
MAX_COUNTED = 100  # of rows that a filter selects; with few matches, counting on would read the whole table

Rows = QuerySet[Any]


@dataclass(frozen=True, slots=True)
class Total:
    """The number of rows of a list, or the least that it has."""

    count: int
    is_minimum: bool = False

    @property
    def figure(self) -> str:
        return f"{show_number(self.count)}{'+' if self.is_minimum else ''}"


class RowList(ChangeList):
    """Django's change list, with other pages, orders and totals."""

    model_admin: Any  # a `ListAdmin`, which imports this

    def __init__(self, request: HttpRequest, *args: Any, **options: Any) -> None:
        self.request = request
        super().__init__(request, *args, **options)
        self.title = capfirst(str(self.opts.verbose_name_plural))

    # The address.

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """The filters of the address; a field of the form that is empty filters nothing."""
        values: dict[str, Any] = super().get_filters_params(params)
        return {name: each for name, each in values.items() if name not in (SORT, AFTER, BEFORE, ROWS) and any(each)}

    def address(self, **changes: Any) -> str:
        """The address of this list with other parameters, on its first page; None removes one."""
        values = {name: each for name, each in self.filter_params.items() if any(each)}
        values |= changes
        parameters = {name: each for name, each in sorted(values.items()) if each is not None}
        return f"?{urlencode(parameters, doseq=True)}"

    @cached_property
    def page_size(self) -> int:
        text = str(self.params.get(ROWS, ""))
        return int(text) if text in map(str, PAGE_SIZES) else PAGE_SIZES[0]

    @property
    def page_sizes(self) -> list[tuple[int, str]]:
        """The other page sizes, with their addresses."""
        return [(size, self.address(rows=size)) for size in PAGE_SIZES if size != self.page_size]

    @cached_property
    def sort_choices(self) -> list[SortChoice]:
        """The orders offered here, the usual one first."""
        sorts = self.model_admin.get_sorts(self.request)
        return sort_choices([sort for sort in sorts if not sort.needs_owner or self.owner_ids is not None])

    @cached_property
    def sort(self) -> SortChoice:
        """The order that the address names; the usual one where it names none, or its filters contradict it."""
        named = (choice for choice in self.sort_choices if choice.name == self.params.get(SORT))
        choice = next(named, self.sort_choices[0])
        return self.sort_choices[0] if set(choice.sort.contradicts) & set(self.get_filters_params()) else choice

    def address_sorted_by(self, choice: SortChoice) -> str:
        return self.address(**{SORT: choice.name} | dict.fromkeys(choice.sort.contradicts))

    # The rows.

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Rows:
        for name in (AFTER, BEFORE):  # another filter or order has another first page
            self.filter_params.pop(name, None)
        sort = self.sort.sort
        rows = self.model_admin.get_queryset(request).annotate(**sort.expressions)
        self.root_queryset = rows.filter(sort.only) if sort.only else rows
        queryset: Rows = super().get_queryset(request, exclude_parameters)
        # Django leaves them out where the page of one object needs others.
        related = self.list_select_related
        return queryset.select_related(*related) if isinstance(related, list | tuple) and related else queryset

    def get_ordering(self, request: HttpRequest, queryset: Rows) -> list[Any]:
        return list(self.sort.order)

    @cached_property
    def owner_ids(self) -> list[str] | None:
        """The contests or teams whose rows are listed, where these are few; see `ListAdmin.owner_ids`."""
        ids: list[str] | None = self.model_admin.owner_ids(self.request)
        return ids

    def get_results(self, request: HttpRequest) -> None:
        self.parts: list[Rows] = self.model_admin.list_parts(self, self.queryset)
        order = self.sort.order
        after, before = self._position(AFTER), self._position(BEFORE)
        rows, has_more = self._read(reverse_of(order), before) if before else self._read(order, after)
        if before and has_more:
            rows.reverse()
            self.has_previous = self.has_next = True
        elif before or (after and not rows):  # what is left of the rows before is less than a page: the first page
            rows, has_more = self._read(order, None)
            self.has_previous, self.has_next = False, has_more
        else:
            self.has_previous, self.has_next = bool(after), has_more
        self.result_list = rows
        # Django's own views and templates ask for these.
        self.result_count = self.full_result_count = len(rows)
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = bool(rows)
        self.paginator = None

    def _read(self, order: tuple[str, ...], position: list[Any] | None) -> tuple[list[Any], bool]:
        """A page of rows in this order after the position, and whether there are more."""
        parts = [rows for part in self.parts for rows in (rows_after(part, order, position) if position else [part])]
        limit = self.page_size + 1
        if len(parts) > 1:
            rows = self._rows_with(self._first_of(parts, order, limit)).order_by(*order)
        elif parts:
            rows = parts[0].order_by(*order)[:limit]
        else:
            rows = self.queryset.none()
        page = list(rows)
        return page[: self.page_size], len(page) > self.page_size

    def _first_of(self, parts: list[Rows], order: tuple[str, ...], limit: int) -> list[tuple[str, str]]:
        """The owner and id of the first rows of all parts together."""
        names = [f"{self.model_admin.list_owner}_id", "id", *(name for name in columns_of(order) if name != "id")]
        first, *others = (part.order_by(*order).values_list(*names)[:limit] for part in parts)
        return [row[:2] for row in first.union(*others, all=True).order_by(*order)[:limit]]

    def _rows_with(self, ids: list[tuple[str, str]]) -> Rows:
        owners = {owner for owner, _pk in ids}
        rows: Rows = self.queryset.filter(**{f"{self.model_admin.list_owner}__in": owners})
        return rows.filter(pk__in=[pk for _owner, pk in ids])

    # The pages.

    def _position(self, parameter: str) -> list[Any] | None:
        """The row at which the address has the page begin; None where that is none of this list and order."""
        try:
            return read_position(self._signer.unsign_object(str(self.params.get(parameter, ""))))
        except signing.BadSignature:
            return None

    @property
    def _signer(self) -> signing.Signer:
        return signing.Signer(salt=f"list {self.opts.label_lower} {self.sort.name}")

    @property
    def previous_address(self) -> str:
        return self._address_of_page(BEFORE, 0) if self.has_previous else ""

    @property
    def next_address(self) -> str:
        return self._address_of_page(AFTER, -1) if self.has_next else ""

    def _address_of_page(self, parameter: str, index: int) -> str:
        position = position_of(self.result_list[index], self.sort.order)
        return self.address(**{parameter: self._signer.sign_object(position)})

    # The total.

    @cached_property
    def total(self) -> Total:
        """Counted up to `MAX_COUNTED`, unless the list is known or all rows are on this page."""
        if not self.has_next and not self.has_previous:
            return Total(len(self.result_list))
        total: int | None = self.model_admin.known_total(self)
        if total is not None:
            return Total(total)
        count = self._count(MAX_COUNTED + 1)
        return Total(min(count, MAX_COUNTED), count > MAX_COUNTED)

    def _count(self, limit: int) -> int:
        first, *others = (part.order_by().values("pk")[:limit] for part in self.parts)
        return (first.union(*others, all=True) if others else first)[:limit].count()

    @property
    def total_text(self) -> str:
        """“11 entries”, “1,000+ purchases”."""
        name = plural(self.total.count, str(self.opts.verbose_name), str(self.opts.verbose_name_plural))
        return f"{self.total.figure} {name}"

    @property
    def is_whole(self) -> bool:
        """Whether it has all rows of its contests or teams."""
        is_filtered = self.query or self.active_filters.keys() - {self.model_admin.list_owner}
        return not is_filtered and self.sort.sort.only is None

    @cached_property
    def active_filters(self) -> dict[str, str]:
        """The filters of the address that leave out rows."""
        off = self.model_admin.unfiltered
        values = {name: each[-1] for name, each in self.get_filters_params().items()}
        return {name: value for name, value in values.items() if value != off.get(name)}
