"""Rejected orders: saved where support can find the order by them, otherwise only counted."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from apikeys.models import ApiKey
from blitzrocket.accounts.models import Team
from blitzrocket.ids import MAX_LENGTH, id_field
from blitzrocket.model_fields import ExactJSONField
from contests.models import Contest, RuleSet
from contests.models.fields import ContestForeignKey, ContestRow, TeamForeignKey
from purchases.models.order import MAX_SENT_LENGTH, order_id_field, order_key_field
from purchases.models.purchase import Purchase

NEXT_NUMBER = models.Func(
    models.Value("purchases_rejectedpurchase_number"), function="nextval", output_field=models.BigIntegerField()
)


class RejectedPurchaseQuerySet(models.QuerySet["RejectedPurchase"]):
    def open(self) -> "RejectedPurchaseQuerySet":
        """Orders that are not resolved yet, also those on hold."""
        return self.filter(state__in=RejectedPurchase.OPEN)

    def locked(self, rejected: "RejectedPurchase") -> "RejectedPurchase | None":
        """The current row, locked until the transaction ends; None where it was deleted."""
        rows = self.filter(contest_sent=rejected.contest_sent, pk=rejected.pk)
        return rows.select_for_update(no_key=True).first()

    def of_order(self, contest_id: str, order_id: str) -> "RejectedPurchaseQuerySet":
        """The rows of one order of a team's own contest, without those that other teams sent to the same contest id."""
        return self.filter(contest_sent=contest_id, contest=contest_id, order_id=order_id)


class RejectedPurchase(ContestRow):
    """A rejected order with the values received; one row per order and reason.

    It belongs to the contest as sent (``contest_sent``), which may not exist or be another team's: that is the contest
    that writes and locks name. ``contest`` is the same where the team has it, otherwise empty; reads may name it, or
    the team.

    Rejected only because no entry has its email, it is held: ``purchased_at``, ``rule_set`` and ``contest_state`` are
    what its purchase will be scored by once there is such an entry. A shop may send all of its orders, most of them
    from customers without an entry, so every held order pays for each index of this table.
    """

    contest_column = "contest_sent"

    class Code(models.TextChoices):
        """The API's error codes."""

        INVALID = "invalid_request_body", "Invalid request body"
        AMOUNT = "amount_not_positive", "Amount not positive"
        CONTEST = "contest_not_found", "Contest not found"
        ENTRY = "entry_not_found", "No entry with that email"
        PUBLIC_KEY = "private_key_required", "Sent with a public key"
        PARAMETER = "invalid_query_parameter", "Invalid query parameter"

    class State(models.TextChoices):
        REJECTED = "rejected", "Rejected"
        HELD = "held", "Waiting for entry"
        RECORDED = "recorded", "Resolved"
        DISMISSED = "dismissed", "Dismissed"

    OPEN = (State.REJECTED, State.HELD)

    id = id_field("rejected")
    team = models.ForeignKey(Team, models.PROTECT, db_index=False, related_name="+", verbose_name="team")
    # The order of first receipt by the database, independent of the clocks of several processes.
    number = models.BigIntegerField(db_default=NEXT_NUMBER, editable=False)
    contest = models.ForeignKey(
        Contest,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="rejected_purchases",
        verbose_name="contest",
    )
    contest_sent = models.CharField("contest ID as sent", max_length=MAX_SENT_LENGTH, db_collation="C")
    order_id = order_id_field()
    order_key = order_key_field()
    code = models.CharField("reason", max_length=40, choices=Code)
    details: "models.JSONField[Any, Any]" = models.JSONField("problems", default=list)
    state = models.CharField("state", max_length=9, choices=State, default=State.REJECTED)
    email = models.CharField("email", max_length=MAX_SENT_LENGTH, blank=True)
    email_key = models.CharField(max_length=3 * MAX_SENT_LENGTH, blank=True, db_collation="C", editable=False)
    amount = models.CharField("amount", max_length=MAX_SENT_LENGTH, blank=True)
    currency = models.CharField("currency", max_length=MAX_SENT_LENGTH, blank=True)
    purchased_at = models.DateTimeField("purchased at", null=True)
    rule_set = ContestForeignKey(
        RuleSet, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name="rules at first receipt"
    )
    contest_state = ExactJSONField("contest at first receipt", null=True)
    # Recorded by a user, perhaps in another contest than it was sent to.
    purchase = TeamForeignKey(
        Purchase, models.PROTECT, null=True, db_index=False, related_name="rejections", verbose_name="purchase"
    )
    api_key = models.ForeignKey(ApiKey, models.PROTECT, db_index=False, related_name="+", verbose_name="API key")
    times = models.PositiveIntegerField("receipts", default=1)
    first_received_at = models.DateTimeField("first received")
    last_received_at = models.DateTimeField("last received")

    objects = RejectedPurchaseQuerySet.as_manager()

    class Meta:
        verbose_name = "rejected order"
        verbose_name_plural = "rejected orders"
        indexes = [
            models.Index(
                fields=["api_key", "first_received_at"],
                condition=~Q(code="entry_not_found"),
                name="rejected_by_key_and_day",
            ),
            models.Index(fields=["team", "order_key"], name="rejected_by_team_and_order"),
            models.Index(fields=["team", "email_key"], name="rejected_by_team_and_email"),
            models.Index(fields=["team", "contest"], condition=Q(state="rejected"), name="rejected_open_by_team"),
            models.Index(
                fields=["contest", "last_received_at", "id"], condition=Q(state="held"), name="rejected_held_by_time"
            ),
            models.Index(fields=["last_received_at"], condition=~Q(state="held"), name="rejected_not_held_by_time"),
            models.Index(fields=["purchase"], condition=Q(purchase__isnull=False), name="rejected_by_purchase"),
            models.Index(fields=["team", "-last_received_at", "-id"], name="rejected_by_team"),
            models.Index(fields=["-last_received_at", "-id"], name="rejected_by_time"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contest_sent", "order_id", "code", "team"], name="rejected_unique_order_and_code"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["rejected", "held", "recorded", "dismissed"]), name="rejected_state_known"
            ),
            models.CheckConstraint(
                condition=Q(contest=None) | Q(contest=F("contest_sent")), name="rejected_contest_is_the_one_sent"
            ),
            models.CheckConstraint(
                condition=~Q(state="held")
                | Q(contest__isnull=False, rule_set__isnull=False, purchased_at__isnull=False),
                name="rejected_held_can_be_scored",
            ),
            models.CheckConstraint(
                condition=Q(state="recorded", purchase__isnull=False) | (~Q(state="recorded") & Q(purchase=None)),
                name="rejected_recorded_names_its_purchase",
            ),
        ]

    def __str__(self) -> str:
        return self.order_id

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def is_held(self) -> bool:
        return self.state == self.State.HELD

    @property
    def can_be_attached(self) -> bool:
        """Whether only its entry is missing."""
        return self.code == self.Code.ENTRY and self.rule_set_id is not None


class RejectionCount(models.Model):
    """How many rejected orders were not saved, by day, reason and key.

    The count is split over random slots, so that a flood of rejections does not queue for one row. The table is
    unlogged (see migrations): a crash of the database may lose counts, never purchases.
    """

    SLOTS = 16

    day = models.DateField("day")
    code = models.CharField("reason", max_length=40)
    key_id = models.CharField(max_length=MAX_LENGTH, blank=True, db_collation="C")
    slot = models.PositiveSmallIntegerField()
    times = models.PositiveBigIntegerField("times")

    class Meta:
        verbose_name = "rejection count"
        verbose_name_plural = "rejection counts"
        constraints = [
            models.UniqueConstraint(fields=["day", "code", "key_id", "slot"], name="rejectioncount_unique_slot"),
        ]
