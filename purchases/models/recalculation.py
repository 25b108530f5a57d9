"""Recalculations: recorded purchases scored again with other rules; each can be undone."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from blitzrocket.audit.models import MAX_REASON_LENGTH
from blitzrocket.ids import id_field
from blitzrocket.jobs.models import Job
from blitzrocket.model_fields import ExactJSONField
from blitzrocket.numbers import show_number
from contests.models import Contest, RuleSet
from contests.models.fields import ContestForeignKey, ContestRow


class Recalculation(ContestRow):
    """A job that scores a contest's purchases again with one of its rule sets, and its progress."""

    JOB_KIND, UNDO_JOB_KIND = "recalculate", "undo_recalculation"

    id = id_field("recalculation")
    contest = models.ForeignKey(
        Contest, models.PROTECT, db_index=False, related_name="recalculations", verbose_name="contest"
    )
    rule_set = ContestForeignKey(RuleSet, models.PROTECT, db_index=False, related_name="+", verbose_name="rules")
    since = models.DateTimeField("orders recorded since", null=True, help_text="Empty for all orders.")
    reason = models.CharField("reason", max_length=MAX_REASON_LENGTH)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name="by"
    )
    job = models.ForeignKey(Job, models.PROTECT, db_index=False, related_name="+", verbose_name="job")
    undo_job = models.ForeignKey(
        Job, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name="undo job"
    )
    # The last purchase scored, after which the job resumes where its process was killed.
    at_purchase = models.CharField(max_length=64, blank=True, db_collation="C", editable=False)
    scored_count = models.PositiveBigIntegerField("orders scored", default=0)
    changed_count = models.PositiveBigIntegerField("orders changed", default=0)
    points = models.BigIntegerField("points added", default=0, help_text="Net of points removed.")
    created_at = models.DateTimeField("when")

    class Meta:
        verbose_name = "recalculation"
        verbose_name_plural = "recalculations"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["contest", "id"], name="recalculation_by_contest"),
            models.UniqueConstraint(fields=["contest", "job"], name="recalculation_unique_job"),
            models.UniqueConstraint(fields=["contest", "undo_job"], name="recalculation_unique_undo_job"),
            models.CheckConstraint(
                condition=Q(changed_count__lte=models.F("scored_count")), name="recalculation_changed_at_most_scored"
            ),
        ]

    def __str__(self) -> str:
        return str(self.rule_set)

    @property
    def is_undone(self) -> bool:
        """Whether it was undone completely."""
        return self.undo_job is not None and self.undo_job.state == Job.State.DONE


class RecalculatedAward(ContestRow):
    """What a recalculation made of a purchase's award. The database refuses to change or delete it."""

    id = id_field("award")
    contest = models.ForeignKey(Contest, models.PROTECT, db_index=False, related_name="+", verbose_name="contest")
    purchase = ContestForeignKey(
        "purchases.Purchase",
        models.PROTECT,
        db_index=False,
        related_name="recalculated_awards",
        verbose_name="purchase",
    )
    recalculation = ContestForeignKey(
        Recalculation, models.PROTECT, db_index=False, related_name="recalculated_awards", verbose_name="recalculation"
    )
    previous = ContestForeignKey(
        "self", models.PROTECT, null=True, db_index=False, related_name="+", verbose_name="previous award"
    )
    rule_set = ContestForeignKey(RuleSet, models.PROTECT, db_index=False, related_name="+", verbose_name="rules")
    scoring = ExactJSONField("scoring")  # see `contests.stored_scoring`
    points_before = models.BigIntegerField("points before")
    points_after = models.BigIntegerField("points after", help_text="For the amount left after refunds.")
    created_at = models.DateTimeField("when")

    class Meta:
        verbose_name = "recalculated award"
        verbose_name_plural = "recalculated awards"
        ordering = ["id"]
        indexes = [models.Index(fields=["contest", "recalculation", "id"], name="award_by_recalculation")]
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "purchase", "recalculation"], name="recalculatedaward_once_per_recalculation"
            ),
            models.CheckConstraint(
                condition=Q(points_before__gte=0, points_after__gte=0), name="recalculatedaward_points_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{show_number(self.points_before)} → {show_number(self.points_after)}"
