"""The chore that sends password links, where a mail server is set."""

from datetime import timedelta

from django.conf import settings

from blitzrocket.accounts.services.password_mail import send_password_links
from blitzrocket.jobs.chores import chore

if settings.SENDS_MAIL:  # in a thread of its own: a mail server may take its time
    chore(every=timedelta(seconds=5), thread="mail")(send_password_links)
