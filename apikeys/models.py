"""API keys, and their call counts for the rate limit."""

import re
import secrets
import string
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from blitzrocket.accounts.models import Team
from blitzrocket.ids import id_field
from blitzrocket.tokens import digest_of

ALPHABET = string.ascii_letters + string.digits
SECRET_LENGTH = 32  # of 62 characters: 190 random bits, so that a fast digest is enough
SHOWN_LENGTH = 6  # how many characters of the secret stay readable, to tell keys apart


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable_at(self, now: datetime) -> "ApiKeyQuerySet":
        """Keys that are neither revoked nor expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)

    def for_calls(self) -> "ApiKeyQuerySet":
        """Keys that callers use; a store connection's own key is in no list."""
        return self.exclude(kind=ApiKey.Kind.STORE)

    def matching(self, text: str) -> "ApiKeyQuerySet":
        """Keys by a part of their name or prefix, or by their id; of a whole secret only its prefix is looked at."""
        part = shown_part(text) if kind_of(text) else text
        return self.for_calls().filter(Q(name__icontains=part) | Q(prefix__icontains=part) | Q(pk=part.lower()))


class ApiKey(models.Model):
    """A team's API key. Its secret is shown once, when it is created; only a digest is stored."""

    class Kind(models.TextChoices):
        PUBLIC = "public", "Public: reads only, safe in web pages"
        PRIVATE = "private", "Private: reads and writes, keep it on your server"
        STORE = "store", "Store: what a store connection delivers"

    FOR_CALLS = (Kind.PUBLIC, Kind.PRIVATE)
    PREFIXES: ClassVar = {Kind.PUBLIC: "brk_pub_", Kind.PRIVATE: "brk_priv_", Kind.STORE: "brk_store_"}

    id = id_field("key")
    team = models.ForeignKey(Team, models.PROTECT, related_name="api_keys", verbose_name="team")
    kind = models.CharField("kind", max_length=7, choices=Kind, default=Kind.PRIVATE)
    name = models.CharField("name", max_length=100, help_text="What uses it, for example “web shop”.")
    prefix = models.CharField("prefix", max_length=20, editable=False)
    digest = models.CharField(max_length=64, editable=False, db_collation="C")
    rate_limit = models.PositiveIntegerField(
        "requests per minute", null=True, blank=True, help_text="Leave empty for no limit."
    )
    created_at = models.DateTimeField("created at", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="created by",
    )
    expires_at = models.DateTimeField("expires at", null=True, blank=True, help_text="Leave empty for no expiry.")
    revoked_at = models.DateTimeField("revoked at", null=True, editable=False)
    last_used_at = models.DateTimeField("last used", null=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        verbose_name_plural = "API keys"
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="apikey_unique_digest"),
            models.CheckConstraint(condition=Q(kind__in=["public", "private", "store"]), name="apikey_kind_known"),
            models.CheckConstraint(
                condition=Q(rate_limit=None) | Q(rate_limit__gte=1),
                name="apikey_rate_limit_at_least_one",
                violation_error_message="Allow at least 1 request per minute, or leave the limit empty.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_private(self) -> bool:
        """Whether it may do what a private key may, as a store connection's."""
        return self.kind != self.Kind.PUBLIC

    def is_expired_at(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now

    def new_secret(self) -> str:
        """Set a new secret and return it; only its digest is stored."""
        random = "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))
        secret = f"{self.PREFIXES[self.Kind(self.kind)]}{random}"
        self.prefix = shown_part(secret)
        self.digest = digest_of(secret)
        return secret

    def revoke(self) -> bool:
        """Make the key invalid at once; False where it was revoked before."""
        # Race: two owners revoke it at once. The second waits for the row, and then changes nothing.
        return ApiKey.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=timezone.now()) > 0


def default_rate_limit(kind: str) -> int:
    """The default limit for a kind of key, in calls per minute."""
    return settings.RATE_LIMIT_PRIVATE if kind == ApiKey.Kind.PRIVATE else settings.RATE_LIMIT_PUBLIC


def shown_part(secret: str) -> str:
    """The beginning of a secret, by which a key is told from others."""
    return secret[: len(secret) - SECRET_LENGTH + SHOWN_LENGTH]


_KINDS = {ApiKey.PREFIXES[kind]: kind for kind in ApiKey.FOR_CALLS}
_form = re.compile(f"({'|'.join(_KINDS)})[{ALPHABET}]{{{SECRET_LENGTH}}}")


def kind_of(secret: str) -> ApiKey.Kind | None:
    """The kind of key by the form of a text; None where it has not the form of a key."""
    match = _form.fullmatch(secret)
    return _KINDS[match[1]] if match else None


class CallWindow(models.Model):
    """A key's calls in its current minute. The table is unlogged (see migrations): a crash may reset the counts."""

    key = models.OneToOneField(ApiKey, models.CASCADE, primary_key=True, related_name="+", db_constraint=False)
    started_at = models.DateTimeField()
    calls = models.PositiveIntegerField()

    class Meta:
        verbose_name = "call window"
        verbose_name_plural = "call windows"
