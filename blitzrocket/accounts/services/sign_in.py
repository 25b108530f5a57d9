"""Limits of failed sign-ins: per user name and address, and per address.

Django asks axes before it checks a password, and reports the result afterwards. Axes counts only then, so that many
simultaneous tries pass; here a try is counted before the check and removed where the password was right. Axes keeps
its own list of failures for ``manage.py axes_list_attempts``; its reset commands clear both.
"""

import logging
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from blitzrocket.accounts.models.sign_in import MAX_USERNAME_LENGTH, FailureCounter, SignInFailures

logger = logging.getLogger(__name__)


class SignInGuard(AxesDatabaseHandler):
    """The handler that axes calls (AXES_HANDLER)."""

    def is_allowed(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Count a try for its name, then for its address; a refused try counts for neither.

        Tries for a locked name are refused without checking the password. They are no guesses, so they neither prolong
        the wait nor use up the limit of the address for others.
        """
        name, address = counters_of(request, credentials)
        name.delete_old_rows()
        with transaction.atomic():
            if not name.count():
                return _refuse(request, name)
            at = address.count()
            if not at:
                transaction.set_rollback(True)  # a refused try is no failure of the name
                return _refuse(request, address)
        request.sign_in_count = name, address, at  # type: ignore[attr-defined]
        return True

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """The number that axes compares with its limit after a failure, to show the locked page at once."""
        name, _address = counters_of(request, credentials)
        return name.limit if name.is_full() else 0

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        counter = getattr(request, "refused_by", None)
        if counter is None:
            super().user_login_failed(sender, credentials, request, **kwargs)
            return
        logger.warning("sign-in refused after %d failures", counter.limit, extra={"address": counter.address})
        request.axes_locked_out = True  # type: ignore[union-attr]
        request.axes_credentials = credentials  # type: ignore[union-attr]

    def user_logged_in(self, sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
        super().user_logged_in(sender, request, user, **kwargs)
        accept_password(request)

    def reset_attempts(
        self, *, ip_address: str | None = None, username: str | None = None, ip_or_username: bool = False
    ) -> int:
        count: int = super().reset_attempts(ip_address=ip_address, username=username, ip_or_username=ip_or_username)
        rows = SignInFailures.objects.all()
        if ip_or_username:
            rows = rows.filter(Q(address=ip_address) | Q(username=username))
        else:
            rows = rows.filter(address=ip_address) if ip_address else rows
            rows = rows.filter(username=username) if username else rows
        return max(count, rows.delete()[0])


def accept_password(request: HttpRequest) -> None:
    """Count the try as no failure, because its password was right."""
    if hasattr(request, "sign_in_count"):  # by a password, and not by an invitation
        name, address, at = request.sign_in_count
        del request.sign_in_count
        name.reset()
        address.remove(at)


def locked_out(request: HttpRequest, response: HttpResponse, credentials: dict[str, Any] | None) -> HttpResponse:
    """AXES_LOCKOUT_CALLABLE: the page with the waiting time instead of the login form."""
    name, _address = counters_of(request, credentials)
    return locked_page(request, getattr(request, "refused_by", name))


def locked_page(request: HttpRequest, counter: FailureCounter, reason: str = "") -> HttpResponse:
    """The page for a reached limit: 429 with Retry-After."""
    seconds = counter.seconds_left()
    by_network = "Too many failed sign-ins or registrations from your network."
    reason = reason or ("Too many wrong passwords for this user name." if counter.username else by_network)
    context = {"reason": reason, "minutes": -(-seconds // 60)}
    page = render(request, "locked_out.html", context, status=429)
    page["Retry-After"] = str(seconds)
    return page


def counters_of(request: HttpRequest, credentials: dict[str, Any] | None) -> tuple[FailureCounter, FailureCounter]:
    """The counters of a try: of the name at its address, and of the address."""
    address = request.axes_ip_address or ""  # type: ignore[attr-defined]
    username = str(get_client_username(request, credentials) or "")[:MAX_USERNAME_LENGTH]
    name = FailureCounter(address, username, settings.AXES_FAILURE_LIMIT, settings.AXES_COOLOFF_TIME)
    return name, counter_of_address(address)


def counter_of_address(address: str | None) -> FailureCounter:
    """The counter of an address, for sign-ins of any name and for registrations."""
    return FailureCounter(address or "", "", settings.LOGIN_ATTEMPTS_PER_ADDRESS, settings.AXES_COOLOFF_TIME)


def _refuse(request: HttpRequest, counter: FailureCounter) -> bool:
    request.refused_by = counter  # type: ignore[attr-defined]
    return False
