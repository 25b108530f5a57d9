"""What tests of signing in are made with: a member with a password, and the codes that their phone shows."""

import base64
import re
from typing import Any

from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP

from blitzrocket.accounts.models import Membership, Team, User
from blitzrocket.accounts.services.second_factor import new_secret, turn_on

LOGIN, CODE = "/admin/login/", "/admin/login/code/"
PASSWORD = "a long passphrase 1"


def make_member(username: str, team: Team, role: str = Membership.Role.SUPPORT, **fields: Any) -> User:
    user = User.objects.create_user(username, f"{username}@example.com", PASSWORD, is_staff=True, **fields)
    Membership.objects.create(team=team, user=user, role=role)
    return user


def enter_password(client: Client, username: str, next_url: str = "", password: str = PASSWORD) -> Any:
    return client.post(f"{LOGIN}?next={next_url}" if next_url else LOGIN, {"username": username, "password": password})


def signed_in(username: str, **headers: Any) -> Client:
    client = Client(headers=headers)
    assert enter_password(client, username)["Location"] == "/admin/"
    return client


class Phone:
    """An authenticator app; `code` is a new one each time, by the steps that the server accepts."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    @classmethod
    def of(cls, user: User) -> "Phone":
        """The phone of a user for whom two-step verification is turned on."""
        phone = cls(new_secret())
        phone.recovery_codes = turn_on(user, phone.secret, phone.code(-1), session_key=None)
        return phone

    recovery_codes: list[str]

    def code(self, steps: int = 0) -> str:
        """The code of now, or of some steps from now."""
        totp = TOTP(base64.b32decode(self.secret))
        totp.time = timezone.now().timestamp() + 30 * steps
        return f"{totp.token():06d}"


def secret_on_page(html: str) -> str:
    match = re.search(r'id="secret"[^>]*value="([A-Z2-7 ]+)"', html)
    assert match
    return match[1].replace(" ", "")


def codes_on_page(html: str) -> list[str]:
    match = re.search(r"<textarea[^>]*>([^<]+)</textarea>", html)
    assert match
    return match[1].split()
