"""The admin's sidebar and header: each app registers what it adds there when its admin is imported.

Users see what their roles allow.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from blitzrocket.page_urls import page_url


@dataclass(frozen=True, slots=True)
class AccountLink:
    """A link of the account menu."""

    title: str
    page: str
    is_shown: Callable[[HttpRequest], bool]


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the sidebar; ``page`` is the name of an admin URL, ``order`` its position among all links."""

    group: str
    title: str
    icon: str
    page: str
    order: int
    is_shown: Callable[[HttpRequest], bool]


LINKS: list[Link] = []
ACCOUNT_LINKS: list[AccountLink] = []
HEADER_TEMPLATES: list[str] = []  # in the header of every page


def account_links(request: HttpRequest) -> list[dict[str, str]]:
    """The links of the account menu (UNFOLD["ACCOUNT"])."""
    if not request.user.is_authenticated:
        return []
    links = [link for link in ACCOUNT_LINKS if link.is_shown(request)]
    return [{"title": link.title, "link": page_url(link.page)} for link in links]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of links for Unfold's sidebar (UNFOLD["SIDEBAR"])."""
    urls = {link.page: page_url(f"admin:{link.page}") for link in LINKS}
    current = max((url for url in urls.values() if request.path.startswith(url)), key=len, default="")
    index = page_url("admin:index")
    current = "" if current == index != request.path else current
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for link in sorted(LINKS, key=lambda link: link.order):
        if link.is_shown(request):
            url = urls[link.page]
            groups[link.group].append({"title": link.title, "icon": link.icon, "link": url, "active": url == current})
    return [{"title": title, "separator": True, "items": items} for title, items in groups.items()]
