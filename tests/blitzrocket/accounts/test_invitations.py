"""Inviting people into a team: a link that is shown once, works once for a week, and tells of nobody's login."""

import html
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.admin.utils import quote
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from blitzrocket.accounts.models import Invitation, Membership, User
from blitzrocket.accounts.services import (
    AlreadyMember,
    InvitationClosed,
    accept_invitation,
    create_invitation,
    invitation_of,
    register_invited,
    revoke_invitation,
)
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import Email
from blitzrocket.tokens import digest_of
from tests.support import Shop, invite, make_shop, open_session, signed_in

PASSWORD = "correct-horse-9"
NEW = {"username": "grace", "password1": PASSWORD, "password2": PASSWORD}
ADD = "/admin/accounts/invitation/add/"


def page_of(token: str) -> str:
    return f"/invitation/?token={token}"


def make_user(username: str = "ada", **fields: Any) -> tuple[User, Client]:
    user = User.objects.create_user(username, password=PASSWORD, is_staff=True, **fields)
    client = Client()
    open_session(client, user)
    return user, client


def text_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


class TestInviting:
    def send(self, client: Client, shop: Shop, email: str = "new@example.com", role: str = "support") -> Any:
        return client.post(ADD, {"email": email, "team": shop.team.pk, "role": role})

    def test_the_link_is_shown_once_and_only_its_digest_is_kept(self, shop: Shop) -> None:
        owner = signed_in(shop, "owner")
        page = self.send(owner, shop)
        link = re.search(r'value="(http://testserver/invitation/\?token=([^"]+))"', page.content.decode())
        assert link is not None
        assert "no-store" in page["Cache-Control"]
        invitation = Invitation.objects.get()
        assert invitation.digest == digest_of(link[2])
        for view in ("change", "history"):
            url = reverse(f"admin:accounts_invitation_{view}", args=[quote(invitation.pk)])
            assert link[2] not in owner.get(url).content.decode()
        assert link[2] not in owner.get("/admin/accounts/invitation/").content.decode()
        assert Client().get(link[1]).status_code == 200

    def test_the_answer_is_the_same_whether_or_not_the_person_exists(self, shop: Shop) -> None:
        make_user("known", email="known@example.com")
        make_user("boss", email="boss@example.com", is_superuser=True)
        member, _client = make_user("member", email="member@example.com")
        Membership.objects.create(team=shop.team, user=member, role="support")
        owner, pages = signed_in(shop, "owner"), []
        for name in ("known", "boss", "member", "nobody"):
            page = text_of(self.send(owner, shop, f"{name}@example.com"))
            page = re.sub(r"token=[\w-]+", "token=…", page).replace(f"{name}@example.com", "…")
            pages.append(re.sub(r'csrfmiddlewaretoken" value="\w+"|\d\d:\d\d', "", page))
        assert len(set(pages)) == 1

    @pytest.mark.parametrize(
        "email", ["", "nobody", "a@b", "two@example.com, three@example.com", "x" * 250 + "@example.com"]
    )
    def test_an_invalid_email_is_refused_in_the_form(self, shop: Shop, email: str) -> None:
        page = self.send(signed_in(shop, "owner"), shop, email)
        assert (page.status_code, Invitation.objects.exists()) == (200, False)

    def test_a_new_invitation_replaces_a_pending_one_of_the_same_email(self, shop: Shop) -> None:
        owner = signed_in(shop, "owner")
        _old, token = invite(shop.team, "New@Example.com")
        self.send(owner, shop, "new@EXAMPLE.com", "owner")
        assert sorted(each.state for each in Invitation.objects.all()) == ["open", "revoked"]
        assert Client().get(page_of(token)).status_code == 404

    def test_an_expired_invitation_is_listed_and_can_be_replaced(self, shop: Shop) -> None:
        expired, _token = invite(shop.team, "late@example.com")
        invite(shop.team, "open@example.com")
        Invitation.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
        owner, url = signed_in(shop, "owner"), "/admin/accounts/invitation/"
        for state, email in (("expired", "late@example.com"), ("open", "open@example.com")):
            assert [each.email for each in owner.get(url, {"state": state}).context["cl"].result_list] == [email]
        assert {row.state for row in owner.get(url).context["cl"].result_list} == {"open", "expired"}
        self.send(owner, shop, "late@example.com")
        assert Invitation.objects.open_at(timezone.now()).filter(email="late@example.com").count() == 1

    def test_revoking_an_invitation_closes_its_link(self, shop: Shop) -> None:
        invitation, token = invite(shop.team)
        owner = signed_in(shop, "owner")
        dialog = reverse("admin:accounts_invitation_revoke", args=[quote(invitation.pk)])
        assert "HX-Redirect" in owner.post(dialog, {"_form_submitted": "True"}).headers
        assert Client().get(page_of(token)).status_code == 404
        assert owner.post(dialog, {"_form_submitted": "True"}).status_code == 403

    def test_the_team_page_offers_an_invitation(self, shop: Shop) -> None:
        page = text_of(signed_in(shop, "owner").get("/admin/accounts/membership/"))
        assert ADD in page
        assert "/admin/accounts/membership/add/" not in page


def lose_role(boss: Client, membership: Membership) -> Any:
    return boss.post(reverse("admin:accounts_membership_change", args=[quote(membership.pk)]), {"role": "support"})


def leave(boss: Client, membership: Membership) -> Any:
    return boss.post(reverse("admin:accounts_membership_delete", args=[quote(membership.pk)]), {"post": "yes"})


def leave_with_others(boss: Client, membership: Membership) -> Any:
    form = {"action": "delete_selected", "_selected_action": [membership.pk], "post": "yes"}
    return boss.post(reverse("admin:accounts_membership_changelist"), form)


def close_login(boss: Client, membership: Membership) -> Any:
    form = {"username": membership.user.username, "is_staff": "on"}
    return boss.post(reverse("admin:accounts_user_change", args=[quote(membership.user.pk)]), form)


class TestWhoMayInviteNoMore:
    @pytest.mark.parametrize("lose", [lose_role, leave, leave_with_others, close_login])
    def test_losing_the_right_revokes_open_invitations(self, shop: Shop, lose: Any) -> None:
        invitation, _token = invite(shop.team)
        other_invitation, _token = invite(shop.team, "another@example.com")
        boss, client = make_user("boss", is_superuser=True)
        answer = lose(client, Membership.objects.get(user=invitation.created_by))
        assert answer.status_code == 302, text_of(answer)
        invitation.refresh_from_db()
        assert (invitation.state, Invitation.objects.get(pk=other_invitation.pk).state) == ("revoked", "open")
        line = AuditEvent.objects.get(action="revoked", object_id=invitation.pk)
        assert (line.actor, line.team_id) == (boss, shop.team.pk)

    def test_invitations_of_other_teams_and_owners_stay(self, shop: Shop) -> None:
        invitation, _token = invite(shop.team)
        membership = Membership.objects.get(user=invitation.created_by)
        other = make_shop("eve@example.com").team
        second = Membership.objects.create(team=other, user=membership.user, role="owner")
        _boss, client = make_user("boss", is_superuser=True)
        url = reverse("admin:accounts_membership_change", args=[quote(membership.pk)])
        assert client.post(url, {"role": "owner"}).status_code == 302
        assert leave(client, second).status_code == 302
        assert Invitation.objects.get(pk=invitation.pk).state == "open"


class TestAccepting:
    def test_a_person_with_a_login_joins_signed_in(self, shop: Shop) -> None:
        invitation, token = invite(shop.team, role="owner")
        user, client = make_user()
        assert f"Join {shop.team}" in text_of(client.get(page_of(token)))
        assert not Membership.objects.filter(user=user).exists()  # looking at it does nothing
        answer = client.post(page_of(token), follow=True)
        assert "You joined" in text_of(answer)
        assert Membership.objects.get(user=user).role == "owner"
        invitation.refresh_from_db()
        assert (invitation.state, invitation.accepted_by) == ("accepted", user)
        assert client.get(page_of(token)).status_code == 404  # it works once

    def test_the_way_over_the_login_leads_back_to_the_invitation(self, shop: Shop) -> None:
        _invitation, token = invite(shop.team)
        make_user()
        client = Client()
        login = re.search(r'href="(/admin/login/[^"]+)"', text_of(client.get(page_of(token))))
        assert login is not None
        answer = client.post(login[1], {"username": "ada", "password": PASSWORD})
        assert answer["Location"] == page_of(token)

    def test_a_wrong_password_on_that_way_leaves_the_token_in_no_table_and_no_log(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        _invitation, token = invite(shop.team)
        make_user()
        client = Client()
        login = re.search(r'href="(/admin/login/[^"]+)"', text_of(client.get(page_of(token))))
        assert login is not None
        form = {"username": "ada", "password": "wrong", "next": page_of(token)}
        with caplog.at_level("DEBUG"):
            assert [client.post(login[1], form).status_code for _ in range(6)][::5] == [200, 429]
            assert client.get(login[1]).status_code == 200
        assert token not in caplog.text + str([vars(record) for record in caplog.records if record.name != "django.db"])
        assert AccessAttempt.objects.exists()
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names():
                cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE %s', [f"%{token}%"])
                assert cursor.fetchone()[0] == 0, table

    def test_a_new_person_chooses_name_and_password_and_is_signed_in(self, shop: Shop) -> None:
        _invitation, token = invite(shop.team, "Grace@Example.com")
        client = Client()
        assert client.post(page_of(token), NEW)["Location"] == "/admin/"
        grace = User.objects.get(username="grace")
        assert (grace.email, grace.is_staff, grace.is_superuser) == ("Grace@example.com", True, False)
        assert grace.check_password(PASSWORD)
        assert [(part.team, part.role) for part in grace.memberships.all()] == [(shop.team, "support")]
        assert client.get("/admin/contests/contest/").status_code == 200

    @pytest.mark.parametrize(
        ("fields", "problem"),
        [
            ({"password1": "abc", "password2": "abc"}, "too short"),
            ({"password1": "12345678901", "password2": "12345678901"}, "entirely numeric"),
            ({"password1": "password123", "password2": "password123"}, "too common"),
            ({"password1": "grace@example.com", "password2": "grace@example.com"}, "too similar"),
            ({"password2": "another-horse-9"}, "didn’t match"),
            ({"username": "with space"}, "Enter a valid username"),
            ({"username": "x" * 151}, "at most 150 characters"),
            ({"username": ""}, "This field is required"),
            ({"username": "boss"}, "This user name can't be used."),
            ({"username": "BOSS"}, "This user name can't be used."),
        ],
    )
    def test_names_and_passwords_are_validated_by_djangos_rules(self, shop: Shop, fields: Any, problem: str) -> None:
        make_user("boss", is_superuser=True)
        _invitation, token = invite(shop.team, "grace@example.com")
        people = User.objects.count()
        answer = Client().post(page_of(token), NEW | fields)
        assert (answer.status_code, problem in text_of(answer)) == (200, True)
        assert User.objects.count() == people
        assert Client().get(page_of(token)).status_code == 200

    def test_trying_out_user_names_is_counted_like_failed_sign_ins_of_the_address(
        self, shop: Shop, settings: Any
    ) -> None:
        settings.LOGIN_ATTEMPTS_PER_ADDRESS = 3
        make_user("boss", is_superuser=True)
        _invitation, token = invite(shop.team, "grace@example.com")
        _other, other_token = invite(shop.team, "eve@example.com")
        assert Client().post(page_of(other_token), NEW | {"username": "eve"}).status_code == 302  # not counted
        tries = [NEW | {"username": name, "password2": "other"} for name in ("boss", "nobody", "Boss", "ada")]
        assert [Client().post(page_of(token), each).status_code for each in tries] == [200, 200, 200, 429]
        refused = Client().post(page_of(token), NEW)
        assert (refused.status_code, int(refused["Retry-After"]) > 0) == (429, True)
        assert "from your network" in text_of(refused)
        assert not User.objects.filter(username="grace").exists()
        assert Client().get(page_of(token)).status_code == 200
        assert Client().post("/admin/login/", {"username": "eve", "password": PASSWORD}).status_code == 429
        assert Client(REMOTE_ADDR="198.51.100.2").post(page_of(token), NEW).status_code == 302

    def test_a_superuser_cannot_join_by_invitation(self, shop: Shop) -> None:
        invitation, token = invite(shop.team)
        _boss, client = make_user("boss", is_superuser=True)
        answer = client.post(page_of(token))
        assert (answer.status_code, "can't join one by invitation" in text_of(answer)) == (403, True)
        assert not Membership.objects.filter(user__username="boss").exists()
        assert Invitation.objects.get(pk=invitation.pk).state == "open"

    def test_an_invitation_changes_no_role(self, shop: Shop) -> None:
        _invitation, token = invite(shop.team, role="support")
        user, client = make_user()
        Membership.objects.create(team=shop.team, user=user, role="owner")
        answer = client.post(page_of(token))
        assert (answer.status_code, "You are already in this team" in text_of(answer)) == (403, True)
        assert Membership.objects.get(user=user).role == "owner"

    @pytest.mark.parametrize("token", ["", "nonsense", "x" * 5000, "%00", "ü", "' OR 1=1 --"])
    def test_an_invalid_token_opens_nothing(self, shop: Shop, token: str) -> None:
        invite(shop.team)
        for client in (Client(), signed_in(shop, "owner")):
            assert client.get("/invitation/", {"token": token}).status_code == 404
            assert client.post("/invitation/?token=nonsense", NEW).status_code == 404

    @pytest.mark.parametrize(
        "close",
        [
            lambda invitation: Invitation.objects.update(expires_at=timezone.now()),
            lambda invitation: revoke_invitation(invitation, audit=AuditContext(user=invitation.created_by)),
            lambda invitation: Membership.objects.filter(user=invitation.created_by).delete(),
            lambda invitation: Membership.objects.filter(user=invitation.created_by).update(role="support"),
            lambda invitation: User.objects.filter(pk=invitation.created_by_id).update(is_active=False),
        ],
        ids=["expired", "revoked", "its owner left", "its owner is none any more", "its owner's login is closed"],
    )
    def test_a_closed_invitation_opens_nothing(self, shop: Shop, close: Any) -> None:
        invitation, token = invite(shop.team)
        open_before = invitation_of(token)
        close(invitation)
        user, client = make_user()
        for answer in (Client().get(page_of(token)), Client().post(page_of(token), NEW), client.post(page_of(token))):
            assert answer.status_code == 404
            assert "not valid" in text_of(answer)
        with pytest.raises(InvitationClosed):  # also for whoever opened the page before
            accept_invitation(open_before, user)
        with pytest.raises(InvitationClosed):
            register_invited(open_before, User(username="grace", is_staff=True))
        assert not Membership.objects.filter(user=user).exists()

    def test_the_page_loads_nothing_from_other_hosts_and_is_not_cached(self, shop: Shop) -> None:
        _invitation, token = invite(shop.team)
        answer = Client().get(page_of(token))
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "same-origin"
        policy = [part.strip() for part in answer["Content-Security-Policy"].split(";")]
        assert "script-src 'self'" in policy

    def test_the_token_is_in_no_log(self, shop: Shop, caplog: Any) -> None:
        _invitation, token = invite(shop.team)
        Client().get(page_of(token))
        Client().post(page_of(token), NEW | {"password2": "another"})
        assert token not in caplog.text
        assert PASSWORD not in caplog.text


def test_accepting_is_logged(shop: Shop) -> None:
    invitation, token = invite(shop.team)
    invite(shop.team)  # again, which revokes the first
    Client().post(page_of(token), NEW)
    last = Invitation.objects.open_at(timezone.now()).get()
    user, _client = make_user()
    accept_invitation(last, user)
    lines = AuditEvent.objects.filter(team_id=shop.team.pk, contest_id=None).order_by("id")
    assert [(line.action, line.object_type, line.object_id) for line in lines] == [
        ("added", "invitation", invitation.pk),
        ("added", "invitation", last.pk),
        ("revoked", "invitation", invitation.pk),
        ("accepted", "invitation", last.pk),
        ("added", "membership", Membership.objects.get(user=user).pk),
    ]
    assert all("example.com" not in str([line.before, line.after]) for line in lines)
    assert lines.last().actor_name == "ada"  # type: ignore[union-attr]


def at_once(calls: list[Any]) -> list[Any]:
    def do(call: Any) -> Any:
        try:
            return call()
        except (InvitationClosed, AlreadyMember) as refused:
            return type(refused)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(do, calls))


class TestRaces:
    @pytest.fixture
    def shop(self, transactional_db: None) -> Shop:
        return make_shop()

    def test_of_many_people_with_one_link_one_joins(self, shop: Shop) -> None:
        invitation, _token = invite(shop.team)
        people = [User.objects.create_user(f"user-{number}", is_staff=True) for number in range(4)]
        outcomes = at_once([lambda user=user: accept_invitation(invitation, user) for user in people])
        assert sorted(map(str, outcomes)).count(str(InvitationClosed)) == 3
        assert Membership.objects.filter(user__in=people).count() == 1

    def test_a_person_with_two_invitations_joins_once(self, shop: Shop) -> None:
        invitations = [invite(shop.team, f"ada-{number}@example.com")[0] for number in range(4)]
        user = User.objects.create_user("ada", is_staff=True)
        outcomes = at_once([lambda each=each: accept_invitation(each, user) for each in invitations])
        assert outcomes.count(AlreadyMember) == 3
        assert Membership.objects.filter(user=user).count() == 1

    def test_of_simultaneous_invitations_of_one_email_one_stays_open(self, shop: Shop) -> None:
        owner = User.objects.get(pk=invite(shop.team)[0].created_by_id)
        email = Email.parse("new@example.com")
        at_once([lambda: create_invitation(shop.team, email, "support", audit=AuditContext(user=owner))] * 4)
        assert sorted(each.state for each in Invitation.objects.all()) == ["open", *["revoked"] * 4]

    def test_the_database_refuses_a_second_open_invitation(self, shop: Shop) -> None:
        first, _token = invite(shop.team)
        second = Invitation(team=shop.team, role="support", created_by=first.created_by)
        second.set_email(Email.parse("NEW@example.com"))
        second.new_token()
        with pytest.raises(IntegrityError, match="one_pending"), transaction.atomic():
            second.save()

    def test_an_invitation_lasts_a_week(self, shop: Shop) -> None:
        invitation, _token = invite(shop.team)
        assert abs(invitation.expires_at - timezone.now() - timedelta(days=7)) < timedelta(minutes=1)
