"""Who is signed in, and with which roles: read in one statement for every page, and true at every request."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from blitzrocket.accounts.models import Membership, Session, Team, User
from contests.models import Contest
from tests.blitzrocket.accounts.signing_in import make_member
from tests.support import Shop, make_shop, open_session

OWN_PAGE = "/admin/password_change/"
CONTESTS = "/admin/contests/contest/"
READ_FOR_EVERY_PAGE = ("accounts_session", "accounts_user", "accounts_membership")


@pytest.fixture
def shop(db: None) -> Shop:
    return make_shop()


@pytest.fixture
def ada(shop: Shop) -> User:
    return make_member("ada", shop.team)


def browser_of(user: User) -> Client:
    client = Client()
    open_session(client, user)
    return client


def statements_of(client: Client, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in queries]


def is_signed_in(client: Client) -> bool:
    answer = client.get(OWN_PAGE)
    assert answer.status_code == 200 or answer["Location"].startswith(reverse("admin:login"))
    return answer.status_code == 200


def contests_seen(client: Client) -> set[str]:
    page = client.get(CONTESTS)
    return {row.pk for row in page.context["cl"].result_list} if page.status_code == 200 else set()


def change_data(client: Client, name: str, value: str) -> None:
    """As a session of a former release, or one that somebody could write."""
    session: Any = client.session
    session[name] = value
    session.save()


@pytest.mark.parametrize("teams", [1, 3])
def test_session_user_and_memberships_are_one_statement(ada: User, teams: int) -> None:
    for number in range(1, teams):
        Membership.objects.create(team=Team.objects.create(name=f"Team {number}"), user=ada, role="owner")
    client = browser_of(ada)
    for url in (OWN_PAGE, CONTESTS):
        sent = statements_of(client, url)
        assert len([sql for sql in sent if any(table in sql for table in READ_FOR_EVERY_PAGE)]) == 1, sent
    assert len(statements_of(client, OWN_PAGE)) == 1, "it is all that such a page reads"


def test_without_a_team_no_further_statement_looks_for_one(ada: User) -> None:
    Membership.objects.all().delete()
    assert len(statements_of(browser_of(ada), OWN_PAGE)) == 1


def test_a_superuser_needs_no_team(ada: User, shop: Shop) -> None:
    Membership.objects.all().delete()
    User.objects.update(is_superuser=True)
    assert contests_seen(browser_of(ada)) == {shop.contest.pk}


def test_the_roles_are_the_memberships_with_the_oldest_first(ada: User) -> None:
    for days, name in ((1, "Zoo shop"), (3, "Apple shop"), (2, "Bike shop")):
        team = Team.objects.create(name=name)
        membership = Membership.objects.create(team=team, user=ada, role="owner")
        Membership.objects.filter(pk=membership.pk).update(created_at=timezone.now() - timedelta(days=days))
    make_member("grace", team)
    session = Session.read(str(browser_of(ada).session.session_key))
    assert session is not None
    assert session.user is not None
    assert session.user.roles == list(Membership.objects.filter(user=ada).order_by("created_at"))
    assert [role.team.name for role in session.user.roles][:3] == ["Apple shop", "Bike shop", "Zoo shop"]


def test_a_membership_counts_from_the_next_request_on(ada: User, shop: Shop) -> None:
    other = make_shop()
    client = browser_of(ada)
    assert contests_seen(client) == {shop.contest.pk}
    membership = Membership.objects.create(team=other.team, user=ada, role="support")
    assert contests_seen(client) == {shop.contest.pk, other.contest.pk}
    membership.delete()
    assert contests_seen(client) == {shop.contest.pk}
    Membership.objects.all().delete()
    assert contests_seen(client) == set()


def test_a_role_counts_from_the_next_request_on(ada: User, shop: Shop) -> None:
    client = browser_of(ada)
    add = reverse("admin:contests_contest_add")
    assert client.get(add).status_code == 403
    Membership.objects.update(role="owner")
    assert client.get(add).status_code == 200
    Membership.objects.update(role="support")
    assert client.get(add).status_code == 403
    assert Contest.objects.count() == 1


def test_a_deactivated_user_is_out_at_the_next_request(ada: User) -> None:
    client = browser_of(ada)
    assert is_signed_in(client)
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert not is_signed_in(client)
    assert client.get(reverse("admin:login")).context["user"].is_anonymous, "not only refused: nobody is signed in"


def test_an_expired_session_is_over(ada: User) -> None:
    client = browser_of(ada)
    Session.objects.update(expire_date=timezone.now() + timedelta(seconds=60))
    assert is_signed_in(client)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not is_signed_in(client)


def test_a_password_changed_by_a_command_ends_the_session(ada: User) -> None:
    """`manage.py changepassword` ends no session: what the session keeps of the password no longer fits."""
    client, key = browser_of(ada), str(Session.objects.get().session_key)
    assert is_signed_in(client)
    ada.set_password("another passphrase 2")
    ada.save()
    assert Session.objects.get().session_key == key
    assert not is_signed_in(client)
    assert not Session.objects.filter(user=ada).exists()


def test_a_deleted_session_and_a_deleted_user_are_nobodys(ada: User, shop: Shop) -> None:
    client, another = browser_of(ada), browser_of(make_member("grace", shop.team))
    Session.objects.filter(user=ada).delete()
    assert not is_signed_in(client)
    with connection.cursor() as cursor:  # of a login that is gone, the row may be left: it has no foreign key
        cursor.execute("DELETE FROM accounts_membership")
        cursor.execute("DELETE FROM accounts_user WHERE username = 'grace'")
    assert Session.objects.count() == 1
    assert not is_signed_in(another)


def test_the_session_is_of_the_user_in_its_signed_data(ada: User, shop: Shop) -> None:
    """The column beside it is for lists of sessions. It opens nothing, not even where two logins' passwords are one."""
    client, grace = browser_of(ada), make_member("grace", make_shop().team)
    User.objects.update(password=ada.password)
    Session.objects.update(user=grace)
    assert contests_seen(client) == {shop.contest.pk}


def test_a_session_moved_to_another_user_ends(ada: User, shop: Shop) -> None:
    client, grace = browser_of(ada), make_member("grace", shop.team)
    change_data(client, SESSION_KEY, str(grace.pk))
    assert not is_signed_in(client), "what it keeps of the password is ada's"


def test_a_way_of_signing_in_that_no_longer_exists_ends_the_session(ada: User) -> None:
    client = browser_of(ada)
    change_data(client, BACKEND_SESSION_KEY, "django.contrib.auth.backends.RemoteUserBackend")
    assert not is_signed_in(client)
