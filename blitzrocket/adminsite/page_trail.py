"""The heading of a page of the admin, and the pages above it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import reverse
from django.utils.text import capfirst

from blitzrocket.adminsite.navigation import LINKS

PRESERVED_FILTERS = "_changelist_filters"  # the parameter that Django's links from a list have


@dataclass(frozen=True, slots=True)
class Crumb:
    """A page above another."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class PageTrail:
    """What the header shows of a page: its heading, and the pages above it, the highest first."""

    heading: str
    crumbs: tuple[Crumb, ...] = ()


def page_trail_of(context: Any) -> PageTrail:
    """The trail of a page by its template context.

    Names of objects stay as they are: an order id has capitals of its own, and may be compared with another system.
    """
    title = str(context.get("content_title") or context.get("title") or "").strip()
    opts = context.get("opts")
    if opts is None or not _has_list(opts):
        return PageTrail(title)
    list_page = Crumb(capfirst(str(opts.verbose_name_plural)), _list_url(context, opts))
    if context.get("cl"):
        return PageTrail(list_page.title)
    page = _page_name(context).removeprefix(f"{opts.app_label}_{opts.model_name}_")
    obj = _object_of(context)
    if obj is None:
        is_in_menu = any(link.page == _page_name(context) for link in LINKS)
        return PageTrail(title, () if is_in_menu else (list_page,))
    tab = next((tab["title"] for tab in context.get("tabs") or () if tab["is_open"]), "")
    if tab and context.get("title") == str(obj):  # a page below a tab has a title of its own
        return PageTrail(tab, (list_page, Crumb(str(obj), _object_url(obj))))
    if page == "change" or title == str(obj):
        return PageTrail(str(obj), (list_page,))
    return PageTrail(title, (list_page, Crumb(str(obj), _object_url(obj))))


def _object_of(context: Any) -> Model | None:
    for name in ("original", "object", "contest"):
        if isinstance(value := context.get(name), Model):
            return value
    return None


def _page_name(context: Any) -> str:
    match = getattr(context.get("request"), "resolver_match", None)
    return (match.url_name or "") if match else ""


def _has_list(opts: Any) -> bool:
    return bool(getattr(opts, "model_name", ""))


def _list_url(context: Any, opts: Any) -> str:
    """The list, with the filters that it had when the page was opened from there."""
    url = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    request = context.get("request")
    filters = parse_qsl(request.GET.get(PRESERVED_FILTERS, "")) if request else []
    return f"{url}?{urlencode(filters)}" if filters else url


def _object_url(obj: Model) -> str:
    opts = obj._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[quote(obj.pk)])
