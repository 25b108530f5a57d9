"""The pages for errors: in the admin's frame for signed-in users under /admin/, in the site's frame elsewhere."""

from typing import Any

import psycopg
import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory

from blitzrocket.accounts.models import Membership, User
from blitzrocket.adminsite.error_pages import server_error
from tests.support import Shop, make_shop, open_session, test_database_url

SIDEBAR_ENTRY = "Support desk"


@pytest.fixture
def shop(db: None) -> Shop:
    return make_shop()


@pytest.fixture
def owner(shop: Shop, client: Client) -> Client:
    user = User.objects.create_user("owner", is_staff=True)
    Membership.objects.create(team=shop.team, user=user, role="owner")
    open_session(client, user)
    return client


@pytest.fixture
def other_shop(shop: Shop) -> Shop:
    return make_shop()


def test_signed_in_users_keep_the_sidebar(owner: Client) -> None:
    answer = owner.get("/admin/nothing/")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert SIDEBAR_ENTRY in page
    assert "Page not found" in page
    assert "Go to dashboard" in page
    assert "'unsafe-eval'" in answer["Content-Security-Policy"]  # or the sidebar's scripts would not run


def test_pages_outside_the_admin_have_no_sidebar(owner: Client) -> None:
    answer = owner.get("/nothing")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert SIDEBAR_ENTRY not in page
    assert "Page not found" in page
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_people_who_are_not_signed_in_see_no_menu(db: None, client: Client) -> None:
    answer = client.get("/admin/nothing/", follow=True)
    assert answer.redirect_chain[0][0].startswith("/admin/login/")
    assert SIDEBAR_ENTRY not in answer.content.decode()


def test_objects_of_other_teams_look_like_none(owner: Client, other_shop: Shop) -> None:
    foreign = owner.get(f"/admin/contests/contest/{other_shop.contest.pk}/history/")
    nobodys = owner.get("/admin/contests/contest/nothing/history/")
    assert foreign.status_code == nobodys.status_code == 404
    assert other_shop.contest.title not in foreign.content.decode()
    assert "Page not found" in foreign.content.decode()
    assert "Page not found" in nobodys.content.decode()


def test_a_missing_permission_is_explained_in_the_admins_frame(owner: Client) -> None:
    answer = owner.get("/admin/accounts/user/")
    page = answer.content.decode()
    assert answer.status_code == 403
    assert SIDEBAR_ENTRY in page
    assert "You don&#x27;t have access to this page." in page
    assert "All users" not in page


def test_an_outdated_form_is_explained_in_the_admins_frame(shop: Shop) -> None:
    user = User.objects.create_user("support", is_staff=True)
    Membership.objects.create(team=shop.team, user=user, role="support")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    strict.cookies["csrftoken"] = "a" * 32
    answer = strict.post("/admin/purchases/purchase/desk/", {"q": "x"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert SIDEBAR_ENTRY in page
    assert "This page is out of date" in page
    assert "Reload the page" in page


def test_a_sign_in_that_the_database_cut_short_can_be_sent_again(transactional_db: None) -> None:
    user = User.objects.create_user("grace", password="correct horse", is_staff=True)
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.get("/admin/login/")
    token = browser.cookies["csrftoken"].value
    form = {"username": "grace", "password": "correct horse", "csrfmiddlewaretoken": token}
    with connection.cursor() as cursor, psycopg.connect(test_database_url()) as other:
        cursor.execute("SET lock_timeout = '100ms'")
        other.execute("SELECT FROM accounts_user WHERE id = %s FOR UPDATE", [user.pk])
        answer = browser.post("/admin/login/", form)
        cursor.execute("RESET lock_timeout")
    assert answer.status_code == 503
    assert "csrftoken" not in answer.cookies
    answer = browser.post("/admin/login/", form)
    assert answer.status_code == 302


def answer_to_a_crash(request: Any) -> HttpResponse:
    try:
        int("Secret 4711")
    except ValueError:
        return server_error(request)
    raise AssertionError


class BrokenUser:
    """Stands for a session that cannot be read: the frame asks for its user."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("the session is broken")


def test_the_bare_page_is_left_where_the_frame_is_broken(rf: RequestFactory) -> None:
    request = rf.get("/admin/")
    request.user = BrokenUser()  # type: ignore[assignment]
    answer = answer_to_a_crash(request)
    page = answer.content.decode()
    assert answer.status_code == 500
    assert "Something went wrong" in page
    assert "4711" not in page


def test_an_error_of_a_view_keeps_the_frame(owner: Client, rf: RequestFactory) -> None:
    request = rf.get("/admin/")
    request.user = User.objects.get(username="owner")
    answer = answer_to_a_crash(request)
    page = answer.content.decode()
    assert answer.status_code == 500
    assert SIDEBAR_ENTRY in page
    assert "4711" not in page


def test_browsers_find_an_icon(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert answer.status_code == 302
    assert answer["Location"].endswith(".png")
