"""Referrals in the admin: the contest's settings, both entries' pages, and removing the points."""

import pytest
from django.test import Client
from django.urls import reverse

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.audit.context import AuditContext, RequestIdReused
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import Email
from contests.models import Contest, Entry, PointTransaction
from contests.services import NewEntry, adjust_points, create_entry, sign_up
from contests.services.referrals import NoReferralPoints, remove_referral_points
from purchases.support import entry_overview
from tests.contests.rules_form import settings_form
from tests.contests.test_referrals import in_threads
from tests.purchases.orders import faults
from tests.support import Shop, downloaded, make_shop, signed_in

pytestmark = pytest.mark.django_db
REMOVE = "Remove referral points"


@pytest.fixture
def shop(db: None) -> Shop:
    return make_shop(advocate_points=50, friend_points=25)


def refer(shop: Shop, email: str = "grace@example.com") -> Entry:
    new_entry = NewEntry(email=Email.parse(email), referral_code=shop.entry.referral_code)
    return sign_up(shop.contest, new_entry, audit=AuditContext()).entry


def page_of(client: Client, entry: Entry, **query: str) -> str:
    return " ".join(client.get(change_url(entry), query).content.decode().split())


def points() -> dict[str, int]:
    return dict(Entry.objects.values_list("email", "points"))


def test_owners_set_the_points_and_the_activity_log_says_so(shop: Shop) -> None:
    client, url = signed_in(shop, "owner"), change_url(shop.contest)
    assert "Points for referrals" in client.get(url).content.decode()
    fields = settings_form(shop, advocate_points="100", friend_points="0")
    assert client.post(url, fields).status_code == 302
    contest = Contest.objects.get()
    assert (contest.advocate_points, contest.friend_points) == (100, 0)
    event = AuditEvent.objects.get(object_type="contest", action="changed")
    assert (event.before["advocate_points"], event.after["advocate_points"]) == (50, 100)
    for wrong in ("-1", "1.5", "1000001", ""):
        answer = client.post(url, settings_form(shop, advocate_points=wrong))
        assert answer.status_code == 200, wrong
    assert Contest.objects.get().advocate_points == 100


def test_both_pages_name_the_other_entry(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry_overview, "PAGE_SIZE", 2)
    friends = [refer(shop, f"friend{number}@example.com") for number in range(3)]
    client = signed_in(shop, "support")
    page = page_of(client, shop.entry)
    assert f'<code id="referral-code">{shop.entry.referral_code}</code>' in page
    assert 'data-copy="referral-code"' in page
    assert "Referred entries" in page
    assert f'<strong>Referral</strong> · of <a href="{change_url(friends[2])}">friend2@example.com</a>' in page
    assert "friend0@example.com" not in page
    assert REMOVE not in page
    assert "friend0@example.com" in page_of(client, shop.entry, referred=friends[1].pk)
    assert client.get(change_url(shop.entry), {"referred": "a\0b"}).status_code < 500
    friend = page_of(client, friends[0])
    assert f'<strong>Referral</strong> · by <a href="{change_url(shop.entry)}">ada@example.com</a>' in friend
    assert "with 50 points for the advocate and 25 for the friend" in friend
    assert REMOVE in friend


def test_support_removes_the_points_once(shop: Shop) -> None:
    friend = refer(shop)
    client = signed_in(shop, "support")
    url = reverse("admin:contests_entry_remove_referral", args=[friend.pk])
    dialog = client.get(url).content.decode()
    assert "ada@example.com" in dialog
    assert "grace@example.com" in dialog
    body = {"reason": "Own second address", "request_id": "event_1", "_form_submitted": "True"}
    for _ in range(2):
        assert "HX-Redirect" in client.post(url, body).headers
    assert points() == {"ada@example.com": 0, "grace@example.com": 0}
    assert sorted(PointTransaction.objects.values_list("points", flat=True)) == [-50, -25, 25, 50]
    assert faults() == []
    page = page_of(client, friend)
    assert REMOVE not in page
    assert "Own second address" in page
    assert "referral" in downloaded(client, reverse("admin:contests_contest_export_ledger", args=[shop.contest.pk]))
    with pytest.raises(NoReferralPoints):
        remove_referral_points(friend, audit=AuditContext(reason="Again"))


def test_a_balance_below_zero_and_a_side_without_points(shop: Shop) -> None:
    shop.contest.friend_points = 0
    friend = refer(shop)
    adjust_points(shop.entry, -30, adjustment_id="prize", audit=AuditContext(reason="Prize"))
    audit = AuditContext(reason="Fraud")
    remove_referral_points(friend, audit=audit)
    assert points() == {"ada@example.com": -30, "grace@example.com": 0}
    assert [event.object_id for event in AuditEvent.objects.filter(reason="Fraud")] == [shop.entry.pk]
    assert remove_referral_points(friend, audit=audit) == []
    other = refer(shop, "joan@example.com")
    with pytest.raises(RequestIdReused):
        remove_referral_points(other, audit=audit)


def test_an_entry_that_nobody_referred(shop: Shop) -> None:
    with pytest.raises(NoReferralPoints):
        remove_referral_points(shop.entry, audit=AuditContext(reason="?"))


def test_the_dialog_is_for_its_team_only(shop: Shop) -> None:
    friend = refer(shop)
    url = reverse("admin:contests_entry_remove_referral", args=[friend.pk])
    assert signed_in(make_shop(), "owner").get(url).status_code in (302, 403, 404)


@pytest.mark.django_db(transaction=True)
def test_two_people_remove_referral_points_at_once(shop: Shop) -> None:
    friend = refer(shop)
    create_entry(shop.contest, "other@example.com")

    def remove(_: int) -> int:
        try:
            return len(remove_referral_points(friend, audit=AuditContext(reason="Fraud")))
        except NoReferralPoints:
            return 0

    assert sorted(in_threads(remove, 8)) == [0] * 7 + [2]
    assert points() == {"ada@example.com": 0, "grace@example.com": 0, "other@example.com": 0}
