"""Connections to stores, what they deliver, and the ids that a store has for an order."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from apikeys.models import ApiKey
from blitzrocket.ids import id_field
from blitzrocket.model_fields import CompressedField, ExactJSONField
from contests.models import Contest
from contests.models.fields import ContestRow
from purchases.models.order import order_id_field, order_key_field

MAX_OTHER_ID_LENGTH = 255
MAX_MESSAGE_LENGTH = 500
MAX_PROVIDER_ID_LENGTH = 255


class StoreConnection(ContestRow):
    """A contest's link to one store. What it delivers is recorded with its own API key, which no call can use."""

    class State(models.TextChoices):
        PAUSED = "paused", "Paused"
        FAILING = "failing", "Failing"
        WAITING = "waiting", "Waiting for the first delivery"
        SILENT = "silent", "Silent"
        ACTIVE = "active", "Active"

    class Problem(models.TextChoices):
        """Why the newest request of the store brought nothing."""

        SIGNATURE = "signature", "Its signature is invalid"
        SECRET = "secret", "The secret is missing or can't be read"
        UNUSABLE = "unusable", "It could not be used"
        FAILED = "failed", "Processing failed"

    # No silence is shorter than this, however busy the store was.
    SHORTEST_SILENCE = timedelta(days=1)

    id = id_field("connection")
    contest = models.ForeignKey(Contest, models.PROTECT, related_name="+", verbose_name="contest")
    api_key = models.OneToOneField(ApiKey, models.PROTECT, related_name="store_connection", editable=False)
    kind = models.CharField("store", max_length=20)
    name = models.CharField("name", max_length=100, help_text="For your team, for example “German shop”.")
    options: "models.JSONField[Any, Any]" = models.JSONField(default=dict, blank=True)
    # Encrypted: see `purchases.stores.secrets`. The previous one is valid for a while, so that both sides can change.
    # Empty until the owner enters what the store shows.
    secret = models.TextField(blank=True, editable=False)
    previous_secret = models.TextField(blank=True, editable=False)
    previous_secret_until = models.DateTimeField(null=True, editable=False)
    is_active = models.BooleanField("active", default=True)
    created_at = models.DateTimeField("created at", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name="created by"
    )
    # How it is doing; written once a minute at most: see `purchases.stores.health`.
    active_since = models.DateTimeField(editable=False)  # made, or resumed
    last_delivery_at = models.DateTimeField("last delivery", null=True, editable=False)
    longest_silence = models.DurationField(default=timedelta, editable=False)  # between two deliveries
    problem = models.CharField(max_length=9, choices=Problem, blank=True, editable=False)
    problem_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "store connection"
        verbose_name_plural = "store connections"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def quiet_since(self) -> datetime:
        """The last delivery; where none came since it is active, the beginning of that."""
        return max(self.active_since, self.last_delivery_at or self.active_since)

    def has_old_secret_at(self, now: datetime) -> bool:
        """Whether a replaced secret is still valid."""
        return bool(self.previous_secret and self.previous_secret_until and now < self.previous_secret_until)

    def state_at(self, now: datetime) -> "StoreConnection.State":
        if not self.is_active:
            return self.State.PAUSED
        if self.problem:
            return self.State.FAILING
        if self.last_delivery_at is None:
            return self.State.WAITING
        return self.State.SILENT if self.is_silent_at(now) else self.State.ACTIVE

    def is_silent_at(self, now: datetime) -> bool:
        """Whether it has been silent for longer than ever before."""
        return now - self.quiet_since > max(self.longest_silence, self.SHORTEST_SILENCE)


class StoreDelivery(ContestRow):
    """A delivery as received, with what became of it."""

    class State(models.TextChoices):
        RECEIVED = "received", "Received"  # not finished: its process may have ended
        DONE = "done", "Done"
        NOT_USED = "not_used", "Not used"
        TEST = "test", "Test"
        WAITING = "waiting", "Waiting for its order"
        UNUSABLE = "unusable", "Unusable"
        FAILED = "failed", "Failed"

    # Delivered again, these are not processed again.
    FINAL = (State.DONE, State.NOT_USED, State.TEST, State.UNUSABLE)
    OPEN = (State.FAILED, State.UNUSABLE, State.RECEIVED)  # they need a person

    id = id_field("delivery")
    # Its connection's foreign key carries the contest: one of its own would lock the contest's row for every row here.
    contest = models.ForeignKey(
        Contest, models.PROTECT, db_index=False, db_constraint=False, related_name="+", verbose_name="contest"
    )
    connection = models.ForeignKey(
        StoreConnection, models.PROTECT, db_index=False, related_name="+", verbose_name="connection"
    )
    provider_id = models.CharField(
        "delivery ID",
        max_length=MAX_PROVIDER_ID_LENGTH,
        blank=True,
        db_collation="C",
        help_text="As the store sent it.",
    )
    topic = models.CharField("event", max_length=100, blank=True)
    state = models.CharField("status", max_length=8, choices=State, default=State.RECEIVED)
    message = models.CharField("result", max_length=MAX_MESSAGE_LENGTH, blank=True)
    order_id = models.CharField("order ID", max_length=255, blank=True, db_collation="C")
    waits_for: "models.JSONField[Any, Any]" = models.JSONField(default=list, editable=False)
    headers: "models.JSONField[Any, Any]" = models.JSONField(default=dict, editable=False)
    body = CompressedField(editable=False)
    times = models.PositiveIntegerField("receipts", default=1)
    received_at = models.DateTimeField("received")
    # The store's own time of what it says, where deliveries of an order may overtake each other.
    as_of = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField("finished", null=True)

    class Meta:
        verbose_name = "delivery"
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(fields=["contest", "connection", "-received_at", "-id"], name="delivery_by_connection"),
            models.Index(fields=["contest", "order_id"], condition=~Q(order_id=""), name="delivery_by_order"),
            models.Index(
                fields=["contest", "state", "-received_at", "-id"], condition=~Q(state="done"), name="delivery_by_state"
            ),
            models.Index(fields=["contest", "topic", "-received_at", "-id"], name="delivery_by_event"),
            GinIndex(fields=["waits_for"], condition=Q(state="waiting"), name="delivery_by_waits_for"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "connection", "provider_id"],
                condition=~Q(provider_id=""),
                name="delivery_unique_provider_id",
            ),
        ]

    def __str__(self) -> str:
        return self.topic or self.id


class StoreOrderId(ContestRow):
    """Another id of an order in its store, such as that of its payment; refunds and the search find it by this."""

    id = id_field("orderid")
    # Its connection's foreign key carries the contest: one of its own would lock the contest's row for every row here.
    contest = models.ForeignKey(
        Contest, models.PROTECT, db_index=False, db_constraint=False, related_name="+", verbose_name="contest"
    )
    connection = models.ForeignKey(
        StoreConnection, models.PROTECT, db_index=False, related_name="+", verbose_name="connection"
    )
    other_id = models.CharField(max_length=MAX_OTHER_ID_LENGTH, db_collation="C")
    other_key = order_key_field()
    order_id = order_id_field()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contest", "connection", "other_id"], name="storeorderid_unique"),
        ]
        indexes = [
            models.Index(fields=["contest", "other_key"], name="storeorderid_by_key"),
            models.Index(fields=["contest", "order_id"], name="storeorderid_by_order"),
        ]

    def __str__(self) -> str:
        return self.other_id


class StoreRefunds(ContestRow):
    """What a store said of an order's refunds: each by its id, and totals by their source. See `refund_totals`."""

    id = id_field("storerefunds")
    contest = models.ForeignKey(Contest, models.PROTECT, db_index=False, related_name="+", verbose_name="contest")
    connection = models.ForeignKey(
        StoreConnection, models.PROTECT, db_index=False, related_name="+", verbose_name="connection"
    )
    order_id = order_id_field()
    by_id = ExactJSONField(default=dict)
    totals = ExactJSONField(default=dict)
    failed = ExactJSONField(default=dict)
    passed_on = ExactJSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contest", "connection", "order_id"], name="storerefunds_unique_order"),
        ]

    def __str__(self) -> str:
        return self.order_id
