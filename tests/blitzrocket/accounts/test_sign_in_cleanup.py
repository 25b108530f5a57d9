"""The background process deletes what sign-ins leave behind, and nothing that is still needed."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session as DjangoSession
from django.test import Client
from django.utils import timezone

from blitzrocket.accounts.models import (
    Invitation,
    PasswordLink,
    PasswordLinkRequest,
    Session,
    Team,
    TrustedBrowser,
    User,
)
from blitzrocket.accounts.services.sign_in_cleanup import delete_old_sign_ins
from blitzrocket.jobs.chores import THREADS
from tests.support import invite


def test_expired_sessions_are_deleted_and_open_ones_stay(db: None) -> None:
    client, other = Client(), Client()
    for browser, name in ((client, "ada"), (other, "grace")):
        browser.force_login(User.objects.create_user(name, is_staff=True, is_superuser=True))
    expired = Session.objects.filter(pk=other.session.session_key)
    expired.update(expire_date=timezone.now() - timedelta(seconds=1))
    delete_old_sign_ins()
    assert [session.pk for session in Session.objects.all()] == [client.session.session_key]
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("model", [AccessAttempt, AccessFailureLog, AccessLog])
@pytest.mark.parametrize(("days", "left"), [(0, 1), (89, 1), (91, 0), (400, 0)])
def test_records_of_sign_ins_stay_for_90_days(
    db: None, model: type[AccessAttempt | AccessFailureLog | AccessLog], days: int, left: int
) -> None:
    fields = {"failures_since_start": 1} if model is AccessAttempt else {}
    row = model.objects.create(username="ada", ip_address="192.0.2.1", **fields)
    model.objects.filter(pk=row.pk).update(attempt_time=timezone.now() - timedelta(days=days))
    delete_old_sign_ins()
    assert model.objects.count() == left


def test_sessions_of_the_first_release_are_deleted_when_they_expire(db: None) -> None:
    for key, minutes in (("expired", -1), ("open", 1)):
        expires_at = timezone.now() + timedelta(minutes=minutes)
        DjangoSession.objects.create(session_key=key, session_data="", expire_date=expires_at)
    delete_old_sign_ins()
    assert [session.pk for session in DjangoSession.objects.all()] == ["open"]


@pytest.mark.parametrize(("days", "left"), [(96, 1), (98, 0)])
@pytest.mark.parametrize("state", ["pending", "accepted_at", "revoked_at"])
def test_invitations_stay_for_90_days_after_their_week(db: None, state: str, days: int, left: int) -> None:
    invitation, _token = invite(Team.objects.create(name="Shop"))
    made_at = timezone.now() - timedelta(days=days)
    values: dict[str, Any] = {"created_at": made_at, "expires_at": made_at + timedelta(days=7)}
    if state == "accepted_at":
        values["accepted_by"] = invitation.created_by
    Invitation.objects.update(**values, **({} if state == "pending" else {state: made_at}))
    delete_old_sign_ins()
    assert Invitation.objects.count() == left


def test_requests_for_a_mail_that_is_never_sent_go_after_a_day(db: None) -> None:
    PasswordLinkRequest.objects.create(email="ada@example.com")
    delete_old_sign_ins()
    assert PasswordLinkRequest.objects.count() == 1
    PasswordLinkRequest.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    delete_old_sign_ins()
    assert PasswordLinkRequest.objects.count() == 0


def test_expired_links_and_trusted_browsers_go(db: None) -> None:
    user = User.objects.create_user("ada")
    now = timezone.now()
    for expires_at in (now - timedelta(seconds=1), now + timedelta(minutes=1)):
        TrustedBrowser.objects.create(user=user, digest=str(expires_at), expires_at=expires_at)
    PasswordLink.objects.create(user=user, digest="x", expires_at=now - timedelta(seconds=1))
    delete_old_sign_ins()
    assert (TrustedBrowser.objects.count(), PasswordLink.objects.count()) == (1, 0)


def test_the_cleanup_is_a_chore() -> None:
    assert delete_old_sign_ins in {task.run for task in THREADS["chores"]}
