"""The cells of a list: one place that says how each kind of value looks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Field, Model
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from blitzrocket.adminsite.lists.row_list import RowList
from blitzrocket.adminsite.lists.sorting import SortChoice
from blitzrocket.numbers import show_number
from blitzrocket.times import time_element

EMPTY_VALUE = "–"


def badge(kind: str, text: Any) -> SafeString:
    """A mark for what is unusual: “warning”, “danger” or “info”."""
    return format_html('<span class="badge badge-{}">{}</span>', kind, text)


def quiet(text: Any) -> SafeString:
    """A value that needs no attention any more, in a weaker colour."""
    return format_html('<span class="quiet">{}</span>', text)


@dataclass(frozen=True, slots=True)
class RowLayout:
    """How the columns of a list are shown; columns are named as in ``list_display``.

    On a phone a row has two lines: the first column with ``value`` at its right, and below it ``details``. ``wide``
    columns are left out where there is little room. ``numbers`` stand at the right.
    """

    value: str = ""
    details: tuple[str, ...] = ()
    wide: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    def classes(self, column: str) -> str:
        names = [f"column-{column}"]
        names += ["number"] if column in self.numbers else []
        names += ["wide"] if column in self.wide else []
        names += ["value"] if column == self.value else []
        return " ".join(names)


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a column; with the address of the list in its order, if it has one."""

    label: str
    classes: str
    address: str = ""
    order: str = ""  # for aria-sort: “ascending” or “descending” where the list is in this order


@dataclass(frozen=True, slots=True)
class Cell:
    text: Any
    classes: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its name, which links to its page, its other cells, and those that a phone shows below the name."""

    pk: Any
    name: Any
    address: str
    cells: list[Cell]
    details: list[Any]


def headings(cl: RowList) -> list[Heading]:
    return [_heading(cl, column) for column in columns(cl)]


def columns(cl: RowList) -> list[str]:
    """The columns without that of the check boxes."""
    return [str(column) for column in cl.list_display if column != "action_checkbox"]


def _heading(cl: RowList, column: str) -> Heading:
    label = capfirst(str(label_for_field(column, cl.model, model_admin=cl.model_admin)))
    classes = cl.model_admin.row_layout.classes(column)
    choice = next((choice for choice in cl.sort_choices if choice.sort.column == column), None)
    if choice is None:
        return Heading(label, classes)
    if cl.sort.sort is not choice.sort:
        return Heading(label, classes, cl.address_sorted_by(choice))
    return Heading(label, classes, cl.address_sorted_by(cl.sort.opposite()), _aria_sort(cl.sort))


def _aria_sort(choice: SortChoice) -> str:
    return "descending" if choice.is_descending else "ascending"


def rows(cl: RowList) -> Iterator[Row]:
    first, *others = columns(cl)
    layout: RowLayout = cl.model_admin.row_layout
    for obj in cl.result_list:
        texts = {column: _text(cl, obj, column) for column in (first, *others)}
        yield Row(
            pk=obj.pk,
            name=texts[first],
            address=_address_of(cl, obj),
            cells=[Cell(texts[column], layout.classes(column)) for column in others],
            details=list(_details(cl, obj, texts)),
        )


def _has_text(text: Any) -> bool:
    return text not in (None, "", EMPTY_VALUE)


def _details(cl: RowList, obj: Model, texts: dict[str, Any]) -> Iterator[Any]:
    """The details that have something to say; they may be columns, or other fields and methods."""
    for column in cl.model_admin.row_layout.details:
        text = texts[column] if column in texts else _text(cl, obj, column)
        if _has_text(text):
            yield _detail(cl, column, text)


def _detail(cl: RowList, column: str, text: Any) -> Any:
    """A detail without a heading: a number says what it counts."""
    is_number = column in cl.model_admin.row_layout.numbers
    if not is_number:
        return text
    label = str(label_for_field(column, cl.model, model_admin=cl.model_admin))
    return f"{text} {label.removesuffix('s') if text == '1' else label}"


def _address_of(cl: RowList, obj: Model) -> str:
    return add_preserved_filters({"preserved_filters": cl.preserved_filters, "opts": cl.opts}, cl.url_for_result(obj))


def _text(cl: RowList, obj: Model, column: str) -> Any:
    try:
        field, _attribute, value = lookup_field(column, obj, cl.model_admin)
    except ObjectDoesNotExist:
        return EMPTY_VALUE
    if isinstance(field, Field) and field.is_relation:
        value = getattr(obj, field.name)
    return _shown(value, field)


def _shown(value: Any, field: Any) -> Any:
    if isinstance(field, Field) and field.flatchoices and value is not None:
        return dict(field.flatchoices).get(value, value)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int):
        return show_number(value)
    if isinstance(value, datetime):
        return time_element(value)
    return EMPTY_VALUE if value is None or (field and value == "") else value
