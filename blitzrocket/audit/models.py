"""The activity log: audit events of users and API keys."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from blitzrocket.ids import MAX_LENGTH, id_field
from blitzrocket.model_fields import ExactJSONField

MAX_REASON_LENGTH = 500


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def about(self, obj: models.Model) -> "AuditEventQuerySet":
        """The events of one object, the newest first."""
        return self.filter(object_type=str(obj._meta.model_name), object_id=obj.pk)


class AuditEvent(models.Model):
    """An action of a user or an API key: who, when, why, before and after. A trigger refuses changes and deletions.

    Objects are named by type and id, because events outlive them. Before and after hold no personal values: of a
    changed address or name they say only that it changed. Only the erasure of a person removes what a reason says.
    """

    class Action(models.TextChoices):
        ADDED = "added", "Added"
        CHANGED = "changed", "Changed"
        DELETED = "deleted", "Deleted"
        PUBLISHED = "published", "Rules published"
        REVOKED = "revoked", "Revoked"
        ACCEPTED = "accepted", "Invitation accepted"
        ADJUSTED = "adjusted", "Points adjusted"
        RECORDED = "recorded", "Recorded by hand"
        REFUNDED = "refunded", "Refunded"
        VOIDED = "voided", "Voided"
        RESTORED = "restored", "Restored"
        MOVED = "moved", "Moved"
        ATTACHED = "attached", "Attached to an entry"
        DETACHED = "detached", "Detached from its entry"
        DISMISSED = "dismissed", "Dismissed"
        REOPENED = "reopened", "Reopened"
        RECALCULATED = "recalculated", "Points recalculated"
        UNDONE = "undone", "Recalculation undone"
        COPIED = "copied", "Duplicated"
        EXPORTED = "exported", "Exported"
        IMPORTED = "imported", "Imported"
        UNIMPORTED = "unimported", "Import undone"
        RETRIED = "retried", "Retried"
        PAUSED = "paused", "Paused"
        RESUMED = "resumed", "Resumed"
        SECRET_REPLACED = "secret_replaced", "Secret replaced"
        TWO_STEP_ON = "two_step_on", "Two-step verification turned on"
        TWO_STEP_OFF = "two_step_off", "Two-step verification turned off"
        TWO_STEP_RESET = "two_step_reset", "Two-step verification reset"
        RECOVERY_USED = "recovery_used", "Recovery code used"
        RECOVERY_RENEWED = "recovery_renewed", "Recovery codes renewed"
        PASSWORD_LINK = "password_link", "Password link created"
        PASSWORD_CHANGED = "password_changed", "Password changed"
        ERASED = "erased", "Personal data erased"

    id = id_field("event")
    # Team, contest and key as text: they belong to higher apps, and events outlive them.
    team_id = models.CharField("team", max_length=MAX_LENGTH, null=True, db_collation="C")  # noqa: DJ001
    contest_id = models.CharField("contest", max_length=MAX_LENGTH, null=True, db_collation="C")  # noqa: DJ001
    action = models.CharField("action", max_length=20, choices=Action)
    object_type = models.CharField("object type", max_length=40, db_collation="C")
    object_id = models.CharField("object", max_length=MAX_LENGTH, db_collation="C")
    reason = models.CharField("reason", max_length=MAX_REASON_LENGTH, blank=True)
    before = ExactJSONField("before", default=dict)
    after = ExactJSONField("after", default=dict)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name="by"
    )
    api_key_id = models.CharField("API key", max_length=MAX_LENGTH, blank=True, db_collation="C")
    api_key_name = models.CharField("API key name", max_length=200, blank=True)
    # A digest of the whole action, so that its request id cannot be reused for another one.
    request_digest = models.CharField(max_length=64, blank=True, db_collation="C", editable=False)
    created_at = models.DateTimeField("when")

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = "activity"
        verbose_name_plural = "activity log"
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["object_type", "object_id"], name="auditevent_by_object"),
            models.Index(fields=["team_id", "-created_at"], name="auditevent_by_team"),
            models.Index(fields=["contest_id", "created_at"], name="auditevent_by_contest"),
            models.Index(fields=["-created_at"], name="auditevent_by_time"),
            models.Index(fields=["team_id", "action", "-created_at"], name="auditevent_by_action"),
            models.Index(fields=["actor", "-created_at"], condition=Q(actor__isnull=False), name="auditevent_by_actor"),
            models.Index(fields=["api_key_id", "-created_at"], condition=~Q(api_key_id=""), name="auditevent_by_key"),
        ]

    def __str__(self) -> str:
        return str(self.get_action_display())  # the page's title; the sentence below it says of what

    @property
    def actor_name(self) -> str:
        """The user or API key; “BlitzRocket” for background work."""
        name = self.actor.get_full_name() or self.actor.get_username() if self.actor else self.api_key_name
        return str(name or "BlitzRocket")
