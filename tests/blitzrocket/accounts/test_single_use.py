"""What works once, used many times at once: exactly one use wins, and each other one changes nothing."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from blitzrocket.accounts.models import Membership, PasswordLink, RecoveryCode, Session, Team, User
from blitzrocket.accounts.models.password_links import LIFETIME
from blitzrocket.accounts.services.passwords import replace_link
from blitzrocket.audit.models import AuditEvent
from tests.blitzrocket.accounts.signing_in import CODE, Phone, enter_password, make_member
from tests.profiles import times
from tests.support import invite

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 6
ROUNDS = times(3, 20)


@pytest.fixture
def team(transactional_db: None) -> Team:
    return Team.objects.create(name="Corner shop")


def at_once(act: Callable[[int], Any], count: int = AT_ONCE) -> list[Any]:
    """The results of acts that begin at the same moment, each with a connection of its own."""
    barrier = Barrier(count)

    def run(number: int) -> Any:
        try:
            barrier.wait()
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


def halfway(username: str) -> Client:
    client = Client()
    assert enter_password(client, username)["Location"] == CODE
    return client


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_code_of_the_phone_lets_one_in(team: Team, number: int) -> None:
    user = make_member(f"ada-{number}", team)
    code = Phone.of(user).code()
    browsers = [halfway(user.username) for _ in range(AT_ONCE)]
    answers = at_once(lambda place: browsers[place].post(CODE, {"code": code}))
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses[302] == 1
    assert set(statuses) <= {302, 200, 429}  # those that fail count as guesses
    assert [browser.get("/admin/").status_code for browser in browsers].count(200) == 1
    assert Session.objects.filter(user=user).count() == 1


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_recovery_code_lets_one_in(team: Team, number: int) -> None:
    user = make_member(f"ada-{number}", team)
    code, *others = Phone.of(user).recovery_codes
    browsers = [halfway(user.username) for _ in range(AT_ONCE)]
    answers = at_once(lambda place: browsers[place].post(f"{CODE}?recovery", {"code": code}))
    assert Counter(answer.status_code for answer in answers)[302] == 1
    assert [browser.get("/admin/").status_code for browser in browsers].count(200) == 1
    assert RecoveryCode.objects.filter(user=user).count() == len(others)
    assert AuditEvent.objects.filter(action=AuditEvent.Action.RECOVERY_USED).count() == 1


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_password_link_sets_one_password(team: Team, number: int) -> None:
    user = make_member(f"ada-{number}", team)
    _link, token = replace_link(user, LIFETIME)
    passwords = [f"another passphrase {place}" for place in range(AT_ONCE)]

    def use(place: int) -> int:
        values = {"new_password1": passwords[place], "new_password2": passwords[place]}
        return Client().post(f"/admin/password/new/?token={token}", values).status_code

    assert Counter(at_once(use)) == {302: 1, 404: AT_ONCE - 1}
    user.refresh_from_db()
    assert [user.check_password(password) for password in passwords].count(True) == 1
    assert not PasswordLink.objects.exists()


@pytest.mark.parametrize("number", range(ROUNDS))
def test_an_invitation_lets_one_join(team: Team, number: int) -> None:
    invitation, token = invite(team, f"new-{number}@example.com")
    people = [User.objects.create_user(f"person-{place}", is_staff=True) for place in range(AT_ONCE)]
    browsers = [Client() for _ in people]
    for browser, person in zip(browsers, people, strict=True):
        browser.force_login(person)
    at_once(lambda place: browsers[place].post(f"/invitation/?token={token}", {"join": "1"}).status_code)
    joined = Membership.objects.filter(team=team, user__in=people)
    assert joined.count() == 1
    invitation.refresh_from_db()
    assert invitation.accepted_by_id == joined.get().user_id
    assert invitation.accepted_at is not None
    assert invitation.accepted_at <= timezone.now()


@pytest.mark.parametrize("number", range(ROUNDS))
def test_an_invitation_makes_one_login(team: Team, number: int) -> None:
    _invitation, token = invite(team, f"new-{number}@example.com")
    before = User.objects.count()

    def register(place: int) -> int:
        values = {"username": f"grace-{place}", "password1": "correct-horse-9", "password2": "correct-horse-9"}
        return Client().post(f"/invitation/?token={token}", values).status_code

    at_once(register)
    assert User.objects.count() == before + 1
    assert Membership.objects.filter(team=team, role="support").count() == 1
