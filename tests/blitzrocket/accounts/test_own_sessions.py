"""Sessions: new keys, limits, and their owner sees and ends them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blitzrocket.accounts.models import Session, Team, User
from blitzrocket.accounts.services.devices import device_in_words
from tests.blitzrocket.accounts.signing_in import LOGIN, PASSWORD, enter_password, make_member, signed_in

SESSIONS, PASSWORD_CHANGE = "/admin/account/sessions/", "/admin/password_change/"
NEW = "another passphrase 2"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"
pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_member("ada", Team.objects.create(name="Corner shop"))


def is_signed_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def change_password(client: Client, old: str = PASSWORD, new: str = NEW) -> Any:
    return client.post(PASSWORD_CHANGE, {"old_password": old, "new_password1": new, "new_password2": new})


def move_back(by: timedelta) -> None:
    """Let time pass for the only session."""
    row = Session.objects.get()
    Session.objects.update(
        started_at=row.started_at - by, last_used_at=row.last_used_at - by, expire_date=row.expire_date - by
    )


def test_the_key_changes_at_sign_in(ada: User) -> None:
    client = Client()
    session = client.session
    session["set before"] = 1
    session.save()
    before = str(session.session_key)
    client.cookies["sessionid"] = before
    enter_password(client, "ada")
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_a_new_password_changes_the_key_and_ends_every_other_session(ada: User) -> None:
    client, elsewhere = signed_in("ada"), signed_in("ada")
    before = str(client.session.session_key)
    assert change_password(client).status_code == 302
    assert client.session.session_key != before
    assert (is_signed_in(client), is_signed_in(elsewhere)) == (True, False)
    assert Session.objects.filter(user=ada).count() == 1
    client.cookies["sessionid"] = before  # stolen before
    assert not is_signed_in(client)


def test_a_session_ends_when_it_is_idle(ada: User, settings: Any) -> None:
    settings.SESSION_IDLE_LIMIT = timedelta(minutes=30)
    client = signed_in("ada")
    move_back(timedelta(minutes=29))
    assert is_signed_in(client)
    move_back(timedelta(minutes=29))
    assert is_signed_in(client)
    move_back(timedelta(minutes=31))
    assert not is_signed_in(client)


def test_a_session_in_use_ends_at_the_absolute_limit(ada: User, settings: Any) -> None:
    settings.SESSION_COOKIE_AGE = 3600
    client = signed_in("ada")
    for _ in range(2):
        move_back(timedelta(minutes=29))
        assert is_signed_in(client)
    move_back(timedelta(minutes=5))
    assert not is_signed_in(client)
    assert enter_password(client, "ada")["Location"] == "/admin/"
    assert is_signed_in(client)


def test_last_used_is_written_once_a_minute(ada: User) -> None:
    client = signed_in("ada")

    def writes() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/admin/account/two-step/")
        return sum(query["sql"].startswith("UPDATE") for query in queries)

    writes()
    assert writes() == 0
    move_back(timedelta(seconds=61))
    assert (writes(), writes()) == (1, 0)


def test_the_owner_sees_and_ends_their_sessions_only(ada: User) -> None:
    make_member("grace", Team.objects.create(name="Other shop"))
    own_session, phone, grace = (
        signed_in("ada", user_agent=WINDOWS),
        signed_in("ada", user_agent=IPHONE),
        signed_in("grace"),
    )
    page = own_session.get(SESSIONS).content.decode()
    assert page.index("Chrome on Windows") < page.index("This browser") < page.index("Safari on iPhone")
    assert "127.0.0.1" in page
    keys = Session.objects.values_list("session_key", flat=True)
    assert not [key for key in keys if key in page]
    for row in Session.objects.filter(user__username="grace"):
        own_session.post(SESSIONS, {"session": row.public_id})
    assert is_signed_in(grace)
    phone_session = Session.objects.get(session_key=phone.session.session_key)
    own_session.post(SESSIONS, {"session": phone_session.public_id})
    assert (is_signed_in(own_session), is_signed_in(phone), is_signed_in(grace)) == (True, False, True)
    assert (
        "Already done" in own_session.post(SESSIONS, {"session": phone_session.public_id}, follow=True).content.decode()
    )
    others = [signed_in("ada"), signed_in("ada")]
    assert "2 other sessions ended" in own_session.post(SESSIONS, follow=True).content.decode()
    assert [is_signed_in(client) for client in (own_session, *others)] == [True, False, False]
    assert "You are signed in nowhere else." in own_session.get(SESSIONS).content.decode()


def test_a_form_sent_after_the_session_has_ended_leads_to_sign_in(ada: User) -> None:
    client = signed_in("ada")
    Session.objects.all().delete()
    assert change_password(client)["Location"].startswith(f"{LOGIN}?next=/admin/password_change/&ended=1")


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (WINDOWS, "Chrome on Windows"),
        (f"{WINDOWS} Edg/142.0", "Edge on Windows"),
        (IPHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
        ("<script>", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_a_device_in_words(user_agent: str, words: str) -> None:
    assert device_in_words(user_agent) == words


def test_a_session_that_nobody_signed_in_to_has_limits_too() -> None:
    session = Client().session
    session["a"] = 1
    session.save()
    assert Session.objects.get().expire_date < timezone.now() + timedelta(days=1)
