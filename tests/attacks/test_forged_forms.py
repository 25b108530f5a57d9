"""Forms that another site sends, and links that it makes a signed-in person open: neither changes anything."""

from copy import deepcopy
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from blitzrocket.accounts.models import User
from tests.attacks.targets import Team, addresses, all_rows, make_team, names, some
from tests.conftest import ModuleRows
from tests.purchases.privacy.planting import call
from tests.support import Shop

SENT = {"_form_submitted": "True", "post": "yes", "reason": "Forged", "request_id": "r", "points": "5", "role": "owner"}
NOT_POSTED = {"jsi18n", "search", "autocomplete", "app_list", "view_on_site", "index", "password_change_done"}


@pytest.fixture(scope="module")
def team_once(module_rows: ModuleRows) -> Team:
    with module_rows():
        return make_team("ada@example.com", "member")


@pytest.fixture
def team(team_once: Team, db: None) -> Team:
    return deepcopy(team_once)


def superuser(**options: Any) -> Client:
    """Who may do everything: a refusal is then by the missing token alone."""
    client = Client(**options)
    client.force_login(User.objects.create_superuser("root"))
    return client


def urls_of(team: Team) -> list[str]:
    """Every address of the admin and of our own pages, from the resolver."""
    urls = [each.url(team.objects[each.kind].pk, team.parts.get(each.part, "")) for each in addresses()]
    urls += [reverse(f"admin:{name}") for name, ids in names().items() if not ids and name not in NOT_POSTED]
    return sorted({*urls, *own_pages(get_resolver().url_patterns)})


def own_pages(patterns: list[Any]) -> list[str]:
    return [
        f"/{pattern.pattern}"
        for pattern in patterns
        if isinstance(pattern, URLPattern) and str(pattern.pattern).startswith(("admin/", "invitation"))
    ]


def test_every_post_of_the_admin_needs_a_token_of_its_form(team: Team) -> None:
    client, before, refused = superuser(enforce_csrf_checks=True), all_rows(), 0
    for url in some(urls_of(team), 5):
        assert client.post(url, SENT).status_code == 403, url
        refused += 1
    assert refused > 15
    assert all_rows() == before


def test_a_token_of_another_site_or_session_is_refused(team: Team) -> None:
    url = reverse("admin:contests_entry_adjust", args=[team.shop.entry.pk.replace("_", "_5F")])
    client = superuser(enforce_csrf_checks=True)
    client.get(url)
    token = client.cookies["csrftoken"].value
    good = SENT | {"csrfmiddlewaretoken": token}
    before = all_rows()
    for origin in ("https://evil.example", "null", "http://testserver.evil.example", "https://testserver:444"):
        assert client.post(url, good, headers={"Origin": origin}).status_code == 403, origin
    for forged in ("", "x" * 32, "x" * 64, token[:-1], f"{token}x"):
        assert client.post(url, SENT | {"csrfmiddlewaretoken": forged}).status_code == 403
        assert client.post(url, SENT, headers={"X-CSRFToken": forged}).status_code == 403
    assert all_rows() == before
    assert client.post(url, good).status_code == 200  # the token alone was missing
    assert all_rows() != before


def test_no_link_changes_anything(team: Team) -> None:
    """Each address, opened with all that its form would send; also with the words by which some frameworks act."""
    client, before = superuser(), all_rows()
    query = SENT | {"_method": "DELETE", "action": "delete_selected", "_selected_action": team.objects["purchase"].pk}
    for url in some(urls_of(team), 2):
        if url == reverse("admin:logout"):
            continue
        answer = client.get(url, query, headers={"X-HTTP-Method-Override": "POST"})
        assert answer.status_code < 500, url
    assert all_rows() == before


def test_the_api_takes_no_cookie_for_a_key(shop: Shop) -> None:
    """So that no other site can use a signed-in person's browser for it."""
    client = superuser()
    for method in ("get", "post"):
        assert getattr(client, method)(f"/api/v1/contests/{shop.contest.pk}/purchases").status_code == 401


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; a=b"]
)
def test_no_form_of_another_site_is_an_order(shop: Shop, content_type: str) -> None:
    """What a browser sends to another site without asking first has one of these types."""
    url = f"/api/v1/contests/{shop.contest.pk}/purchases?apiKey={shop.public_key}"
    answer = Client().post(url, b'{"email": "ada@example.com"}', content_type=content_type)
    assert answer.status_code in (403, 415)
    assert not shop.contest.purchases.exists()
    assert call(shop, "POST", f"/contests/{shop.contest.pk}/purchases", shop.order()).status_code == 201
