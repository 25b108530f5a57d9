"""The admin's sidebar: each app registers its links when its admin is imported; users see what their roles allow."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse


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


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of links for Unfold's sidebar (UNFOLD["SIDEBAR"])."""
    urls = {link.page: reverse(f"admin:{link.page}") for link in LINKS}
    current = max((url for url in urls.values() if request.path.startswith(url)), key=len, default="")
    index = reverse("admin:index")
    current = "" if current == index != request.path else current
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for link in sorted(LINKS, key=lambda link: link.order):
        if link.is_shown(request):
            url = urls[link.page]
            groups[link.group].append({"title": link.title, "icon": link.icon, "link": url, "active": url == current})
    return [{"title": title, "separator": True, "items": items} for title, items in groups.items()]
