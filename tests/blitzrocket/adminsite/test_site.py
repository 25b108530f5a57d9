"""The context of the admin's pages: what Unfold works out for each is worked out once, and is the same."""

from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template import Context, Template
from django.test import Client, RequestFactory, override_settings
from unfold.sites import UnfoldAdminSite

from blitzrocket.accounts.models import Membership, User
from blitzrocket.adminsite.site import frame_of
from tests.support import Shop, signed_in

LIST = "/admin/contests/entry/"
ROLES = ("anonymous", "nobody", "support", "owner", "superuser")


def request_of(shop: Shop, role: str) -> HttpRequest:
    request = RequestFactory().get(LIST)
    request.user = AnonymousUser()
    if role != "anonymous":
        request.user = User.objects.create_user(role, is_staff=True, is_superuser=role == "superuser")
        if role in Membership.Role.values:
            Membership.objects.create(team=shop.team, user=request.user, role=role)
    return request


def comparable(context: dict[str, Any]) -> dict[str, Any]:
    """Querysets by their statement, links by what our sidebar shows of them."""
    links = [
        (group["title"], [[item[name] for name in ("title", "icon", "link", "active")] for item in group["items"]])
        for group in context["sidebar_navigation"]
    ]
    apps = [(app["name"], [model["object_name"] for model in app["models"]]) for app in context["available_apps"]]
    shown = {"sidebar_navigation": links, "available_apps": apps, "log_entries": str(context["log_entries"].query)}
    return context | shown


@pytest.mark.parametrize("role", ROLES)
def test_the_context_is_the_one_that_unfold_makes(shop: Shop, role: str) -> None:
    request = request_of(shop, role)
    ours, theirs = admin.site.each_context(request), UnfoldAdminSite.each_context(admin.site, request)
    assert comparable(ours) == comparable(theirs)


def test_a_part_that_is_the_same_on_every_page_has_nothing_of_this_page() -> None:
    part = "{% same_on_every_page %}{{ site_title }}|{{ user }}{{ title }}{{ request }}|{% endsame_on_every_page %}"
    template = Template("{% load frame %}" + part + "{{ title }}")
    for title in ("Ada", "Grace"):
        assert template.render(Context({"user": title, "title": title, "request": title})) == f"BlitzRocket||{title}"


def test_a_part_that_is_the_same_on_every_page_is_rendered_once() -> None:
    template = Template('{% load frame %}{% same_on_every_page %}{% now "u" %}{% endsame_on_every_page %}')
    assert len({template.render(Context()) for _ in range(5)}) == 1


def test_a_page_follows_a_change_of_settings(shop: Shop) -> None:
    """In tests, which change them; a process reads them once."""
    client = signed_in(shop, "owner")
    assert title_and_style(client) == ("BlitzRocket", True)
    with override_settings(UNFOLD=settings.UNFOLD | {"SITE_TITLE": "Another", "STYLES": []}):
        assert title_and_style(client) == ("Another", False)
    assert title_and_style(client) == ("BlitzRocket", True)


def title_and_style(client: Client) -> tuple[str, bool]:
    """The site's title on a page, and whether the page has our style sheets."""
    page = client.get(LIST).content.decode()
    title = page.split("<title>")[1].split("</title>")[0]
    return title.split("·")[-1].strip(), settings.ADMIN_STYLES in page


def test_the_frame_says_nothing_of_anybody() -> None:
    frame = frame_of(admin.site)
    assert frame["styles"]
    assert not {"sidebar_navigation", "account_links", "has_permission", "available_apps", "user"} & frame.keys()
