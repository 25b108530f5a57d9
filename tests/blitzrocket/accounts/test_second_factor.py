"""Two-step verification: no page without the second step, no code twice, and ways back for who lost a phone."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from blitzrocket.accounts.models import (
    Membership,
    RecoveryCode,
    SecondFactor,
    Session,
    SignInFailures,
    Team,
    TrustedBrowser,
    User,
)
from blitzrocket.audit.models import AuditEvent
from tests.blitzrocket.accounts.signing_in import (
    CODE,
    LOGIN,
    PASSWORD,
    Phone,
    codes_on_page,
    enter_password,
    make_member,
    secret_on_page,
    signed_in,
)

SETUP, STATE = "/admin/account/two-step/set-up/", "/admin/account/two-step/"
OFF, RENEW = f"{STATE}turn-off/", f"{STATE}recovery-codes/"
ELSEWHERE = ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return Team.objects.create(name="Corner shop")


@pytest.fixture
def ada(team: Team) -> User:
    return make_member("ada", team, Membership.Role.OWNER)


@pytest.fixture
def phone(ada: User) -> Phone:
    return Phone.of(ada)


def halfway(username: str = "ada", next_url: str = "") -> Client:
    """A browser in which the password was right."""
    client = Client()
    assert enter_password(client, username, next_url)["Location"] == CODE
    return client


def is_signed_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("created_at").values_list("action", flat=True))


class TestSetUp:
    def test_a_code_of_the_scanned_secret_turns_it_on_and_shows_recovery_codes_once(self, ada: User) -> None:
        client, elsewhere = signed_in("ada"), signed_in("ada")
        page = client.get(SETUP).content.decode()
        assert "<svg" in page
        assert "style=" not in page.partition("<svg")[2].partition("</svg>")[0]
        phone = Phone(secret_on_page(page))
        wrong = client.post(SETUP, {"password": PASSWORD, "code": "000000"}).content.decode()
        assert "This code isn" in wrong
        assert secret_on_page(wrong) == phone.secret  # the code scanned before still fits
        assert not SecondFactor.objects.exists()
        key = client.session.session_key
        on = client.post(SETUP, {"password": PASSWORD, "code": phone.code()})
        assert len(codes_on_page(on.content.decode())) == 10
        assert ("no-store" in on["Cache-Control"], client.session.session_key == key) == (True, False)
        assert (is_signed_in(client), is_signed_in(elsewhere)) == (True, False)
        stored = SecondFactor.objects.get(user=ada)
        assert phone.secret not in stored.secret
        assert not set(codes_on_page(on.content.decode())) & set(RecoveryCode.objects.values_list("digest", flat=True))
        assert actions() == ["two_step_on"]

    def test_an_open_browser_without_the_password_turns_nothing_on(self, ada: User) -> None:
        client = signed_in("ada")
        phone = Phone(secret_on_page(client.get(SETUP).content.decode()))
        page = client.post(SETUP, {"password": "wrong", "code": phone.code()}).content.decode()
        assert "your password" in page
        assert not SecondFactor.objects.exists()


class TestSecondStep:
    @pytest.mark.parametrize("path", ["/admin/", SETUP, OFF, "/admin/account/sessions/", "/admin/contests/contest/"])
    def test_no_page_opens_before_the_code(self, phone: Phone, path: str) -> None:
        client = halfway()
        assert client.get(path)["Location"].startswith(LOGIN)
        htmx = client.post(path, headers={"HX-Request": "true"})
        assert htmx["HX-Redirect"].startswith(LOGIN)

    def test_the_code_signs_in_under_a_new_session_key_and_leads_to_the_page_wanted(self, phone: Phone) -> None:
        client = halfway(next_url="/admin/contests/contest/")
        key = client.session.session_key
        assert client.post(CODE, {"code": phone.code()})["Location"] == "/admin/contests/contest/"
        assert client.session.session_key != key
        assert is_signed_in(client)

    @pytest.mark.parametrize("url", ELSEWHERE)
    def test_next_leads_to_no_other_site(self, phone: Phone, url: str) -> None:
        assert halfway(next_url=url).post(CODE, {"code": phone.code()})["Location"] == "/admin/"

    def test_a_code_counts_once_also_of_the_steps_beside(self, phone: Phone) -> None:
        code = phone.code()
        assert halfway().post(CODE, {"code": code}).status_code == 302
        retry = halfway()
        assert "This code isn" in retry.post(CODE, {"code": code}).content.decode()
        assert "This code isn" in retry.post(CODE, {"code": phone.code(-1)}).content.decode()
        assert retry.post(CODE, {"code": phone.code(1)}).status_code == 302

    @pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "-12345", "+12345", "1e5", "²²²²²²"])
    def test_a_text_that_is_no_code_is_refused(self, phone: Phone, code: str) -> None:
        client = halfway()
        assert client.post(CODE, {"code": code}).status_code == 200
        assert not is_signed_in(client)

    def test_five_wrong_codes_stop_guessing_from_any_address(self, phone: Phone, settings: Any) -> None:
        settings.TRUSTED_PROXIES = 1
        client = halfway()
        for number in range(5):
            client.post(CODE, {"code": "000000"}, headers={"X-Forwarded-For": f"192.0.2.{number}"})
        locked = client.post(CODE, {"code": phone.code()})
        assert (locked.status_code, int(locked["Retry-After"]) > 800) == (429, True)
        assert "Too many wrong codes." in locked.content.decode()
        assert not is_signed_in(client)
        SignInFailures.objects.all().delete()
        assert client.post(CODE, {"code": phone.code()}).status_code == 302

    def test_the_password_counts_for_ten_minutes_and_until_it_changes(self, ada: User, phone: Phone) -> None:
        late, changed = halfway(), halfway()
        session = late.session
        session["pending_sign_in"] |= {"at": session["pending_sign_in"]["at"] - 601}
        session.save()
        assert late.post(CODE, {"code": phone.code()})["Location"] == f"{LOGIN}?ended=1"
        ada.set_password("another passphrase 2")
        ada.save()
        assert changed.post(CODE, {"code": phone.code()})["Location"] == f"{LOGIN}?ended=1"
        assert Client().get(CODE)["Location"] == LOGIN

    def test_a_trusted_browser_skips_the_step_for_30_days_for_its_user_only(
        self, team: Team, ada: User, phone: Phone
    ) -> None:
        client = halfway()
        cookie = client.post(CODE, {"code": phone.code(), "trust": "on"}).cookies["trusted_browser"]
        assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 30 * 24 * 3600)
        client.logout()
        client.cookies["trusted_browser"] = cookie.value
        assert enter_password(client, "ada")["Location"] == "/admin/"
        Phone.of(make_member("grace", team))
        assert enter_password(client, "grace")["Location"] == CODE
        TrustedBrowser.objects.update(expires_at=TrustedBrowser.objects.get().expires_at - timedelta(days=31))
        assert enter_password(client, "ada")["Location"] == CODE


class TestRecoveryCodes:
    def test_each_signs_in_once(self, phone: Phone) -> None:
        path = f"{CODE}?recovery"
        code = phone.recovery_codes[0]
        assert halfway().post(path, {"code": code.upper().replace("-", " ")}).status_code == 302
        assert "Each works once." in halfway().post(path, {"code": code}).content.decode()
        assert RecoveryCode.objects.count() == 9
        assert actions() == ["two_step_on", "recovery_used"]

    def test_new_codes_replace_the_old_ones_and_need_password_and_code(self, ada: User, phone: Phone) -> None:
        client = halfway()
        client.post(CODE, {"code": phone.code()})
        refused = client.post(RENEW, {"password": PASSWORD, "code": phone.code()})  # used for the sign-in
        assert "This code isn" in refused.content.decode()
        page = client.post(RENEW, {"password": PASSWORD, "code": phone.code(1)}).content.decode()
        assert not set(codes_on_page(page)) & set(phone.recovery_codes)
        assert RecoveryCode.objects.filter(user=ada).count() == 10


class TestTurningOff:
    def test_it_asks_for_password_and_code_and_ends_other_sessions(self, ada: User, phone: Phone) -> None:
        client, elsewhere = halfway(), halfway()
        client.post(CODE, {"code": phone.code()})
        elsewhere.post(CODE, {"code": phone.code(1)})
        SecondFactor.objects.update(last_step=0)
        client.post(OFF, {"password": "wrong", "code": phone.code()})
        SecondFactor.objects.update(last_step=0)
        client.post(OFF, {"password": PASSWORD, "code": "000000"})
        assert SecondFactor.objects.exists()
        assert client.post(OFF, {"password": PASSWORD, "code": phone.code()})["Location"] == STATE
        assert not SecondFactor.objects.exists()
        assert not RecoveryCode.objects.exists()
        assert (is_signed_in(client), is_signed_in(elsewhere)) == (True, False)


class TestRequiredByTheTeam:
    @pytest.fixture
    def client(self, team: Team, ada: User) -> Client:
        team.require_second_factor = True
        team.save()
        return signed_in("ada")

    @pytest.mark.parametrize("path", ["/admin/", "/admin/contests/contest/add/", "/admin/search/?q=a", "/invitation/"])
    def test_a_member_can_do_nothing_but_set_it_up(self, client: Client, path: str) -> None:
        assert client.get(path)["Location"] == SETUP
        assert client.post(path)["Location"] == SETUP
        assert client.get(path, headers={"HX-Request": "true"})["HX-Redirect"] == SETUP
        assert client.get(path, headers={"Accept": "application/json"})["Location"] == SETUP

    def test_once_set_up_everything_opens(self, client: Client) -> None:
        page = client.get(SETUP).content.decode()
        assert "Your team requires two-step verification." in page
        client.post(SETUP, {"password": PASSWORD, "code": Phone(secret_on_page(page)).code()})
        assert is_signed_in(client)

    def test_a_superuser_needs_it_as_soon_as_one_team_requires_it(self, client: Client) -> None:
        User.objects.create_user("root", password=PASSWORD, is_staff=True, is_superuser=True)
        assert signed_in("root").get("/admin/")["Location"] == SETUP

    def test_an_owner_requires_it_by_the_team_s_settings(self, team: Team, ada: User) -> None:
        url = reverse("admin:accounts_team_change", args=[quote(team.pk)])
        fields = {"time_zone": "UTC", "require_second_factor": "on"}
        assert signed_in("ada").post(url, fields).status_code == 302
        assert Team.objects.get().require_second_factor
        assert AuditEvent.objects.get().after == {"require_second_factor": True}


class TestReset:
    def path(self, user: User) -> str:
        member = Membership.objects.filter(user=user).first()
        assert member
        return reverse("admin:accounts_membership_reset_second_factor", args=[quote(member.pk)])

    def reset(self, client: Client, user: User) -> Any:
        return client.post(self.path(user), {"_form_submitted": "1"}, headers={"HX-Request": "true"})

    def test_an_owner_resets_a_member_s(self, team: Team, ada: User) -> None:
        grace = make_member("grace", team)
        phone, browser = Phone.of(grace), halfway("grace")
        browser.post(CODE, {"code": phone.code()})
        self.reset(signed_in("ada"), grace)
        assert not SecondFactor.objects.exists()
        assert not is_signed_in(browser)
        assert enter_password(Client(), "grace")["Location"] == "/admin/"
        event = AuditEvent.objects.get(action="two_step_reset")
        assert (event.actor, event.object_id, event.team_id) == (ada, str(grace.pk), team.pk)

    @pytest.mark.parametrize("reason", ["own", "support", "other team", "superuser", "stranger"])
    def test_nobody_else_can(self, team: Team, ada: User, reason: str) -> None:
        grace = make_member("grace", team, is_superuser=reason == "superuser")
        other = Team.objects.create(name="Other shop")
        if reason == "other team":
            Membership.objects.create(team=other, user=grace, role=Membership.Role.SUPPORT)
        make_member("linus", team if reason == "support" else other, "support" if reason == "support" else "owner")
        target = ada if reason == "own" else grace
        Phone.of(target)
        client = Client()
        client.force_login(User.objects.get(username="linus" if reason in ("support", "stranger") else "ada"))
        assert self.reset(client, target).status_code in (403, 404)
        assert SecondFactor.objects.filter(user=target).exists()

    def test_an_operator_resets_it_by_a_command(self, ada: User, phone: Phone, capsys: Any) -> None:
        call_command("reset_second_factor", "ada")
        assert "is off" in capsys.readouterr().out
        assert not SecondFactor.objects.exists()
        assert not Session.objects.filter(user=ada).exists()
        with pytest.raises(CommandError, match="No user has the name “nobody”"):
            call_command("reset_second_factor", "nobody")


def test_the_server_s_key_is_replaced_without_a_gap(ada: User, phone: Phone, settings: Any, capsys: Any) -> None:
    settings.STORE_SECRET_KEYS = ["a new key of 16+", settings.SECRET_KEY]
    call_command("reencrypt_store_secrets")
    assert "1 authenticator app." in capsys.readouterr().out
    settings.STORE_SECRET_KEYS = ["a new key of 16+"]
    assert halfway().post(CODE, {"code": phone.code()}).status_code == 302
    settings.STORE_SECRET_KEYS = ["yet another key"]
    assert halfway().post(CODE, {"code": phone.code(1)}).status_code == 200
    assert halfway().post(f"{CODE}?recovery", {"code": phone.recovery_codes[0]}).status_code == 302
