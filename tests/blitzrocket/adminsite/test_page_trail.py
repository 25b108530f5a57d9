"""The heading of a page and the pages above it."""

import re
from html import unescape

import pytest
from django.contrib.admin.utils import quote
from django.test import Client

from blitzrocket.accounts.models import Membership, User
from tests.support import Shop, make_shop, open_session, record

HOSTILE = "<b>Summer</b> “giveaway”"


@pytest.fixture
def shop(db: None) -> Shop:
    return make_shop(title=HOSTILE)


@pytest.fixture
def owner(shop: Shop, client: Client) -> Client:
    user = User.objects.create_user("owner", is_staff=True)
    Membership.objects.create(team=shop.team, user=user, role="owner")
    open_session(client, user)
    return client


def trail(client: Client, path: str) -> tuple[list[str], str, str]:
    """The titles of the pages above, the heading, and the title of the window."""
    page = client.get(path).content.decode()
    above = re.search(r'<nav aria-label="Breadcrumb">(.*?)</nav>', page, re.DOTALL)
    crumbs = re.findall(r"<a [^>]*>(.*?)</a>", above[1]) if above else []
    (heading,) = re.findall(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    (title,) = re.findall(r"<title>(.*?)</title>", page, re.DOTALL)
    return [unescape(crumb) for crumb in crumbs], unescape(heading), unescape(" ".join(title.split()))


def test_a_list_has_its_name_alone(owner: Client) -> None:
    assert trail(owner, "/admin/purchases/purchase/") == ([], "Purchases", "Purchases · BlitzRocket")


def test_an_order_keeps_its_id_as_the_shop_writes_it(owner: Client, shop: Shop) -> None:
    order = record(shop, order_id="#aB-1/ä")
    page = f"/admin/purchases/purchase/{quote(order.purchase_id)}"
    assert trail(owner, f"{page}/change/") == (["Purchases"], "#aB-1/ä", "#aB-1/ä · Purchases · BlitzRocket")
    assert trail(owner, f"{page}/history/")[0] == ["Purchases", "#aB-1/ä"]


def test_the_way_back_keeps_the_filters_of_the_list(owner: Client, shop: Shop) -> None:
    order = record(shop)
    page = f"/admin/purchases/purchase/{quote(order.purchase_id)}/change/?_changelist_filters=status%3Drecorded"
    assert 'href="/admin/purchases/purchase/?status=recorded"' in owner.get(page).content.decode()


def test_a_tab_of_a_contest(owner: Client, shop: Shop) -> None:
    page = f"/admin/contests/contest/{quote(shop.contest.pk)}"
    assert trail(owner, f"{page}/rules/")[:2] == (["Contests", HOSTILE], "Rules")
    assert HOSTILE not in owner.get(f"{page}/rules/").content.decode()


@pytest.mark.parametrize(
    ("path", "heading"), [("/admin/", "Dashboard"), ("/admin/password_change/", "Password change")]
)
def test_pages_of_no_list(owner: Client, path: str, heading: str) -> None:
    assert trail(owner, path)[:2] == ([], heading)
