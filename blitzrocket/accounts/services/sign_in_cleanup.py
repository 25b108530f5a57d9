"""The chore that deletes expired sessions and old sign-in records, which hold names and IP addresses."""

from datetime import timedelta
from importlib import import_module

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session as DjangoSession  # those of 1.0.0
from django.utils import timezone

from blitzrocket.accounts.models import Invitation, PasswordLink, PasswordLinkRequest, TrustedBrowser
from blitzrocket.jobs.chores import chore

RECORD_AGE = timedelta(days=90)
REQUEST_AGE = timedelta(days=1)  # of mails that were asked for and never sent, because the mail server was unset since


@chore(every=timedelta(hours=1))
def delete_old_sign_ins() -> None:
    """Delete expired sessions, links and trusted browsers, and of 90 days ago sign-in records and invitations' ends."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    DjangoSession.objects.filter(expire_date__lt=timezone.now()).delete()
    before = timezone.now() - RECORD_AGE
    for model in (AccessAttempt, AccessFailureLog, AccessLog):
        model.objects.filter(attempt_time__lt=before).delete()
    # Accepted ones too: who joined a team, and who invited them, is in the activity log.
    Invitation.objects.filter(expires_at__lt=before).delete()
    PasswordLinkRequest.objects.filter(created_at__lt=timezone.now() - REQUEST_AGE).delete()
    for expiring in (TrustedBrowser, PasswordLink):
        expiring.objects.filter(expires_at__lt=timezone.now()).delete()
