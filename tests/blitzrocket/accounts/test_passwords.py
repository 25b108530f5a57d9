"""Forgotten and first passwords: links that work once, nothing that tells who has a login, a password of one's own."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from blitzrocket.accounts.models import Membership, PasswordLink, PasswordLinkRequest, Team, User
from blitzrocket.accounts.services.password_mail import send_password_links
from blitzrocket.audit.models import AuditEvent
from tests.blitzrocket.accounts.signing_in import LOGIN, PASSWORD, Phone, enter_password, make_member, signed_in

FORGOT, NEW_PAGE, CHANGE = "/admin/password/forgot/", "/admin/password/new/", "/admin/password_change/"
NEW = "another passphrase 2"
pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return Team.objects.create(name="Corner shop")


@pytest.fixture
def ada(team: Team) -> User:
    return make_member("ada", team, Membership.Role.OWNER)


@pytest.fixture
def grace(team: Team) -> User:
    return make_member("grace", team)


@pytest.fixture
def mail_server(settings: Any) -> None:
    settings.SENDS_MAIL, settings.SITE_URL, settings.ALLOWED_HOSTS = True, "https://points.example.com", ["*"]


def set_password(link: str, password: str = NEW) -> Any:
    path = link[link.index("/admin/") :]
    return Client().post(path, {"new_password1": password, "new_password2": password})


def link_in(message: Any) -> str:
    match = re.search(r"https?://\S+", message.body.partition("Choose it here.")[2])
    assert match
    return match[0]


@pytest.mark.usefixtures("mail_server")
class TestByMail:
    def request(self, email: str = "ada@example.com", **headers: str) -> Any:
        return Client().post(FORGOT, {"email": email}, headers=headers)

    def mailed_link(self) -> str:
        self.request()
        send_password_links()
        return link_in(mail.outbox[-1])

    def test_a_link_sets_a_password_once_and_ends_all_sessions(self, ada: User) -> None:
        browser = signed_in("ada")
        link = self.mailed_link()
        assert mail.outbox[0].to == ["ada@example.com"]
        assert set_password(link)["Location"] == LOGIN
        assert browser.get("/admin/").status_code == 302
        assert enter_password(Client(), "ada", password=NEW)["Location"] == "/admin/"
        second = set_password(link, "a third passphrase 3")
        assert (second.status_code, "no longer works" in second.content.decode()) == (404, True)

    def test_the_link_is_of_this_service_whatever_host_the_request_names(self, ada: User) -> None:
        self.request(host="evil.example")
        send_password_links()
        assert link_in(mail.outbox[0]).startswith("https://points.example.com/admin/password/new/?token=")

    @pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com", "closed@example.com"])
    def test_the_page_does_the_same_for_every_address(
        self, ada: User, team: Team, email: str, django_assert_num_queries: Any
    ) -> None:
        make_member("closed", team, is_active=False)
        with django_assert_num_queries(3):  # two counters and the request: nothing depends on who has the address
            page = self.request(email).content.decode()
        assert f"If a login has the address {email}, we send it a link." in page
        assert PasswordLinkRequest.objects.get().email == email
        send_password_links()
        assert len(mail.outbox) == (email == "ada@example.com")
        assert not PasswordLinkRequest.objects.exists()

    def test_few_mails_go_to_one_address_and_the_page_does_not_tell(self, ada: User) -> None:
        pages = [self.request().content.decode() for _ in range(5)]
        assert all("we send it a link" in page for page in pages)
        send_password_links()
        assert len(mail.outbox) == 3

    def test_a_network_asks_a_few_times_an_hour(self) -> None:
        statuses = [self.request(f"name-{number}@example.com").status_code for number in range(12)]
        assert statuses == [200] * 10 + [429] * 2

    def test_a_newer_link_replaces_it_and_an_hour_ends_it(self, ada: User) -> None:
        first, second = self.mailed_link(), self.mailed_link()
        assert set_password(first).status_code == 404
        PasswordLink.objects.update(expires_at=PasswordLink.objects.get().expires_at - timedelta(hours=1))
        assert set_password(second).status_code == 404

    def test_a_changed_password_ends_it(self, ada: User) -> None:
        link = self.mailed_link()
        fields = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
        signed_in("ada").post(CHANGE, fields)
        assert set_password(link).status_code == 404

    def test_the_password_is_checked_and_the_second_step_stays(self, ada: User) -> None:
        Phone.of(ada)
        link = self.mailed_link()
        assert "too common" in set_password(link, "password1").content.decode()
        assert set_password(link).status_code == 302
        assert enter_password(Client(), "ada", password=NEW)["Location"] == "/admin/login/code/"

    def test_a_mail_server_that_is_away_loses_no_request(self, ada: User, settings: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        self.request()
        send_password_links()
        assert PasswordLinkRequest.objects.count() == 1


def test_without_a_mail_server_the_page_names_the_owner(ada: User) -> None:
    page = Client().get(FORGOT).content.decode()
    assert "Ask an owner of your team for a password link" in page
    Client().post(FORGOT, {"email": "ada@example.com"})
    assert not PasswordLinkRequest.objects.exists()
    assert FORGOT in Client().get(LOGIN).content.decode()


class TestByAnOwner:
    def path(self, user: User) -> str:
        member = Membership.objects.filter(user=user).first()
        assert member
        return reverse("admin:accounts_membership_create_password_link", args=[quote(member.pk)])

    def link(self, client: Client, user: User) -> str:
        page = client.post(self.path(user))
        assert "no-store" in page["Cache-Control"]
        match = re.search(r'value="(http[^"]+)"', page.content.decode())
        assert match
        return match[1].replace("&amp;", "&")

    def test_a_member_sets_a_password_with_it(self, ada: User, grace: User, team: Team) -> None:
        client = signed_in("ada")
        assert "for 24 hours" in client.get(self.path(grace)).content.decode()
        assert not PasswordLink.objects.exists()
        link = self.link(client, grace)
        event = AuditEvent.objects.get()
        assert (event.action, event.actor, event.team_id) == ("password_link", ada, team.pk)
        assert "token" not in json.dumps([event.after, event.before])
        assert set_password(link).status_code == 302
        assert enter_password(Client(), "grace", password=NEW)["Location"] == "/admin/"

    def test_it_stops_working_when_its_maker_is_no_owner(self, ada: User, grace: User) -> None:
        link = self.link(signed_in("ada"), grace)
        Membership.objects.filter(user=ada).update(role=Membership.Role.SUPPORT)
        assert set_password(link).status_code == 404

    @pytest.mark.parametrize("reason", ["other team", "superuser", "stranger", "support"])
    def test_no_link_for_others(self, ada: User, grace: User, team: Team, reason: str) -> None:
        other = Team.objects.create(name="Other shop")
        if reason == "other team":
            Membership.objects.create(team=other, user=grace, role=Membership.Role.SUPPORT)
        User.objects.filter(pk=grace.pk).update(is_superuser=reason == "superuser")
        make_member("linus", other, Membership.Role.OWNER)
        make_member("sam", team)
        name = {"stranger": "linus", "support": "sam"}.get(reason, "ada")
        assert signed_in(name).post(self.path(grace)).status_code in (403, 404)
        assert not PasswordLink.objects.exists()

    def test_an_operator_makes_one_by_a_command(self, ada: User, capsys: Any, settings: Any) -> None:
        settings.SITE_URL = "https://points.example.com"
        call_command("create_password_link", "ada")
        link = json.loads(capsys.readouterr().out)["link"]
        assert link.startswith("https://points.example.com/admin/password/new/")
        assert set_password(link).status_code == 302


class TestFirstPassword:
    def first(self, team: Team, capsys: Any, way: str) -> tuple[str, str]:
        """The user name and the first password of a login made in one of the ways."""
        if way == "superuser":
            User.objects.create_superuser("new", password=PASSWORD)
        elif way == "command":
            call_command("create_owner", "new", "--team", team.pk)
            return "new", json.loads(capsys.readouterr().out)["password"]
        else:
            User.objects.create_user("root", password=PASSWORD, is_staff=True, is_superuser=True)
            root = signed_in("root")
            if way == "member":
                url = reverse("admin:accounts_membership_add")
                page = root.post(url, {"username": "new", "team": team.pk, "role": "support"}).content.decode()
                match = re.search(r'id="secret"[^>]*value="([^"]+)"', page)
                assert match
                return "new", match[1]
            user = make_member("new", team)
            fields = {"password1": "set by root 123", "password2": "set by root 123", "usable_password": "true"}
            root.post(reverse("admin:auth_user_password_change", args=[user.pk]), fields)
            return "new", "set by root 123"
        return "new", PASSWORD

    @pytest.mark.parametrize("way", ["superuser", "command", "member", "set by a superuser"])
    def test_it_must_be_changed_before_anything_else(self, team: Team, capsys: Any, way: str) -> None:
        username, password = self.first(team, capsys, way)
        client = Client()
        enter_password(client, username, password=password)
        for path in ("/admin/", "/admin/account/two-step/set-up/", "/admin/contests/contest/"):
            assert client.get(path)["Location"] == CHANGE
            assert client.get(path, headers={"HX-Request": "true"})["HX-Redirect"] == CHANGE
        assert "Choose your own password to continue" in client.get(CHANGE).content.decode()
        same = {"old_password": password, "new_password1": password, "new_password2": password}
        assert "differs from the current one" in client.post(CHANGE, same).content.decode()
        weak = {"old_password": password, "new_password1": "12345678", "new_password2": "12345678"}
        assert "entirely numeric" in client.post(CHANGE, weak).content.decode()
        own = {"old_password": password, "new_password1": NEW, "new_password2": NEW}
        assert client.post(CHANGE, own)["Location"] == "/admin/"
        assert client.get("/admin/").status_code == 200

    def test_signing_out_stays_possible(self, team: Team) -> None:
        make_member("new", team, must_change_password=True)
        client = Client()
        enter_password(client, "new")
        assert "signed out" in client.post("/admin/logout/").content.decode()
