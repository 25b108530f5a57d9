"""Links by which a user chooses a new password, and requests for them by mail."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from blitzrocket.accounts.models.users import User
from blitzrocket.emails import MAX_EMAIL_LENGTH
from blitzrocket.ids import id_field
from blitzrocket.tokens import digest_of

TOKEN_BYTES = 32
LIFETIME = timedelta(hours=24)
MAIL_LIFETIME = timedelta(hours=1)


class PasswordLinkQuerySet(models.QuerySet["PasswordLink"]):
    def open_at(self, moment: datetime) -> "PasswordLinkQuerySet":
        return self.filter(expires_at__gt=moment, user__is_active=True)

    def with_token(self, token: str) -> "PasswordLinkQuerySet":
        return self.filter(digest=digest_of(token))


class PasswordLink(models.Model):
    """A link for one user, made by an owner, an operator or “Forgot password?”; deleted when it is used."""

    id = id_field("link")
    user = models.ForeignKey(User, models.CASCADE, related_name="password_links")
    digest = models.CharField(max_length=64, editable=False, db_collation="C")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+", verbose_name="created by"
    )
    created_at = models.DateTimeField("created at", auto_now_add=True)
    expires_at = models.DateTimeField("expires at")

    objects = PasswordLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "password link"
        verbose_name_plural = "password links"
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="passwordlink_unique_digest"),
            models.UniqueConstraint(fields=["user"], name="passwordlink_one_per_user"),
        ]

    def new_token(self, now: datetime, lifetime: timedelta) -> str:
        """Set a new token and return it; only its digest is stored."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self.digest, self.expires_at = digest_of(token), now + lifetime
        return token


class PasswordLinkRequest(models.Model):
    """An address typed on “Forgot password?”, whether or not someone has it; deleted once the mail is sent.

    The background process looks for its users, so that the page takes as long for every address.
    """

    id = id_field("request")
    email = models.CharField(max_length=MAX_EMAIL_LENGTH)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "password link request"
        verbose_name_plural = "password link requests"
        indexes = [models.Index(fields=["created_at"], name="passwordrequest_by_time")]
