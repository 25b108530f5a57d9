"""Deleting what sign-ins leave behind: expired sessions, and the lists of attempts with names and addresses."""

from datetime import timedelta
from importlib import import_module

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.utils import timezone

from blitzrocket.jobs.chores import chore

DAYS_KEPT = timedelta(days=90)


@chore(every=timedelta(hours=1))
def delete_old_sign_ins() -> None:
    """Delete sessions that have expired and sign-in records of more than 90 days ago."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    before = timezone.now() - DAYS_KEPT
    for model in (AccessAttempt, AccessFailureLog, AccessLog):
        model.objects.filter(attempt_time__lt=before).delete()
