"""Mail through a real SMTP server: what it receives, and what happens while it is away, refuses or wants a login."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from django.test import Client
from django.utils import timezone

from blitzrocket.accounts.models import Membership, PasswordLinkRequest, Team, User
from blitzrocket.accounts.services.password_mail import KEPT_FOR, send_password_links
from tests.blitzrocket.accounts.signing_in import PASSWORD, enter_password, make_member
from tests.support import free_port

pytestmark = pytest.mark.django_db
NEW = "another passphrase 2"


class Mailbox:
    """What an SMTP server accepted; it answers ``refusal`` where that is set."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.refusal = ""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  (aiosmtpd's name)
        if self.refusal:
            return self.refusal
        self.messages.append(message_from_bytes(envelope.content))
        return "250 Accepted"


@contextmanager
def smtp_server(port: int, **options: Any) -> Iterator[Mailbox]:
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


@pytest.fixture
def port(settings: Any) -> int:
    """The port of the mail server that the settings name."""
    port = free_port()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.SENDS_MAIL, settings.SITE_URL = True, "https://points.example.com"
    settings.DEFAULT_FROM_EMAIL = "BlitzRocket <points@example.com>"
    return port


@pytest.fixture
def ada(db: None) -> User:
    return make_member("ada", Team.objects.create(name="Corner shop"), Membership.Role.OWNER)


def forgot() -> str:
    return Client().post("/admin/password/forgot/", {"email": "ada@example.com"}).content.decode()


def link_in(message: Message) -> str:
    body = message.get_payload(decode=True)
    assert isinstance(body, bytes)
    match = re.search(r"https://\S+/admin/password/new/\S+", body.decode())
    assert match, body
    return match[0]


def test_a_mail_arrives_and_its_link_works(ada: User, port: int) -> None:
    with smtp_server(port) as mailbox:
        forgot()
        send_password_links()
    (message,) = mailbox.messages
    assert (message["To"], message["From"]) == ("ada@example.com", "BlitzRocket <points@example.com>")
    path = link_in(message).removeprefix("https://points.example.com")
    assert Client().post(path, {"new_password1": NEW, "new_password2": NEW}).status_code == 302
    assert enter_password(Client(), "ada", password=NEW)["Location"] == "/admin/"


def test_a_server_that_is_away_loses_nothing(ada: User, port: int, caplog: pytest.LogCaptureFixture) -> None:
    assert "we send it a link" in forgot()
    send_password_links()
    (line,) = [record for record in caplog.records if "mail" in record.getMessage()]
    assert (line.levelname, line.getMessage()) == ("WARNING", "mail not sent; it is tried again")
    assert vars(line)["error"] == "ConnectionRefusedError"
    assert "example.com" not in str(vars(line))
    assert PasswordLinkRequest.objects.count() == 1
    assert enter_password(Client(), "ada", password=PASSWORD)["Location"] == "/admin/"
    with smtp_server(port) as mailbox:
        send_password_links()
        send_password_links()
    assert len(mailbox.messages) == 1
    assert not PasswordLinkRequest.objects.exists()


def test_a_mail_is_given_up_and_logged_after_half_an_hour(
    ada: User, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    forgot()
    PasswordLinkRequest.objects.update(created_at=timezone.now() - KEPT_FOR)
    with smtp_server(port) as mailbox:
        send_password_links()
    assert mailbox.messages == []
    assert [record.levelname for record in caplog.records if "given up" in record.getMessage()] == ["ERROR"]


@pytest.mark.parametrize("refusal", ["451 Try again later", "554 Refused"])
def test_a_refused_mail_is_tried_again(ada: User, port: int, refusal: str) -> None:
    forgot()
    with smtp_server(port) as mailbox:
        mailbox.refusal = refusal
        send_password_links()
        assert (mailbox.messages, PasswordLinkRequest.objects.count()) == ([], 1)
        mailbox.refusal = ""
        send_password_links()
    assert link_in(mailbox.messages[0])


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_login_of_the_server_is_used(ada: User, port: int, settings: Any) -> None:
    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        is_right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"points", b"only-for-this-test")
        return AuthResult(success=is_right, handled=False)

    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "points", "wrong-for-this-test"
    forgot()
    with smtp_server(port, authenticator=check, auth_required=True, auth_require_tls=False) as mailbox:
        send_password_links()
        assert (mailbox.messages, PasswordLinkRequest.objects.count()) == ([], 1)
        settings.EMAIL_HOST_PASSWORD = "only-for-this-test"
        send_password_links()
    assert len(mailbox.messages) == 1
