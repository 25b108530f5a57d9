"""Two-step verification: the authenticator app of a user, recovery codes, and browsers that skip the second step."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from blitzrocket.ids import id_field
from blitzrocket.tokens import digest_of

TRUST_LIFETIME = timedelta(days=30)
TOKEN_BYTES = 32


class SecondFactor(models.Model):
    """A user's authenticator app; the row exists once a code of it was entered."""

    id = id_field("factor")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="second_factor")
    secret = models.TextField(editable=False)  # encrypted
    # The time step of the last accepted code: it and those before are not accepted again.
    last_step = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField("on since", auto_now_add=True)

    class Meta:
        verbose_name = "two-step verification"
        verbose_name_plural = "two-step verification"


class RecoveryCode(models.Model):
    """A code for a user without their phone; deleted when it is used."""

    id = id_field("recovery")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, editable=False, db_collation="C")

    class Meta:
        verbose_name = "recovery code"
        verbose_name_plural = "recovery codes"
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recoverycode_unique_per_user")]


class TrustedBrowser(models.Model):
    """A browser that is not asked for the second step, known by a token in its cookie."""

    id = id_field("browser")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="trusted_browsers")
    digest = models.CharField(max_length=64, editable=False, db_collation="C")
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = "trusted browser"
        verbose_name_plural = "trusted browsers"
        constraints = [models.UniqueConstraint(fields=["digest"], name="trustedbrowser_unique_digest")]
        indexes = [models.Index(fields=["expires_at"], name="trustedbrowser_by_expiry")]

    def new_token(self, now: datetime) -> str:
        """Set a new token and return it; only its digest is stored."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self.digest, self.expires_at = digest_of(token), now + TRUST_LIFETIME
        return token
