"""Sessions that end, and pages older than the session: the way on, and nothing is said to be saved that was not."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.admin.utils import quote
from django.test import Client
from django.urls import reverse

from blitzrocket.accounts.models import User
from blitzrocket.htmx import page_of
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import start_job
from contests.models import Contest, Entry
from purchases.models import Purchase, RejectedPurchase
from tests.contests.rules_form import form
from tests.support import Shop, hold, record, signed_in

ORIGIN = "http://testserver"
PASSWORD = "right-one-1"


@pytest.fixture
def shop(shop: Shop) -> Shop:
    record(shop)
    hold(shop)
    start_job("backtest", shop.contest, by=None, days=30)
    return shop


def address(name: str, *args: str) -> str:
    return reverse(f"admin:{name}", args=[quote(arg) for arg in args])


# Each call of htmx that our pages make: its address, whether it is a POST, and the page that makes it.
CALLS: dict[str, Callable[[Shop], tuple[str, bool, str]]] = {
    "a dialog opens": lambda shop: (
        address("purchases_purchase_refund", Purchase.objects.get().pk),
        False,
        address("purchases_purchase_change", Purchase.objects.get().pk),
    ),
    "a dialog is sent": lambda shop: (
        address("contests_entry_adjust", shop.entry.pk),
        True,
        address("contests_entry_change", shop.entry.pk),
    ),
    "a dialog shows its effect": lambda shop: (
        address("purchases_rejectedpurchase_attach", RejectedPurchase.objects.get().pk),
        True,
        address("purchases_rejectedpurchase_change", RejectedPurchase.objects.get().pk) + "?back=1",
    ),
    "examples of rules": lambda shop: (
        address("contests_contest_examples", shop.contest.pk),
        True,
        address("contests_contest_rules", shop.contest.pk) + "?draft=1",
    ),
    "rules are tried": lambda shop: (
        address("contests_contest_backtest", shop.contest.pk),
        True,
        address("contests_contest_rules", shop.contest.pk),
    ),
    "progress of a job": lambda shop: (
        reverse("admin:contests_contest_job", args=[quote(shop.contest.pk), Job.objects.get().pk]),
        False,
        address("contests_contest_recalculate", shop.contest.pk) + "?backtest=1",
    ),
    "a key is revoked": lambda shop: (
        address("apikeys_apikey_revoke", shop.keys["private"].pk),
        True,
        address("apikeys_apikey_change", shop.keys["private"].pk),
    ),
}


def call(client: Client, url: str, *, post: bool, page: str, data: Any = None) -> Any:
    headers = {"HX-Request": "true", "HX-Current-URL": f"{ORIGIN}{page}#part"}
    return client.post(url, data or {}, headers=headers) if post else client.get(url, headers=headers)


class TestEndedSession:
    @pytest.mark.parametrize("name", CALLS)
    def test_a_part_of_a_page_leads_the_page_to_the_login_and_back(self, shop: Shop, name: str) -> None:
        url, post, page = CALLS[name](shop)
        answer = call(Client(), url, post=post, page=page)
        assert (answer.status_code, answer.content) == (200, b"")
        login = urlsplit(answer["HX-Redirect"])
        assert login.path == "/admin/login/"
        assert parse_qs(login.query)["next"] == [page]

    def test_the_login_says_that_nothing_was_saved_and_goes_back(self, shop: Shop) -> None:
        User.objects.create_user("superuser", password=PASSWORD, is_staff=True, is_superuser=True)
        page = address("contests_entry_change", shop.entry.pk)
        client = Client()
        data = {"points": "5", "reason": "Sorry", "request_id": "act_1", "_form_submitted": "True"}
        answer = call(client, address("contests_entry_adjust", shop.entry.pk), post=True, page=page, data=data)
        login = answer["HX-Redirect"]
        assert "What you entered last was not saved." in client.get(login).content.decode()
        signed_in = client.post(login, {"username": "superuser", "password": PASSWORD})
        assert (signed_in.status_code, signed_in["Location"]) == (302, page)
        assert "Adjusted" not in client.get(page).content.decode()
        assert Entry.objects.get(pk=shop.entry.pk).points == 50

    @pytest.mark.parametrize(
        "current",
        ["", "https://evil.example/admin/", "javascript:alert(1)", "//evil.example/x", f"{ORIGIN}//evil.example/x"],
    )
    def test_the_way_back_stays_on_our_site(self, shop: Shop, current: str) -> None:
        url = address("contests_entry_adjust", shop.entry.pk)
        answer = Client().post(url, headers={"HX-Request": "true", "HX-Current-URL": current})
        assert parse_qs(urlsplit(answer["HX-Redirect"]).query)["next"] == [url]

    def test_a_form_leads_back_to_its_page_and_not_to_its_target(self, shop: Shop) -> None:
        page = address("contests_contest_recalculate", shop.contest.pk) + "?backtest=1"
        answer = Client().post(
            address("contests_contest_recalculate", shop.contest.pk), headers={"Referer": f"{ORIGIN}{page}"}
        )
        assert answer.status_code == 302
        query = parse_qs(urlsplit(answer["Location"]).query)
        assert (query["next"], query["ended"]) == ([page], ["1"])

    def test_opening_a_page_redirects_as_djangos_admin_does(self, shop: Shop) -> None:
        page = address("contests_contest_rules", shop.contest.pk)
        answer = Client().get(page)
        assert answer["Location"] == f"/admin/login/?next={page}"
        assert "was not saved" not in Client().get(answer["Location"]).content.decode()

    def test_calls_of_signed_in_users_are_unchanged(self, shop: Shop) -> None:
        client = signed_in(shop, "owner")
        url, post, page = CALLS["examples of rules"](shop)
        answer = call(client, url, post=post, page=page, data=form(shop, {"points_per_unit": "2"}))
        assert "HX-Redirect" not in answer.headers
        assert "2 points per 1.00" in answer.content.decode()


def checked(user: User | None = None) -> Client:
    client = Client(enforce_csrf_checks=True)
    if user is not None:
        client.force_login(user)
    return client


def token_in(page: Any) -> str:
    token_match = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())
    assert token_match is not None
    return token_match[1]


class TestTwoTabs:
    def sign_in(self, client: Client, token: str, **more: str) -> Any:
        form = {"username": "grace", "password": PASSWORD, "csrfmiddlewaretoken": token}
        return client.post("/admin/login/?next=/admin/contests/contest/", form | more)

    @pytest.fixture
    def grace(self, db: None) -> User:
        return User.objects.create_user("grace", password=PASSWORD, is_staff=True)

    def test_signing_in_twice_shows_a_link_in_the_second_tab(self, grace: User) -> None:
        client = checked()
        first, second = (token_in(client.get("/admin/login/")) for _ in range(2))
        assert self.sign_in(client, first).status_code == 302
        answer = self.sign_in(client, second)
        page = answer.content.decode()
        assert answer.status_code == 403
        assert "Already signed in" in page
        assert 'href="/admin/contests/contest/"' in page
        assert "blitzrocket/page.css" in page

    @pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
    def test_the_link_stays_on_our_site(self, grace: User, wanted: str) -> None:
        client = checked()
        first, second = (token_in(client.get("/admin/login/")) for _ in range(2))
        self.sign_in(client, first)
        page = self.sign_in(client, second, next=wanted).content.decode()
        assert 'href="/admin/"' in page
        assert wanted not in page

    def test_an_outdated_form_offers_a_reload(self, shop: Shop) -> None:
        page = address("contests_contest_rules", shop.contest.pk)
        owner = User.objects.get(pk=signed_in(shop, "owner").session["_auth_user_id"])
        client = checked(owner)
        before = token_in(client.get(page))
        client.force_login(owner)
        client.get(page)
        client.cookies["csrftoken"] = "a" * 32
        sent = form(shop, {"points_per_unit": "9"}) | {"csrfmiddlewaretoken": before}
        answer = client.post(page, sent, headers={"Referer": f"{ORIGIN}{page}?draft=1"})
        page_text = answer.content.decode()
        assert answer.status_code == 403
        assert "This page is out of date" in page_text
        assert "so nothing was saved" in page_text
        assert f'href="{page}?draft=1"' in page_text
        assert Contest.objects.get().rules.get().points_per_unit == 1

    def test_an_outdated_dialog_reloads_its_page_with_a_message(self, shop: Shop) -> None:
        page = address("contests_entry_change", shop.entry.pk)
        owner = User.objects.get(pk=signed_in(shop, "owner").session["_auth_user_id"])
        client = checked(owner)
        client.get(page)
        data = {"points": "5", "reason": "Sorry", "request_id": "act_1", "_form_submitted": "True"}
        answer = call(client, address("contests_entry_adjust", shop.entry.pk), post=True, page=page, data=data)
        assert answer["HX-Redirect"] == page
        assert "so nothing was saved" in client.get(page).content.decode()
        assert Entry.objects.get(pk=shop.entry.pk).points == 50

    def test_a_browser_without_cookies_gets_a_message(self, db: None) -> None:
        answer = checked().post("/admin/login/", {"username": "grace", "password": PASSWORD})
        assert (answer.status_code, "Cookies required" in answer.content.decode()) == (403, True)

    def test_a_form_from_another_site_is_refused_and_debug_shows_the_reason(self, db: None, settings: Any) -> None:
        def send() -> str:
            client = checked()
            client.get("/admin/login/")
            return client.post("/admin/login/", {}, headers={"Origin": "https://evil.example"}).content.decode()

        page_text = send()
        assert ("Sent from another site" in page_text, "evil.example" in page_text) == (True, False)
        settings.DEBUG = True
        assert "Origin checking failed - https://evil.example" in send()


@pytest.mark.parametrize(
    ("headers", "page"),
    [
        ({}, ""),
        ({"Referer": f"{ORIGIN}/admin/?days=7"}, "/admin/?days=7"),
        ({"HX-Current-URL": f"{ORIGIN}/admin/a/#b", "Referer": f"{ORIGIN}/admin/c/"}, "/admin/a/"),
        ({"Referer": "https://testserver.evil.example/admin/"}, ""),
        ({"Referer": f"{ORIGIN}:444/admin/"}, ""),
        ({"Referer": f"{ORIGIN}/\\evil.example"}, ""),
        ({"Referer": f"{ORIGIN}///evil.example"}, ""),
    ],
)
def test_the_page_a_call_came_from(rf: Any, headers: dict[str, str], page: str) -> None:
    assert page_of(rf.get("/admin/", headers=headers)) == page
