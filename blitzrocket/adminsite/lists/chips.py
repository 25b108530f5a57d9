"""The filters of a list: active ones as chips, and all as fields of a form."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.filters import ChoicesFieldListFilter, SimpleListFilter
from django.contrib.admin.views.main import SEARCH_VAR
from django.utils.text import capfirst

from blitzrocket.adminsite.filters import DateTimeRangeFilter
from blitzrocket.adminsite.lists.row_list import SORT, RowList

YES_OR_NO = [("1", "Yes"), ("0", "No")]


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter, and the address of the list without it."""

    label: str
    value: str
    address: str


@dataclass(frozen=True, slots=True)
class Field:
    """A filter as a select: its name in the address, and its options with value, label and whether it is chosen."""

    name: str
    label: str
    options: list[tuple[str, str, bool]]


def chips(cl: RowList) -> list[Chip]:
    """The active filters: the search first, then as in the form."""
    search = [Chip("Search", cl.query, cl.address(**{SEARCH_VAR: None}))] if cl.query else []
    sort = cl.sort.sort
    only = [Chip("Only", sort.only_label, cl.address(**{SORT: None}))] if sort.only else []
    return [*search, *(chip for spec in cl.filter_specs for chip in _chip_of(cl, spec)), *only]


def address_without_filters(cl: RowList) -> str:
    """The address of the whole list, in the same order."""
    names = [SEARCH_VAR, *cl.get_filters_params()]
    return cl.address(**dict.fromkeys(names) | cl.model_admin.unfiltered | _sort_without_filter(cl))


def _sort_without_filter(cl: RowList) -> dict[str, None]:
    return {SORT: None} if cl.sort.sort.only else {}


def _chip_of(cl: RowList, spec: Any) -> Iterator[Chip]:
    """The chip of a filter; none where it is not active."""
    value = spec.chip_value() if isinstance(spec, DateTimeRangeFilter) else _chosen(cl, spec)
    if value:
        names = dict.fromkeys(spec.expected_parameters())
        removed = {name: other for name, other in cl.model_admin.unfiltered.items() if name in names}
        yield Chip(capfirst(str(spec.title)), value, cl.address(**names | removed))


def _chosen(cl: RowList, spec: Any) -> str:
    """The label of the choice that the address makes; empty where it makes none."""
    _everything, *choices = spec.choices(cl)
    return next((str(choice["display"]) for choice in choices if choice["selected"]), "")


def fields(cl: RowList) -> list[Field]:
    """The filters that are chosen from a list, and the order where there are several."""
    selects = [_field_of(cl, spec) for spec in cl.filter_specs if not isinstance(spec, DateTimeRangeFilter)]
    if len(cl.sort_choices) > 1:
        orders = [(choice.name, choice.label, choice == cl.sort) for choice in cl.sort_choices]
        selects.append(Field(SORT, "Sort by", orders))
    return selects


def ranges(cl: RowList) -> list[DateTimeRangeFilter]:
    """The filters by a range of times."""
    return [spec for spec in cl.filter_specs if isinstance(spec, DateTimeRangeFilter)]


def _field_of(cl: RowList, spec: Any) -> Field:
    if isinstance(spec, SimpleListFilter):
        name, current = str(spec.parameter_name), spec.value() or ""
        choices = [(str(value), str(label)) for value, label in spec.lookup_choices]
    else:
        name = spec.lookup_kwarg
        current = (cl.filter_params.get(name) or [""])[-1]
        choices = spec.field.flatchoices if isinstance(spec, ChoicesFieldListFilter) else YES_OR_NO
    options = [(cl.model_admin.unfiltered.get(name, ""), "All"), *choices]
    return Field(name, capfirst(str(spec.title)), [(value, str(label), value == current) for value, label in options])
