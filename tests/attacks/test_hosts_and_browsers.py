"""What a stranger's link, host name, cookie, cache or frame makes of a person's browser."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.test import Client
from django.urls import reverse

from blitzrocket.accounts.models import Session, Team, User
from blitzrocket.accounts.services.password_mail import request_link, send_password_links
from tests.attacks.targets import Team as Target
from tests.attacks.targets import make_team, some
from tests.attacks.test_forged_forms import superuser, urls_of
from tests.blitzrocket.accounts.signing_in import LOGIN, PASSWORD, enter_password, make_member
from tests.support import Shop, signed_in

ELSEWHERE = [
    "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
    "/\t/evil.example",
    "https:evil.example", "http:///evil.example", "javascript:alert(1)", "data:text/html,x",
    "https://testserver@evil.example",
    "https://testserver.evil.example/", "//testserver:80@evil.example/", "\x00//evil.example", " //evil.example",
    "/%09/evil.example/..//",
    "https://evil.example\\@testserver/", "http://testserver:81/", "https://\uff45vil.example/",
    "\r\nLocation: https://evil.example",
]  # fmt: skip
PARAMETERS = ("next", "return", "return_to", "returnTo", "redirect", "url", "continue", "back", "r")
OTHER_HOSTS: list[dict[str, str]] = [
    {"Host": "evil.example"},
    {"Host": "testserver.evil.example"},
    {"Host": "testserver:80@evil.example"},
    {"Host": "evil.example:443"},
    {"X-Forwarded-Host": "evil.example"},
    {"X-Host": "evil.example", "X-Forwarded-Server": "evil.example"},
    {"Forwarded": "host=evil.example"},
    {"X-Original-URL": "/evil.example", "X-Rewrite-URL": "/evil.example"},
    {"X-HTTP-Host-Override": "evil.example", "X-Forwarded-Prefix": "//evil.example"},
]


@pytest.fixture
def ada(db: None) -> User:
    return make_member("ada", Team.objects.create(name="Shop"), "owner")


def leaves(answer: Any) -> bool:
    """Whether an answer sends the browser to another site."""
    target = answer.get("Location") or answer.get("HX-Redirect") or "/"
    return not target.startswith("/") or target.startswith(("//", "/\\")) or "\t" in target


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_leads_to_no_other_site(ada: User, target: str) -> None:
    credentials, form = {"username": "ada", "password": PASSWORD}, dict.fromkeys(PARAMETERS, target)
    for answer in (Client().post(LOGIN, credentials | form), Client().post(f"{LOGIN}?{urlencode(form)}", credentials)):
        assert answer.status_code in (302, 400)
        assert not leaves(answer)


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_page_and_no_dialog_leads_to_another_site(shop: Shop, target: str) -> None:
    client = signed_in(shop, "owner")
    pages = [
        "/admin/",
        "/admin/time-zone/",
        "/admin/logout/",
        "/admin/contests/contest/",
        "/admin/purchases/purchase/desk/",
    ]
    pages += [reverse("admin:contests_contest_change", args=[shop.contest.pk.replace("_", "_5F")]), "/admin/none/"]
    headers = {"HX-Current-URL": target, "Referer": target} if target.isascii() and target.isprintable() else {}
    query = urlencode(dict.fromkeys(PARAMETERS, target))
    for page in some(pages, ELSEWHERE.index(target) % 3):
        for send, hx in ((client.get, {}), (client.post, {"HX-Request": "true"})):
            answer = send(f"{page}?{query}", headers=headers | hx)
            assert not leaves(answer), (page, answer.get("Location"))


@pytest.mark.parametrize("target", ELSEWHERE)
def test_the_page_for_an_outdated_form_links_to_no_other_site(ada: User, target: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    page = client.post(f"{LOGIN}?{urlencode({'next': target})}", {"next": target})
    assert page.status_code in (400, 403)
    links = re.findall(r'href="([^"]*)"', page.content.decode())
    assert links
    assert not [link for link in map(unescape, links) if not link.startswith("#") and leaves({"Location": link})]


def test_an_address_with_two_slashes_is_not_completed_to_another_host(db: None) -> None:
    for path in ("//evil.example/admin", "//evil.example/%2e%2e", "/admin//evil.example", "/%5cevil.example/admin"):
        answer = Client().get(path)
        assert not leaves(answer), path


@pytest.mark.parametrize("headers", OTHER_HOSTS)
def test_a_link_by_mail_is_of_this_site_whatever_host_is_named(
    ada: User, settings: Any, mailoutbox: Any, headers: dict[str, str]
) -> None:
    settings.SENDS_MAIL, settings.SITE_URL = True, "https://points.example"
    Client(headers=headers).post("/admin/password/forgot/", {"email": "ada@example.com"})
    request_link("ada@example.com")
    send_password_links()
    assert mailoutbox
    for mail in mailoutbox:
        assert "evil.example" not in mail.message().as_string()
        assert "https://points.example/admin/password/new/?token=" in mail.body


@pytest.mark.parametrize("headers", OTHER_HOSTS)
def test_no_page_has_a_link_to_a_host_that_the_request_names(shop: Shop, headers: dict[str, str]) -> None:
    """So no cache in front can keep such a page for others, and no invitation leads elsewhere."""
    client = signed_in(shop, "owner")
    contest = shop.contest.pk.replace("_", "_5F")
    invitation = {"email": "n@example.com", "role": "support", "team": shop.team.pk}
    pages: list[tuple[str, Any]] = [("/admin/accounts/invitation/add/", invitation)]
    paths = ("/admin/", "/admin/login/", "/", "/openapi.json", "/api/docs")
    pages += [(path, None) for path in (*paths, reverse("admin:contests_contest_overview", args=[contest]))]
    for path, form in pages:
        answer = client.post(path, form, headers=headers) if form else client.get(path, headers=headers)
        assert b"evil.example" not in getattr(answer, "content", b""), path
        assert "evil.example" not in str(answer.headers), path


def test_no_page_of_a_person_is_kept_by_a_cache_or_shown_in_a_frame(db: None) -> None:
    """Also below an address that looks like a file's, where some caches keep what is missing (cache deception)."""
    team: Target = make_team("ada@example.com", "member")
    client, of_persons = superuser(), 0
    for url in [
        *some(urls_of(team), 1),
        "/admin/x.css",
        "/admin/contests/contest/x.js",
        "/admin/account/sessions/x.png",
    ]:
        answer = client.get(url)
        control = answer.get("Cache-Control", "")
        assert "public" not in control, url
        assert answer["X-Content-Type-Options"] == "nosniff", url
        if answer.status_code in (200, 404) and url != reverse("admin:jsi18n"):
            assert {"no-store", "private"} & set(control.replace(" ", "").split(",")), (url, control)
            check_frame(answer, url)
            of_persons += 1
    assert of_persons > 12
    for url in ("/", "/admin/login/", "/invitation/?token=x", "/admin/password/new/?token=x", "/api/docs", "/x"):
        check_frame(Client().get(url), url)


def check_frame(answer: Any, url: str) -> None:
    if answer["Content-Type"].startswith("text/html"):
        assert answer["X-Frame-Options"] == "DENY", url
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"], url


FORGED_SESSIONS = ["", "x", "a" * 32, "../../etc/passwd", "' OR 1=1 --", VALID_KEY_CHARS[:32], "%00", "{}", "a" * 5_000]


@pytest.mark.parametrize("key", FORGED_SESSIONS)
def test_a_session_that_a_stranger_chose_is_not_taken(ada: User, key: str) -> None:
    """Neither before nor after signing in (session fixation)."""
    client = Client()
    client.cookies["sessionid"] = key
    assert client.get("/admin/")["Location"].startswith(LOGIN)
    assert enter_password(client, "ada").status_code == 302
    cookie = client.cookies["sessionid"].value
    assert cookie != key
    stranger = Client()
    stranger.cookies["sessionid"] = key
    assert stranger.get("/admin/")["Location"].startswith(LOGIN)


def test_a_session_from_before_the_password_is_worth_nothing_afterwards(ada: User) -> None:
    """A stranger who has an anonymous session of ours gives it to somebody, who signs in."""
    attacker, visitor = Client(), Client()
    session = attacker.session
    session["next"] = "x"
    session.save()
    visitor.cookies["sessionid"] = attacker.cookies["sessionid"] = str(session.session_key)
    enter_password(visitor, "ada")
    assert visitor.get("/admin/").status_code == 200
    assert attacker.get("/admin/")["Location"].startswith(LOGIN)
    assert not Session.objects.filter(session_key=session.session_key).exists()


def test_cookies_are_for_this_site_and_not_for_scripts(ada: User, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client = Client()
    client.get(LOGIN, secure=True)
    enter_password(client, "ada")
    assert {"sessionid", "csrftoken"} <= set(client.cookies)
    for name, cookie in client.cookies.items():
        assert (bool(cookie["httponly"]), bool(cookie["secure"]), cookie["samesite"]) == (True, True, "Lax"), name
        assert cookie["domain"] == "", name


def test_the_token_of_forms_changes_with_the_sign_in(ada: User) -> None:
    client = Client()
    client.get(LOGIN)
    before = client.cookies["csrftoken"].value
    enter_password(client, "ada")
    assert client.cookies["csrftoken"].value != before
