"""Guessing passwords: five wrong ones lock a name at an address, thirty an address; nothing else is touched."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.core.management import call_command
from django.db import connection
from django.db.models import F, Func
from django.test import Client

from blitzrocket.accounts.models import SignInFailures, User
from blitzrocket.accounts.models.sign_in import FailureCounter
from tests.support import Server

LOGIN = "/admin/login/"
RIGHT = "right-one-1"
HOME, ELSEWHERE = "203.0.113.7", "198.51.100.2"
pytestmark = pytest.mark.usefixtures("behind_a_proxy")


@pytest.fixture
def behind_a_proxy(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1


def try_password(username: str, password: str, address: str = HOME, client: Client | None = None) -> Any:
    form = {"username": username, "password": password, "next": "/admin/"}
    return (client or Client()).post(LOGIN, form, headers={"X-Forwarded-For": address})


def make_user(username: str) -> User:
    return User.objects.create_user(username, password=RIGHT, is_staff=True)


def age_failures(by: timedelta) -> None:
    """Let time pass."""
    for row in SignInFailures.objects.all():
        row.times = [at - by for at in row.times]
        row.last_at -= by
        row.save()


class TestOneName:
    def test_five_failures_lock_a_name_at_one_address_only(self, db: None) -> None:
        make_user("owner")
        make_user("grace")
        assert [try_password("owner", "wrong").status_code for _ in range(5)] == [200, 200, 200, 200, 429]
        locked = try_password("owner", RIGHT)
        assert locked.status_code == 429
        assert 800 < int(locked["Retry-After"]) <= 900
        assert "Try again in 15 minutes" in locked.content.decode()
        assert try_password("owner", RIGHT, ELSEWHERE).status_code == 302
        assert try_password("grace", RIGHT).status_code == 302

    def test_a_forged_header_does_not_change_the_address(self, db: None) -> None:
        make_user("owner")
        for number in range(5):
            try_password("owner", "wrong", f"192.0.2.{number}, {HOME}")
        assert try_password("owner", RIGHT, f"192.0.2.99, {HOME}").status_code == 429

    def test_a_session_that_is_open_stays_open(self, db: None) -> None:
        make_user("owner")
        browser = Client()
        assert try_password("owner", RIGHT, client=browser).status_code == 302
        for _ in range(6):
            try_password("owner", "wrong")
        assert browser.get("/admin/", headers={"X-Forwarded-For": HOME}).status_code == 200

    def test_trying_a_locked_name_does_not_prolong_the_wait(self, db: None) -> None:
        make_user("owner")
        for _ in range(9):
            try_password("owner", "wrong")
        age_failures(timedelta(minutes=14))
        assert try_password("owner", RIGHT).status_code == 429
        age_failures(timedelta(minutes=2))
        assert try_password("owner", RIGHT).status_code == 302

    def test_a_right_password_resets_the_failures(self, db: None) -> None:
        make_user("owner")
        for _ in range(3):
            for _ in range(4):
                assert try_password("owner", "wrong").status_code == 200
            assert try_password("owner", RIGHT).status_code == 302

    @pytest.mark.parametrize(
        "command",
        [
            ["axes_reset"],
            ["axes_reset_username", "owner"],
            ["axes_reset_ip", HOME],
            ["axes_reset_ip_username", HOME, "owner"],
        ],
    )
    def test_an_operator_unlocks_a_name(self, db: None, command: list[str]) -> None:
        make_user("owner")
        for _ in range(5):
            try_password("owner", "wrong")
        call_command(*command)
        assert try_password("owner", RIGHT).status_code == 302

    @pytest.mark.parametrize(
        "command",
        [
            ["axes_reset_username", "grace"],
            ["axes_reset_ip", ELSEWHERE],
            ["axes_reset_ip_username", ELSEWHERE, "owner"],
        ],
    )
    def test_unlocking_another_name_keeps_a_lock(self, db: None, command: list[str]) -> None:
        make_user("owner")
        for _ in range(5):
            try_password("owner", "wrong")
        call_command(*command)
        assert try_password("owner", RIGHT).status_code == 429


class TestOneAddress:
    """With a limit of 6 where the number does not matter."""

    def spray(self, count: int, address: str = HOME) -> list[int]:
        return [try_password(f"name-{number}", "Winter2026!", address).status_code for number in range(count)]

    @pytest.fixture
    def limit_of_six(self, settings: Any) -> None:
        settings.LOGIN_ATTEMPTS_PER_ADDRESS = 6

    def test_thirty_failures_lock_an_address(self, db: None) -> None:
        make_user("owner")
        assert Counter(self.spray(32)) == {200: 30, 429: 2}
        locked = try_password("owner", RIGHT)
        assert (locked.status_code, 0 < int(locked["Retry-After"]) <= 900) == (429, True)
        assert "from your network" in locked.content.decode()

    def test_a_locked_address_locks_no_names_and_no_sessions(self, db: None, limit_of_six: None) -> None:
        names = [make_user(f"name-{number}").username for number in range(8)]
        browser = Client()
        assert try_password("name-0", RIGHT, client=browser).status_code == 302
        self.spray(8)
        for _ in range(6):
            assert try_password("name-7", "wrong").status_code == 429  # refused by the address, counted for no name
        assert browser.get("/admin/password_change/", headers={"X-Forwarded-For": HOME}).status_code == 200
        assert {try_password(name, RIGHT, ELSEWHERE).status_code for name in names} == {302}
        age_failures(timedelta(minutes=16))
        assert try_password("name-7", RIGHT).status_code == 302

    def test_an_address_may_try_again_when_failures_are_old(self, db: None, limit_of_six: None) -> None:
        self.spray(4)
        age_failures(timedelta(minutes=10))
        assert Counter(self.spray(4)) == {200: 2, 429: 2}
        age_failures(timedelta(minutes=6))
        assert Counter(self.spray(6)) == {200: 4, 429: 2}

    def test_right_passwords_do_not_count(self, db: None, limit_of_six: None) -> None:
        make_user("owner")
        assert {try_password("owner", RIGHT).status_code for _ in range(8)} == {302}
        assert Counter(self.spray(8)) == {200: 6, 429: 2}

    def test_a_success_does_not_reset_an_address(self, db: None, limit_of_six: None) -> None:
        make_user("attacker")
        self.spray(5)
        assert try_password("attacker", RIGHT).status_code == 302
        assert Counter(self.spray(3)) == {200: 1, 429: 2}

    @pytest.mark.parametrize("first", ["2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"])
    def test_the_addresses_of_one_ipv6_network_are_one(self, db: None, limit_of_six: None, first: str) -> None:
        self.spray(6, first)
        assert try_password("another", "wrong", "2001:db8:1:2:3:4:5:6").status_code == 429
        assert try_password("another", "wrong", "2001:db8:1:3::1").status_code == 200

    def test_old_failures_are_deleted(self, db: None) -> None:
        self.spray(2)
        age_failures(timedelta(minutes=16))
        self.spray(1, ELSEWHERE)
        assert set(SignInFailures.objects.values_list("address", flat=True)) == {ELSEWHERE}


@pytest.mark.parametrize("limit", [1, 5, 30])
def test_many_tries_at_once_do_not_pass_the_limit(transactional_db: None, limit: int) -> None:
    def count(_number: int) -> bool:
        try:
            return FailureCounter(HOME, "", limit, timedelta(minutes=15)).count() is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(count, range(60))) == limit


def test_of_two_tries_at_one_time_one_is_removed(db: None) -> None:
    counter = FailureCounter(HOME, "", 30, timedelta(minutes=15))
    at = counter.count()
    assert at is not None
    SignInFailures.objects.update(times=Func(F("times"), F("last_at"), function="array_append"))
    counter.remove(at)
    assert SignInFailures.objects.get().times == [at]


def test_the_limit_is_exact_over_several_processes(server: Server, transactional_db: None) -> None:
    """Forty names at once, each once, through two worker processes: thirty are looked at."""

    page = requests.get(f"{server.base_url}{LOGIN}", timeout=30)
    cookies = {"csrftoken": page.cookies["csrftoken"]}

    def spray(number: int) -> int:
        form = {"username": f"name-{number}", "password": "wrong", "csrfmiddlewaretoken": cookies["csrftoken"]}
        return requests.post(f"{server.base_url}{LOGIN}", form, cookies=cookies, timeout=60).status_code

    with ThreadPoolExecutor(10) as pool:
        assert Counter(pool.map(spray, range(40))) == {200: 30, 429: 10}
