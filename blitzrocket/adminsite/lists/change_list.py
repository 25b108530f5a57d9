"""What the templates of a list show."""

from collections.abc import Iterator
from functools import cached_property
from typing import cast

from django.contrib.admin.views.main import SEARCH_VAR

from blitzrocket.adminsite.filters import DateTimeRangeFilter
from blitzrocket.adminsite.lists.cells import Heading, Row, headings, rows
from blitzrocket.adminsite.lists.chips import Chip, Field, address_without_filters, chips, fields, ranges
from blitzrocket.adminsite.lists.empty import EmptyList
from blitzrocket.adminsite.lists.row_list import RowList


class ListPage(RowList):
    @cached_property
    def chips(self) -> list[Chip]:
        return chips(self)

    @cached_property
    def fields(self) -> list[Field]:
        return fields(self)

    @cached_property
    def ranges(self) -> list[DateTimeRangeFilter]:
        return ranges(self)

    @property
    def address_without_filters(self) -> str:
        return address_without_filters(self)

    @property
    def hidden_in_search(self) -> Iterator[tuple[str, str]]:
        """The filters and the order, which a search keeps."""
        return self._hidden({SEARCH_VAR})

    @property
    def hidden_in_filters(self) -> Iterator[tuple[str, str]]:
        """What the form of the filters keeps."""
        names = {field.name for field in self.fields}
        return self._hidden(names.union(*(spec.expected_parameters() for spec in self.ranges)))

    def _hidden(self, shown: set[str]) -> Iterator[tuple[str, str]]:
        for name, values in self.filter_params.items():
            if name not in shown:
                yield from ((name, value) for value in values if value)

    @property
    def default_add_label(self) -> str:
        return f"Add {self.opts.verbose_name}"

    @property
    def headings(self) -> list[Heading]:
        return headings(self)

    @property
    def rows(self) -> Iterator[Row]:
        return rows(self)

    @property
    def empty(self) -> EmptyList | None:
        """What the list says where it has no rows; None where a search or filter leaves none."""
        if not self.query and not self.active_filters and not self.sort.sort.only:
            return cast("EmptyList", self.model_admin.empty_list(self.request))
        if not self.query and self.active_filters == self.model_admin.default_filters:
            return cast("EmptyList", self.model_admin.empty_by_default(self.request))
        return None
