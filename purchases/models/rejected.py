"""Attempts that were refused: kept where an order can be found by them, counted where not."""

from typing import Any

from django.db import models
from django.db.models import Q

from apikeys.models import ApiKey
from blitzrocket.accounts.models import Team
from blitzrocket.ids import MAX_LENGTH, id_field
from blitzrocket.strict_json import ExactDecoder, ExactEncoder
from contests.models import Contest, RuleSet
from purchases.models.order import MAX_SENT_LENGTH, order_id_field, order_key_field
from purchases.models.purchase import Purchase

NEXT_NUMBER = models.Func(
    models.Value("purchases_rejectedpurchase_number"), function="nextval", output_field=models.BigIntegerField()
)


class RejectedPurchaseQuerySet(models.QuerySet["RejectedPurchase"]):
    def open(self) -> "RejectedPurchaseQuerySet":
        """Attempts that nobody has dealt with."""
        return self.filter(state__in=RejectedPurchase.OPEN)

    def locked(self, attempt: "RejectedPurchase") -> "RejectedPurchase | None":
        """The attempt as it is, held until the transaction ends; None where it was deleted."""
        found = self.filter(contest_sent=attempt.contest_sent, pk=attempt.pk)
        return found.select_for_update(no_key=True).first()

    def of_order(self, contest_id: str, order_id: str) -> "RejectedPurchaseQuerySet":
        """A team's attempts at an order of its own contest; what others sent to this contest's id is theirs."""
        return self.filter(contest_sent=contest_id, contest=contest_id, order_id=order_id)


class RejectedPurchase(models.Model):
    """An attempt to record an order that was refused, with what was sent; one row an order and reason.

    Refused only because no entry had the address, it is held: ``purchased_at``, ``rule_set`` and ``contest_then`` keep
    what its purchase will be judged by when such an entry appears. A shop may send each of its orders, most of them
    from people without an entry, so each index of this table is paid for by every order that is held.
    """

    class Code(models.TextChoices):
        """The API's codes for why."""

        INVALID = "invalid_request_body", "Invalid request body"
        AMOUNT = "amount_not_positive", "Amount not positive"
        CONTEST = "contest_not_found", "Contest not found"
        ENTRY = "entry_not_found", "No entry with that email"
        PUBLIC_KEY = "private_key_required", "Sent with a public key"
        PARAMETER = "invalid_query_parameter", "Invalid query parameter"

    class State(models.TextChoices):
        REFUSED = "refused", "Refused"
        HELD = "held", "Waits for its entry"
        RECORDED = "recorded", "Recorded since"
        DISMISSED = "dismissed", "Dismissed"

    OPEN = (State.REFUSED, State.HELD)

    id = id_field("rejected")
    team = models.ForeignKey(Team, models.PROTECT, db_index=False, related_name="+", verbose_name="team")
    # The order in which the database first received them, whatever the clocks of several processes say.
    number = models.BigIntegerField(db_default=NEXT_NUMBER, editable=False)
    contest = models.ForeignKey(
        Contest,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="rejected_purchases",
        verbose_name="contest",
    )
    contest_sent = models.CharField("contest as sent", max_length=MAX_SENT_LENGTH, db_collation="C")
    order_id = order_id_field()
    order_key = order_key_field()
    code = models.CharField("reason", max_length=40, choices=Code)
    details: "models.JSONField[Any, Any]" = models.JSONField("what was wrong", default=list)
    state = models.CharField("state", max_length=9, choices=State, default=State.REFUSED)
    email = models.CharField("email as sent", max_length=MAX_SENT_LENGTH, blank=True)
    email_key = models.CharField(max_length=3 * MAX_SENT_LENGTH, blank=True, db_collation="C", editable=False)
    amount = models.CharField("amount as sent", max_length=MAX_SENT_LENGTH, blank=True)
    currency = models.CharField("currency as sent", max_length=MAX_SENT_LENGTH, blank=True)
    purchased_at = models.DateTimeField("purchased at", null=True)
    rule_set = models.ForeignKey(
        RuleSet, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name="rules then"
    )
    contest_then: "models.JSONField[Any, Any]" = models.JSONField(
        "contest then", null=True, encoder=ExactEncoder, decoder=ExactDecoder
    )
    purchase = models.ForeignKey(
        Purchase, models.PROTECT, null=True, db_index=False, related_name="refused_before", verbose_name="purchase"
    )
    api_key = models.ForeignKey(
        ApiKey, models.PROTECT, db_index=False, related_name="+", verbose_name="first sent with"
    )
    times = models.PositiveIntegerField("times", default=1)
    first_received_at = models.DateTimeField("first received")
    last_received_at = models.DateTimeField("last received")

    objects = RejectedPurchaseQuerySet.as_manager()

    class Meta:
        verbose_name = "rejected attempt"
        verbose_name_plural = "rejected attempts"
        ordering = ["-last_received_at"]
        indexes = [
            models.Index(
                fields=["api_key", "first_received_at"],
                condition=~Q(code="entry_not_found"),
                name="rejected_by_key_and_day",
            ),
            models.Index(fields=["team", "order_key"], name="rejected_by_team_and_order"),
            models.Index(fields=["team", "email_key"], name="rejected_by_team_and_email"),
            models.Index(fields=["team", "contest"], condition=Q(state="refused"), name="rejected_refused_by_team"),
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
                condition=Q(state__in=["refused", "held", "recorded", "dismissed"]), name="rejected_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="held")
                | Q(contest__isnull=False, rule_set__isnull=False, purchased_at__isnull=False),
                name="rejected_held_can_be_judged",
            ),
            models.CheckConstraint(
                condition=Q(state="recorded", purchase__isnull=False) | (~Q(state="recorded") & Q(purchase=None)),
                name="rejected_recorded_names_its_purchase",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.code}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def is_held(self) -> bool:
        return self.state == self.State.HELD

    @property
    def can_be_attached(self) -> bool:
        """Whether it lacked nothing but its entry."""
        return self.code == self.Code.ENTRY and self.rule_set_id is not None


class RejectionCount(models.Model):
    """How often record calls were refused without being kept: a key's day and reason.

    Several rows count for the same, chosen at random, so that a flood of refusals does not queue for one row. The
    table is unlogged (see migrations): a crash of the database may forget counts, never purchases.
    """

    SLOTS = 16

    day = models.DateField("day")
    code = models.CharField("reason", max_length=40)
    key_id = models.CharField(max_length=MAX_LENGTH, blank=True, db_collation="C")
    slot = models.PositiveSmallIntegerField()
    times = models.PositiveBigIntegerField("times")

    class Meta:
        verbose_name = "refusal count"
        verbose_name_plural = "refusal counts"
        constraints = [
            models.UniqueConstraint(fields=["day", "code", "key_id", "slot"], name="rejectioncount_unique_slot"),
        ]
