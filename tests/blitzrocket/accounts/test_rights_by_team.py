"""A user may be an owner in one team and support in another: each page follows the role in the team of its object."""

import re
from collections import Counter

import pytest
from django.contrib.admin.utils import quote
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from blitzrocket.accounts.models import Membership, User
from tests.support import Shop, make_shop, open_session


@pytest.fixture
def other(db: None) -> Shop:
    return make_shop("eve@example.com", title="Other")


@pytest.fixture
def client(shop: Shop, other: Shop) -> Client:
    """The browser of an owner of the first team, who does support in the second."""
    user = User.objects.create_user("both", is_staff=True)
    Membership.objects.create(team=shop.team, user=user, role="owner")
    Membership.objects.create(team=other.team, user=user, role="support")
    client = Client()
    open_session(client, user)
    return client


def page(name: str, shop: Shop) -> str:
    obj = shop.entry if name.startswith("contests_entry") else shop.contest
    return reverse(f"admin:{name}", args=[quote(obj.pk)])


@pytest.mark.parametrize("name", ["contests_entry_erase", "contests_contest_copy"])
def test_what_owners_do_is_for_the_team_that_they_own(client: Client, shop: Shop, other: Shop, name: str) -> None:
    for each, status in ((shop, 200), (other, 403), (shop, 200)):
        assert client.get(page(name, each)).status_code == status


@pytest.mark.parametrize("name", ["contests_entry_change", "contests_contest_overview"])
def test_what_all_do_is_for_both_teams(client: Client, shop: Shop, other: Shop, name: str) -> None:
    for each in (shop, other):
        assert client.get(page(name, each)).status_code == 200


def test_a_page_offers_what_owners_do_for_the_team_that_they_own(client: Client, shop: Shop, other: Shop) -> None:
    for each, offers in ((shop, True), (other, False)):
        html = client.get(page("contests_entry_change", each)).content.decode()
        assert (page("contests_entry_erase", each) in html) is offers


def test_only_the_forms_of_the_own_team_can_be_saved(client: Client, shop: Shop, other: Shop) -> None:
    url = "contests_contest_change"
    assert "_save" in client.get(page(url, shop)).content.decode()
    assert "_save" not in client.get(page(url, other)).content.decode()


@pytest.mark.parametrize("name", ["contests_entry_change", "contests_contest_change"])
def test_a_page_asks_once_whose_its_object_is(client: Client, shop: Shop, name: str) -> None:
    """Whatever the number of actions and roles; and the ids of a member's teams are known from the memberships."""
    with CaptureQueriesContext(connection) as captured:
        client.get(page(name, shop))
    sentences = [query["sql"] for query in captured]
    assert not [sql for sql in sentences if re.search(r'SELECT "accounts_team"."id"[^,]* FROM "accounts_team"', sql)]
    repeated = [sql for sql, count in Counter(sentences).items() if count > 1]
    assert repeated == []
