"""Guessing a password, a code, a link or a key: each way around the limits, in one table of ways."""

import re
import secrets
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from django.contrib.auth import hashers
from django.test import Client

from apikeys.models import ApiKey
from blitzrocket.accounts.models import RecoveryCode, SignInFailures, Team, User
from tests.blitzrocket.accounts.signing_in import CODE, LOGIN, PASSWORD, Phone, enter_password, make_member
from tests.purchases.privacy.planting import call
from tests.support import Shop, invite

LIMIT, OF_AN_ADDRESS = 5, 30
Guess = Callable[[int], dict[str, Any]]


@pytest.fixture
def ada(db: None) -> User:
    return make_member("ada", Team.objects.create(name="Shop"))


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were compared with ada's own: what an attacker learns something from."""
    compared: list[str] = []
    check = User.check_password

    def note(user: User, password: str) -> bool:
        compared.append(f"{user.username} {password}")
        return bool(check(user, password))

    monkeypatch.setattr(User, "check_password", note)
    return compared


# What of a try differs from the last one.
FORWARDED: dict[str, Guess] = {
    "X-Forwarded-For": lambda n: {"X-Forwarded-For": f"192.0.2.{n}"},
    "X-Forwarded-For with a port": lambda n: {"X-Forwarded-For": f"192.0.2.1:{1000 + n}"},
    "a list": lambda n: {"X-Forwarded-For": f"192.0.2.{n}, 198.51.100.{n}"},
    "X-Real-IP": lambda n: {"X-Real-IP": f"192.0.2.{n}", "X-Client-IP": f"192.0.2.{n}"},
    "Forwarded": lambda n: {"Forwarded": f"for=192.0.2.{n}", "CF-Connecting-IP": f"192.0.2.{n}"},
    "the browser": lambda n: {"User-Agent": f"Browser {n}", "Accept-Language": f"x{n}", "Cookie": f"a={n}"},
}
NAMES: dict[str, Callable[[int], str]] = {
    "the name": lambda n: "ada",
    "blanks around it": lambda n: " " * n + "ada" + "\t" * n,
    "wide letters": lambda n: "".join(chr(ord(c) + 0xFEE0) if n >> i & 1 else c for i, c in enumerate("ada")),
    "mathematical letters": lambda n: "\U0001d41a" + "da" if n % 2 else "ad\U0001d4ea",
    "line breaks around it": lambda n: "\r\n" * n + "ada" + "\u2028" * n,
}


@pytest.mark.parametrize("way", FORWARDED)
def test_no_header_that_anybody_sends_gives_more_tries(ada: User, checked: list[str], way: str) -> None:
    for number in range(8):
        headers = FORWARDED[way](number)
        Client(headers=headers).post(LOGIN, {"username": "ada", "password": f"wrong {number}"})
    assert len(checked) <= LIMIT
    assert enter_password(Client(headers=FORWARDED[way](99)), "ada").status_code == 429


@pytest.mark.parametrize("way", NAMES)
def test_no_other_spelling_of_a_name_gives_more_tries(ada: User, checked: list[str], way: str) -> None:
    for number in range(8):
        Client().post(LOGIN, {"username": NAMES[way](number), "password": f"wrong {number}"})
    assert len([each for each in checked if each.startswith("ada ")]) <= LIMIT


@pytest.mark.parametrize("name", ["ADA", "Ada", "ada@example.com", "ada\u200b", "\u0430da", "ada%", "ada'--", "*"])
def test_a_name_that_differs_in_more_belongs_to_nobody(ada: User, name: str) -> None:
    assert enter_password(Client(), name).status_code == 200
    assert not SignInFailures.objects.filter(username="ada").exists()


def test_one_password_for_many_names_is_stopped_too(ada: User) -> None:
    answers = [enter_password(Client(), f"name-{number}", password="Summer2026!") for number in range(34)]
    assert [answer.status_code for answer in answers] == [200] * OF_AN_ADDRESS + [429] * 4
    assert enter_password(Client(), "ada").status_code == 429


def test_answers_do_not_say_which_names_there_are(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by their text nor by the time: the password is hashed for a name that nobody has too."""
    hashed: list[str] = []
    original = hashers.PBKDF2PasswordHasher.encode

    def note(*args: Any, **options: Any) -> Any:
        hashed.append("once")
        return original(*args, **options)

    for hasher in {type(each) for each in hashers.get_hashers()}:
        monkeypatch.setattr(hasher, "encode", note)
    pages, work = [], []
    for name in ("ada", "nobody-has-it"):
        hashed.clear()
        page = enter_password(Client(), name, password="wrong").content.decode()
        pages.append(re.sub(r'nonce="[^"]*"|value="[^"]*"', "", page.replace(name, "NAME")))
        work.append(len(hashed))
    assert pages[0] == pages[1]
    assert work[0] == work[1] > 0


def halfway() -> Client:
    client = Client()
    assert enter_password(client, "ada")["Location"] == CODE
    return client


def test_codes_and_recovery_codes_share_one_limit(ada: User, settings: Any) -> None:
    """From new sessions, other addresses and by turns."""
    settings.TRUSTED_PROXIES = 1
    phone, statuses, number = Phone.of(ada), [], count()
    for _ in range(4):
        client = halfway()
        for path in (CODE, f"{CODE}?recovery"):
            headers = {"X-Forwarded-For": f"192.0.2.{next(number)}"}
            statuses.append(client.post(path, {"code": "000000"}, headers=headers).status_code)
    assert statuses == [200] * LIMIT + [429] * 3
    assert halfway().post(f"{CODE}?recovery", {"code": phone.recovery_codes[0]}).status_code == 429
    assert RecoveryCode.objects.filter(user=ada).count() == 10


def test_a_right_password_in_between_gives_no_more_codes(ada: User) -> None:
    Phone.of(ada)
    statuses = [halfway().post(CODE, {"code": f"{number:06d}"}).status_code for number in range(8)]
    assert statuses == [200] * LIMIT + [429] * 3


@pytest.mark.parametrize("path", ["/admin/account/two-step/turn-off/", "/admin/account/two-step/recovery-codes/"])
def test_an_open_session_guesses_neither_code_nor_password(ada: User, checked: list[str], path: str) -> None:
    phone, client = Phone.of(ada), halfway()
    client.post(CODE, {"code": phone.code()})
    checked.clear()
    forms = [{"password": f"wrong {number}", "code": "000000"} for number in range(9)]
    assert [client.post(path, form).status_code for form in forms] == [200] * LIMIT + [429] * 4
    assert len(checked) <= LIMIT


def test_an_open_session_does_not_guess_the_current_password(ada: User, checked: list[str]) -> None:
    client = Client()
    enter_password(client, "ada")
    checked.clear()
    new = {"new_password1": "another passphrase 2", "new_password2": "another passphrase 2"}
    answers = [client.post("/admin/password_change/", new | {"old_password": f"wrong {n}"}) for n in range(9)]
    assert [answer.status_code for answer in answers] == [200] * LIMIT + [429] * 4
    assert len([each for each in checked if " wrong " in each]) <= LIMIT
    assert client.post("/admin/password_change/", new | {"old_password": PASSWORD}).status_code == 429
    SignInFailures.objects.all().delete()
    assert client.post("/admin/password_change/", new | {"old_password": PASSWORD}).status_code == 302


GUESSED = ["", "x", "0" * 43, "../../", "' OR 1=1 --", "%", "_" * 43, "\u0660" * 43, "null", "[]"]


@pytest.mark.parametrize("path", ["/admin/password/new/", "/invitation/"])
def test_a_guessed_link_is_closed_and_says_nothing(shop: Shop, path: str) -> None:
    _invitation, token = invite(shop.team)
    assert len(token) >= 32  # 190 bits: nothing to be guessed
    near = [token[:-1], token[:-1] + ("a" if token[-1] != "a" else "b"), token.swapcase(), f"{token} x", token * 2]
    wrong = [*GUESSED, *(near if path == "/invitation/" else []), secrets.token_urlsafe(32)]
    pages = set()
    for guess in wrong:
        for send in (Client().get, Client().post):
            answer = send(path, query_params={"token": guess})
            assert answer.status_code == 404, guess
            pages.add(re.sub(rb'nonce="[^"]*"', b"", answer.content))
    assert len(pages) == 1


def test_a_key_is_found_by_its_digest_alone(shop: Shop) -> None:
    """So its time says nothing of how much of a guess is right: the digests of near guesses are far apart."""
    key = shop.private_key
    stored = ApiKey.objects.filter(pk=shop.keys["private"].pk).values().get()
    assert key not in str(stored)
    assert key[12:] not in str(stored)
    near = [key[:-1], key[:-1] + ("a" if key[-1] != "a" else "b"), key.upper(), key.swapcase(), f"{key}a", key[:-8]]
    near += [f"{key},{key}", f"Bearer {key}x", key.replace("priv", "publ"), f"{stored['prefix']}%", "%", "_" * len(key)]
    bodies = set()
    for guess in near:
        answer = call(shop, "GET", "/key", key=guess)
        assert answer.status_code == 401, guess
        bodies.add(answer.json()["message"])
    assert len(bodies) == 1
