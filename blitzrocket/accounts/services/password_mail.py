"""“Forgot password?” by mail: the page stores a request, the background process looks for its users and sends links."""

import logging
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from blitzrocket.accounts.models import PasswordLinkRequest, User
from blitzrocket.accounts.models.password_links import MAIL_LIFETIME
from blitzrocket.accounts.models.sign_in import MAX_USERNAME_LENGTH, FailureCounter
from blitzrocket.accounts.services.passwords import replace_link

logger = logging.getLogger(__name__)

REQUESTS_AT_ONCE = 20
MOST_LOGINS = 5  # of one address
KEPT_FOR = timedelta(minutes=30)  # a request whose mail can't be sent
PER_EMAIL, PER_ADDRESS, WINDOW = 3, 10, timedelta(hours=1)


def request_counter(address: str | None) -> FailureCounter:
    """The counter of requests from a network."""
    return FailureCounter(f"~mail {address or ''}", "", PER_ADDRESS, WINDOW)


def request_link(email: str) -> None:
    """Ask for links for the users with an address, whether or not there are any. An address gets few mails an hour."""
    if FailureCounter("~mail", email.lower()[:MAX_USERNAME_LENGTH], PER_EMAIL, WINDOW).count():
        PasswordLinkRequest.objects.create(email=email)


def send_password_links() -> None:
    """Send the links that were asked for; one that can't be sent is tried again for half an hour."""
    given_up, _by_model = PasswordLinkRequest.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
    if given_up:
        logger.error("mails given up: the mail server was away for half an hour", extra={"mails": given_up})
    for pk in list(PasswordLinkRequest.objects.order_by("pk").values_list("pk", flat=True)[:REQUESTS_AT_ONCE]):
        try:
            _answer(pk)
        except (OSError, SMTPException) as error:
            # Without the text of the error, which may have an address.
            code = getattr(error, "smtp_code", None) or getattr(error, "errno", None)
            logger.warning("mail not sent; it is tried again", extra={"error": type(error).__name__, "code": code})
            return


@transaction.atomic
def _answer(pk: str) -> None:
    # Race: two background processes find the same request. The first to lock it answers it; the other skips it.
    request = PasswordLinkRequest.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    if request is None:
        return
    users = User.objects.filter(email__iexact=request.email, is_active=True).order_by("pk")[:MOST_LOGINS]
    for user in users:
        _send(user)
    request.delete()


def _send(user: User) -> None:
    _link, token = replace_link(user, MAIL_LIFETIME)
    context = {"user": user, "url": link_url(settings.SITE_URL, token), "site": settings.SITE_URL}
    send_mail("Choose a new password", render_to_string("password/mail.txt", context), None, [user.email])


def link_url(site: str, token: str) -> str:
    """The address of the page where the token's user chooses a password."""
    return site + reverse("new_password", query={"token": token})
