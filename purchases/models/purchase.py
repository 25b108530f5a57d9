"""Recorded orders."""

from datetime import UTC, tzinfo
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q

from apikeys.models import ApiKey
from blitzrocket.emails import MAX_EMAIL_LENGTH, MAX_KEY_LENGTH
from blitzrocket.ids import id_field
from blitzrocket.model_fields import ExactJSONField
from contests.explanation import explain, explain_imported
from contests.models import Contest, Entry, RuleSet
from contests.models.fields import ContestForeignKey, ContestRow, is_consistent
from contests.models.rule_cache import published_rules
from contests.money import in_minor_units
from contests.scoring import ScoringFacts, imported_points_that_stay, points_that_stay, score
from contests.stored_scoring import StoredScoring, facts_from, read_scoring
from purchases.models.order import order_id_field, order_key_field
from purchases.models.past_orders import PurchaseImport
from purchases.models.recalculation import RecalculatedAward


class PurchaseQuerySet(models.QuerySet["Purchase"]):
    def find_order(self, contest_id: str, order_id: str) -> "Purchase | None":
        """The purchase of an order; None where it is not recorded."""
        return self.filter(contest=contest_id, order_id=order_id).first()


class Purchase(ContestRow):
    """An order of an entry in a contest, with its points and their explanation.

    An imported purchase was imported from another service: no rule set gave its points.

    `status`, `points_now` and `refunded_amount` are the sums of its refunds, voids and moves; they are written together
    with those rows, under the lock of its entry.
    """

    class Status(models.TextChoices):
        RECORDED = "recorded", "Recorded"
        PARTIALLY_REFUNDED = "partially_refunded", "Partly refunded"
        REFUNDED = "refunded", "Refunded"
        VOIDED = "voided", "Voided"

    COUNTING = (Status.RECORDED, Status.PARTIALLY_REFUNDED)  # those with an amount left

    id = id_field("purchase")
    # Its entry's foreign key carries the contest: one of its own would lock the contest's row for every row here.
    contest = models.ForeignKey(
        Contest, models.PROTECT, db_index=False, db_constraint=False, related_name="purchases", verbose_name="contest"
    )
    entry = ContestForeignKey(Entry, models.PROTECT, db_index=False, related_name="purchases", verbose_name="entry")
    order_id = order_id_field()
    order_key = order_key_field()
    email = models.CharField("email as sent", max_length=MAX_EMAIL_LENGTH)
    email_key = models.CharField(max_length=MAX_KEY_LENGTH, db_collation="C", editable=False)
    amount = models.DecimalField("amount", max_digits=16, decimal_places=4)
    currency = models.CharField("currency", max_length=3)
    purchased_at = models.DateTimeField("purchased at")
    status = models.CharField("status", max_length=18, choices=Status, default=Status.RECORDED)
    points_awarded = models.BigIntegerField("points awarded")
    points_now = models.BigIntegerField("points now", default=0, help_text="After refunds and adjustments.")
    # Its points before the void, which restoring gives back; undoing a recalculation while it is voided changes them.
    points_at_void = models.BigIntegerField(null=True, editable=False)
    refunded_amount = models.DecimalField(
        "refunded amount", max_digits=16, decimal_places=4, default=0, help_text="Sum of all refunds."
    )
    rule_set = ContestForeignKey(
        RuleSet, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name="rules"
    )
    # Of an imported purchase: its import, the last one where it was undone and imported again.
    source_import = ContestForeignKey(
        PurchaseImport, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name="import"
    )
    import_undone_at = models.DateTimeField("import undone at", null=True)
    recalculated_award = ContestForeignKey(
        RecalculatedAward,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name="last recalculation",
    )
    scoring = ExactJSONField("scoring")  # see `contests.stored_scoring`
    # Without a key in the database, as the rules: see decision 25.
    api_key = models.ForeignKey(
        ApiKey,
        models.PROTECT,
        null=True,
        db_index=False,
        db_constraint=False,
        related_name="+",
        verbose_name="recorded with",
    )
    duplicates = models.IntegerField(
        "duplicates ignored", default=0, help_text="How often the order was received again."
    )
    last_duplicate_at = models.DateTimeField("last duplicate", null=True)
    # Those of the last duplicate, as 1.0 wrote them; since then `DifferingDuplicate` has them. Processes of 1.0 may
    # still write it, so it goes with the minor version after this one.
    last_differences = ExactJSONField("differences", null=True)
    created_at = models.DateTimeField("recorded at")

    objects = PurchaseQuerySet.as_manager()

    class Meta:
        verbose_name = "purchase"
        verbose_name_plural = "purchases"
        ordering = ["-id"]
        indexes = [
            # As `purchase_by_contest_and_id`.
            models.Index(
                fields=["contest", "purchased_at", "id"],
                include=["currency", "status", "created_at"],
                name="purchase_by_purchase_time",
            ),
            models.Index(fields=["contest", "currency", "id"], name="purchase_by_currency"),
            models.Index(fields=["contest", "order_key"], name="purchase_by_contest_and_order"),
            models.Index(fields=["contest", "entry", "id"], name="purchase_by_contest_and_entry"),
            models.Index(
                fields=["contest", "status", "id"],
                include=["rule_set"],
                condition=~Q(status="recorded"),
                name="purchase_changed_by_status",
            ),
            models.Index(fields=["contest", "id"], condition=Q(rule_set=None), name="purchase_imported_by_contest"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["contest", "order_id"], name="purchase_unique_order_per_contest"),
            # A list by time of recording or of purchase finds its page, and counts up to 100,000, in the index alone.
            models.UniqueConstraint(
                fields=["contest", "id"],
                include=["currency", "status", "created_at", "purchased_at"],
                name="purchase_by_contest_and_id",
            ),
            # The amount can be paid; the status says what is refunded; a purchase without rules is imported; nothing is
            # negative.
            models.CheckConstraint(
                condition=is_consistent(
                    "purchase_is_consistent",
                    "order_id",
                    "amount",
                    "currency",
                    "status",
                    "refunded_amount",
                    "points_awarded",
                    "points_now",
                    "duplicates",
                    "rule_set",
                    "recalculated_award",
                    "source_import",
                    "import_undone_at",
                ),
                name="purchase_is_consistent",
            ),
        ]

    def __str__(self) -> str:
        return self.order_id

    @property
    def money(self) -> Decimal:
        """The amount with its currency's minor digits."""
        return in_minor_units(self.amount, self.currency)

    @property
    def money_left(self) -> Decimal:
        """The amount after refunds."""
        return in_minor_units(self.amount - self.refunded_amount, self.currency)

    @property
    def money_refunded(self) -> Decimal:
        """The sum of its refunds."""
        return in_minor_units(self.refunded_amount, self.currency)

    @property
    def is_voided(self) -> bool:
        return self.status == self.Status.VOIDED

    @property
    def is_imported(self) -> bool:
        """Whether it was imported from another service with the points it had there."""
        return self.rule_set_id is None

    def explain(self, zone: tzinfo = UTC) -> dict[str, Any]:
        """How its points came about when it was recorded; days in its sentences are those of the zone."""
        scoring = read_scoring(self.scoring)
        if self.rule_set_id is None:
            return explain_imported(
                self.order_id, self.money, self.currency, self.purchased_at, self.points_awarded, is_added=scoring.added
            )
        return _explain(self, self.rule_set_id, self.facts_in(scoring), zone)

    @property
    def scoring_facts(self) -> ScoringFacts:
        """The facts of its recording."""
        return self.facts_in(read_scoring(self.scoring))

    def explain_last(self, zone: tzinfo = UTC) -> dict[str, Any]:
        """How its points came about when it was recorded or recalculated last."""
        award = self.recalculated_award
        return self.explain_recalculated(award, zone) if award else self.explain(zone)

    def explain_recalculated(self, award: RecalculatedAward, zone: tzinfo = UTC) -> dict[str, Any]:
        """How its points came about in a recalculation."""
        return _explain(self, award.rule_set_id, self.facts_in(read_scoring(award.scoring)), zone)

    def facts_in(self, scoring: StoredScoring) -> ScoringFacts:
        """The facts of its recording or of a recalculation."""
        return facts_from(scoring, self.money, self.currency, self.purchased_at)

    def points_that_stay(self, points: int, amount_left: Decimal) -> int:
        """How many of these points it keeps when this amount is left.

        Scored with the rules and facts of its recording or last recalculation.
        """
        scored = self.recalculated_award or self
        if scored.rule_set_id is None:
            return imported_points_that_stay(points, self.points_awarded, self.amount, amount_left)
        terms = published_rules(self.contest_id, scored.rule_set_id).terms
        return points_that_stay(points, terms, self.facts_in(read_scoring(scored.scoring)), amount_left)

    def status_for(self, refunded_amount: Decimal) -> "Purchase.Status":
        """The status with this amount refunded, of a purchase that is not voided."""
        if refunded_amount <= 0:
            return self.Status.RECORDED
        return self.Status.PARTIALLY_REFUNDED if refunded_amount < self.amount else self.Status.REFUNDED


def _explain(purchase: Purchase, rule_set_id: str, facts: ScoringFacts, zone: tzinfo) -> dict[str, Any]:
    rules = published_rules(purchase.contest_id, rule_set_id)
    return explain(purchase.order_id, rules.number, rules.terms, facts, score(rules.terms, facts), zone=zone)
