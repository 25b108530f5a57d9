"""Invitations into a team: a link for one person, shown once and valid for a week."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from blitzrocket.accounts.models.users import Membership, Team
from blitzrocket.emails import MAX_EMAIL_LENGTH, MAX_KEY_LENGTH, Email
from blitzrocket.ids import id_field
from blitzrocket.tokens import digest_of

TOKEN_BYTES = 32
LIFETIME = timedelta(days=7)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open_at(self, moment: datetime) -> "InvitationQuerySet":
        """Invitations that can be accepted."""
        return self.pending().filter(expires_at__gt=moment)

    def pending(self) -> "InvitationQuerySet":
        """Invitations neither accepted nor revoked, including expired ones."""
        return self.filter(accepted_at=None, revoked_at=None)

    def with_token(self, token: str) -> "InvitationQuerySet":
        return self.filter(digest=digest_of(token))


class Invitation(models.Model):
    """A link by which its holder joins the team with this role; the email says for whom it is meant."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ACCEPTED = "accepted", "Accepted"
        REVOKED = "revoked", "Revoked"
        EXPIRED = "expired", "Expired"

    id = id_field("invitation")
    team = models.ForeignKey(Team, models.PROTECT, related_name="invitations", verbose_name="team")
    email = models.CharField(
        "email", max_length=MAX_EMAIL_LENGTH, help_text="No email is sent. You get a link to pass on."
    )
    email_key = models.CharField(max_length=MAX_KEY_LENGTH, editable=False, db_collation="C")
    role = models.CharField(
        "role",
        max_length=10,
        choices=Membership.Role,
        default=Membership.Role.SUPPORT,
        help_text="Owners set up contests, rules and keys. Support reads everything and acts on orders and points.",
    )
    digest = models.CharField(max_length=64, editable=False, db_collation="C")
    created_at = models.DateTimeField("created at", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+", verbose_name="invited by"
    )
    expires_at = models.DateTimeField("expires at", editable=False)
    revoked_at = models.DateTimeField("revoked at", null=True, editable=False)
    accepted_at = models.DateTimeField("accepted at", null=True, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="accepted by",
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "invitation"
        verbose_name_plural = "invitations"
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="invitation_unique_digest"),
            models.UniqueConstraint(
                fields=["team", "email_key"],
                condition=Q(accepted_at=None, revoked_at=None),
                name="invitation_one_pending_per_team_and_email",
            ),
            models.CheckConstraint(condition=Q(role__in=["owner", "support"]), name="invitation_role_known"),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(revoked_at=None), name="invitation_accepted_or_revoked"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def set_email(self, email: Email) -> None:
        self.email, self.email_key = email.address, email.key

    def new_token(self) -> str:
        """Set a new token and return it; only its digest is stored."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self.digest, self.expires_at = digest_of(token), timezone.now() + LIFETIME
        return token

    @property
    def state(self) -> "Invitation.State":
        if self.accepted_at is not None:
            return self.State.ACCEPTED
        if self.revoked_at is not None:
            return self.State.REVOKED
        return self.State.OPEN if self.expires_at > timezone.now() else self.State.EXPIRED

    def may_still_invite(self) -> bool:
        """Whether the creator is still an owner; otherwise the link does not work."""
        user: Any = self.created_by
        if not user.is_active or user.is_superuser:
            return bool(user.is_active)
        return Membership.objects.filter(team=self.team_id, user=user, role=Membership.Role.OWNER).exists()
