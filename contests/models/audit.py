"""The audit: what people did, and what the same thing was before and after."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from blitzrocket.exact_json import ExactDecoder, ExactEncoder
from blitzrocket.ids import MAX_LENGTH, id_field
from contests.models.contest import Contest
from contests.models.people import Team

MAX_REASON_LENGTH = 500


class AuditLineQuerySet(models.QuerySet["AuditLine"]):
    def about(self, obj: models.Model) -> "AuditLineQuerySet":
        """What was done to one object, the newest first."""
        return self.filter(object_type=obj._meta.model_name, object_id=obj.pk)


class AuditLine(models.Model):
    """One act. The database refuses to change or delete it.

    Objects are named by type and id and may be gone. Before and after hold no personal values: where an address or
    a name changed, they say only that it did.
    """

    class Action(models.TextChoices):
        ADDED = "added", _("Added")
        CHANGED = "changed", _("Changed")
        DELETED = "deleted", _("Deleted")
        PUBLISHED = "published", _("Rules published")
        REVOKED = "revoked", _("Revoked")
        ACCEPTED = "accepted", _("Invitation accepted")
        ADJUSTED = "adjusted", _("Points adjusted")
        RECORDED = "recorded", _("Recorded by hand")
        REFUNDED = "refunded", _("Refunded")
        VOIDED = "voided", _("Voided")
        RESTORED = "restored", _("Void taken back")
        MOVED = "moved", _("Moved")
        ATTACHED = "attached", _("Attached to an entry")
        DETACHED = "detached", _("Attaching taken back")
        DISMISSED = "dismissed", _("Dismissed")
        REOPENED = "reopened", _("Opened again")
        RECALCULATED = "recalculated", _("Past purchases recalculated")
        UNDONE = "undone", _("Recalculation taken back")
        COPIED = "copied", _("Made as a copy")
        EXPORTED = "exported", _("Exported")
        IMPORTED = "imported", _("Imported")
        UNIMPORTED = "unimported", _("Import taken back")

    id = id_field("act")
    team = models.ForeignKey(Team, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("team"))
    contest = models.ForeignKey(
        Contest, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("contest")
    )
    action = models.CharField(_("what"), max_length=20, choices=Action)
    object_type = models.CharField(_("kind of object"), max_length=40, db_collation="C")
    object_id = models.CharField(_("object"), max_length=MAX_LENGTH, db_collation="C")
    reason = models.CharField(_("reason"), max_length=MAX_REASON_LENGTH, blank=True)
    before: "models.JSONField[Any, Any]" = models.JSONField(
        _("before"), default=dict, encoder=ExactEncoder, decoder=ExactDecoder
    )
    after: "models.JSONField[Any, Any]" = models.JSONField(
        _("after"), default=dict, encoder=ExactEncoder, decoder=ExactDecoder
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("by")
    )
    api_key = models.ForeignKey(
        "apikeys.ApiKey", models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("with the key")
    )
    # What was asked for, so that the id of one act does nothing else; empty for acts from before there was one.
    request_digest = models.CharField(max_length=64, blank=True, db_collation="C", editable=False)
    created_at = models.DateTimeField(_("when"))

    objects = AuditLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("act")
        verbose_name_plural = _("acts")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["object_type", "object_id"], name="auditline_by_object"),
            models.Index(fields=["team", "-created_at"], name="auditline_by_team"),
            models.Index(fields=["contest", "created_at"], name="auditline_by_contest"),
            models.Index(fields=["-created_at"], name="auditline_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.object_type} {self.object_id}"

    @property
    def who(self) -> str:
        """The person, or the key that did it."""
        return str(self.actor or self.api_key or _("BlitzRocket"))
