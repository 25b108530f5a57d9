"""The chore that deletes expired sessions and old sign-in records, which hold names and IP addresses."""

from datetime import timedelta
from importlib import import_module

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.utils import timezone

from blitzrocket.accounts.models import PasswordLink, TrustedBrowser
from blitzrocket.jobs.chores import chore

RECORD_AGE = timedelta(days=90)


@chore(every=timedelta(hours=1))
def delete_old_sign_ins() -> None:
    """Delete expired sessions, links and trusted browsers, and sign-in records older than 90 days."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    before = timezone.now() - RECORD_AGE
    for model in (AccessAttempt, AccessFailureLog, AccessLog):
        model.objects.filter(attempt_time__lt=before).delete()
    for expiring in (TrustedBrowser, PasswordLink):
        expiring.objects.filter(expires_at__lt=timezone.now()).delete()
