"""What people do is kept with before and after, read by the team, and written by nobody."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.accounts.models import Membership, User
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests.services import adjust_points
from tests.contests import rules_form
from tests.support import Shop, make_shop, open_session

OWNER = "owner"


@pytest.fixture
def client(shop: Shop) -> Client:
    user = User.objects.create_user(OWNER, is_staff=True)
    Membership.objects.create(team=shop.team, user=user, role="owner")
    client = Client()
    open_session(client, user)
    return client


def last(shop: Shop) -> AuditEvent:
    return AuditEvent.objects.filter(team_id=shop.team.pk)[0]


def test_a_changed_entry_is_logged_without_personal_values(client: Client, shop: Shop) -> None:
    form = {"email": "ada2@example.com", "name": "A. L.", "is_disqualified": "on", "email_confirmed": "on"}
    client.post(change_url(shop.entry), form)
    line = last(shop)
    assert (line.action, line.object_type, line.object_id) == ("changed", "entry", shop.entry.pk)
    assert (line.before, line.after) == (
        {"is_disqualified": False},
        {"email": "changed", "name": "changed", "is_disqualified": True},
    )
    assert (line.actor_name, line.contest_id) == (OWNER, shop.contest.pk)


def test_published_rules_are_logged_as_sentences(client: Client, shop: Shop) -> None:
    form = rules_form.form(shop, {"id": shop.contest.rules.get().pk, "points_per_unit": "3"})
    assert client.post(rules_form.url(shop), form).status_code == 302
    published = AuditEvent.objects.filter(action="published", contest_id=shop.contest.pk)[0]
    assert published.before["rules"] == ["1 point per 1.00"]
    assert published.after["rules"] == ["3 points per 1.00"]
    assert published.actor_name == OWNER


def test_keys_are_logged_without_their_secret(client: Client, shop: Shop) -> None:
    form = {"name": "Web shop", "team": shop.team.pk, "kind": "private", "rate_limit": "6000"}
    client.post(reverse("admin:apikeys_apikey_add"), form)
    assert (last(shop).action, last(shop).object_type) == ("added", "apikey")
    assert "brk_priv_" not in str(last(shop).after)
    key = shop.keys["private"]
    client.post(reverse("admin:apikeys_apikey_revoke", args=[change_url(key).split("/")[-3]]), {"_form_submitted": "1"})
    assert (last(shop).action, last(shop).object_id) == ("revoked", key.pk)


def test_changes_of_members_are_logged(client: Client, shop: Shop) -> None:
    form = {"username": "newcomer", "team": shop.team.pk, "role": "support"}
    root = Client()
    root.force_login(User.objects.create_user("root", is_staff=True, is_superuser=True))
    root.post(reverse("admin:accounts_membership_add"), form)
    member = Membership.objects.get(user__username="newcomer")
    assert last(shop).after == {"username": "changed", "team": shop.team.pk, "role": "support"}
    client.post(change_url(member).replace("/change/", "/delete/"), {"post": "yes"})
    assert (last(shop).action, last(shop).object_id) == ("deleted", str(member.pk))


def test_adjusted_points_are_logged(client: Client, shop: Shop) -> None:
    adjust_points(
        shop.entry, 5, adjustment_id="a1", audit=AuditContext(reason="Bonus", user=User.objects.get(username=OWNER))
    )
    assert (last(shop).before, last(shop).after, last(shop).reason) == ({"points": 0}, {"points": 5}, "Bonus")


def test_saving_without_a_change_logs_nothing(client: Client, shop: Shop) -> None:
    before = AuditEvent.objects.count()
    form = {"email": shop.entry.email, "name": "Ada", "email_confirmed": "on"}
    client.post(change_url(shop.entry), form)
    assert AuditEvent.objects.count() == before


def test_djangos_own_log_stays_empty(client: Client, shop: Shop) -> None:
    test_a_changed_entry_is_logged_without_personal_values(client, shop)
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_an_event(shop: Shop, change: str) -> None:
    line = AuditContext(reason="first").record(AuditEvent.Action.CHANGED, shop.entry, contest=shop.contest)
    rows = AuditEvent.objects.filter(pk=line.pk)
    with pytest.raises(IntegrityError, match="never changed or deleted"), transaction.atomic():
        rows.update(reason="other") if change == "update" else rows.delete()


def test_an_object_shows_its_history(client: Client, shop: Shop) -> None:
    history = change_url(shop.entry).replace("/change/", "/history/")
    assert "No changes yet." in client.get(history).content.decode()
    adjust_points(shop.entry, 5, adjustment_id="a1", audit=AuditContext(reason="Bonus"))
    page = client.get(history).content.decode()
    assert "adjusted the points of" in page
    assert "by +5 to 5" in page
    assert "“Bonus”" in page


def test_a_team_reads_only_its_own_events(client: Client, shop: Shop) -> None:
    stranger = make_shop("eve@example.com")
    adjust_points(stranger.entry, 7, adjustment_id="a1", audit=AuditContext(reason="Theirs"))
    adjust_points(shop.entry, 5, adjustment_id="a1", audit=AuditContext(reason="Ours"))
    page = client.get(reverse("admin:audit_auditevent_changelist")).content.decode()
    assert "Ours" in page
    assert "Theirs" not in page
    assert client.get(change_url(last(stranger))).status_code in (302, 404)
    assert client.post(change_url(last(shop)), {"reason": "other"}).status_code == 403
