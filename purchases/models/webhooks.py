"""Webhook endpoints of other systems, and the outbox: the events that they are told."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from blitzrocket.ids import MAX_LENGTH, id_field
from contests.models import Contest
from contests.models.fields import ContestRow

MAX_URL_LENGTH = 500
MAX_MESSAGE_LENGTH = 300


class EventKind(models.TextChoices):
    """What an event tells; its value is the ``type`` of the message."""

    RECORDED = "purchase.recorded", "Purchase recorded"
    REFUNDED = "purchase.refunded", "Purchase refunded"
    VOIDED = "purchase.voided", "Purchase voided"
    HELD = "purchase.held", "Order on hold"
    ADJUSTED = "points.adjusted", "Points adjusted"
    CREATED = "entry.created", "Entry created"
    ENDED = "contest.ended", "Contest ended"


TEST = "webhook.test"  # sent by a person, to an endpoint of any choice


class WebhookEndpoint(ContestRow):
    """A URL of another system that is told what happens in a contest."""

    class State(models.TextChoices):
        PAUSED = "paused", "Paused"
        STOPPED = "stopped", "Paused after failures"
        FAILING = "failing", "Failing"
        WAITING = "waiting", "Nothing sent yet"
        ACTIVE = "active", "Active"

    id = id_field("endpoint")
    contest = models.ForeignKey(Contest, models.PROTECT, related_name="+", verbose_name="contest")
    name = models.CharField("name", max_length=100, help_text="For your team, for example “CRM”.")
    url = models.CharField("URL", max_length=MAX_URL_LENGTH, help_text="Starts with https://.")
    kinds: "ArrayField[list[str], list[str]]" = ArrayField(
        models.CharField(max_length=20, choices=EventKind), verbose_name="events"
    )
    # Encrypted: see `purchases.stores.secrets`. The previous one signs too for a while, so that both sides can change.
    secret = models.TextField(editable=False)
    previous_secret = models.TextField(blank=True, editable=False)
    previous_secret_until = models.DateTimeField(null=True, editable=False)
    is_active = models.BooleanField("active", default=True)
    # Since when each request has failed; empty after one that succeeded. Written by the sender, like what follows.
    failing_since = models.DateTimeField(null=True, editable=False)
    last_sent_at = models.DateTimeField("last sent", null=True, editable=False)
    # Whether the contest's end was told, or was over before there was somebody to tell; until it runs again.
    is_end_told = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField("created at", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name="created by"
    )

    class Meta:
        verbose_name = "webhook endpoint"
        verbose_name_plural = "webhook endpoints"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    def has_old_secret_at(self, now: datetime) -> bool:
        """Whether a replaced secret signs too."""
        return bool(self.previous_secret and self.previous_secret_until and now < self.previous_secret_until)

    @property
    def state(self) -> "WebhookEndpoint.State":
        if not self.is_active:
            return self.State.STOPPED if self.failing_since else self.State.PAUSED
        if self.failing_since:
            return self.State.FAILING
        return self.State.ACTIVE if self.last_sent_at else self.State.WAITING


class OutgoingEvent(ContestRow):
    """An event for one endpoint: which fact it tells, and how far its sending is.

    It names the fact by ids, because a row is written with every order where there is a subscriber. The message is
    composed of the facts when it is sent. Its id is that of the message, by which the receiver knows it again.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Waiting"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"

    id = id_field("msg")
    # No keys in the database: each would lock a row that all events of a contest share.
    contest = models.ForeignKey(
        Contest, models.PROTECT, db_index=False, db_constraint=False, related_name="+", verbose_name="contest"
    )
    endpoint_id = models.CharField(max_length=MAX_LENGTH, db_collation="C")
    kind = models.CharField("event", max_length=20)
    object_id = models.CharField(max_length=MAX_LENGTH, blank=True, db_collation="C")
    entry_id = models.CharField(max_length=MAX_LENGTH, blank=True, db_collation="C")  # at that time
    line_id = models.CharField(max_length=MAX_LENGTH, blank=True, db_collation="C")  # of the ledger
    state = models.CharField("status", max_length=7, choices=State, default=State.PENDING, db_default=State.PENDING)
    # When it is sent next. While a process sends it, the end of its lease: after a crash, it is sent again then.
    due_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)  # since it happened, or was sent again by hand
    attempts: "models.JSONField[Any, Any]" = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField())
    )  # its requests: see `stored_request`
    created_at = models.DateTimeField("happened", default=timezone.now)
    finished_at = models.DateTimeField("finished", null=True)

    class Meta:
        verbose_name = "event"
        verbose_name_plural = "events"
        indexes = [
            models.Index(
                fields=["contest", "endpoint_id", "due_at", "id"],
                condition=Q(state="pending"),
                name="outgoingevent_due",
            ),
            models.Index(fields=["contest", "endpoint_id", "-id"], name="outgoingevent_by_endpoint"),
            models.Index(
                fields=["contest", "endpoint_id", "-id"], condition=Q(state="failed"), name="outgoingevent_failed"
            ),
        ]

    def __str__(self) -> str:
        return self.kind

    @property
    def kind_label(self) -> str:
        return "Test" if self.kind == TEST else str(EventKind(self.kind).label)


# Requests wait for 24 hours in all, a little more or less by chance.
BACK_OFF = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 8 * 3600)
)


def stored_request(at: datetime, *, status: int | None, milliseconds: int, response: str) -> dict[str, Any]:
    """A request as an event stores it: without a status, the response says why there is none."""
    return {"at": at.isoformat(), "status": status, "ms": milliseconds, "answer": response}
