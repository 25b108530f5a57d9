"""The background process deletes what sign-ins leave behind, and nothing that is still needed."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.test import Client
from django.utils import timezone

from blitzrocket.accounts.models import Session, User
from blitzrocket.accounts.services.sign_in_cleanup import delete_old_sign_ins
from blitzrocket.jobs.chores import THREADS


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


def test_the_cleanup_is_a_chore() -> None:
    assert delete_old_sign_ins in {task.run for task in THREADS["chores"]}
