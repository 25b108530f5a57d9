"""The ledger: the lines that add up to an entry's points."""

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When

from blitzrocket.ids import MAX_LENGTH, id_field
from blitzrocket.numbers import show_number
from contests.models.contest import Contest
from contests.models.entry import Entry
from contests.models.fields import ContestForeignKey, ContestRow, is_consistent


class PointTransactionQuerySet(models.QuerySet["PointTransaction"]):
    def not_undone(self, contest_id: str, purchase_ids: Iterable[str], kind: str) -> "list[PointTransaction]":
        """The lines of a kind of these purchases that neither are undone nor undo another, in the order of writing.

        Lines that undo others are read with these, by purchase: there is no index on what a line undoes.
        """
        lines = list(self.filter(contest=contest_id, purchase_id__in=purchase_ids, kind=kind).order_by("pk"))
        undone_ids = {line.undoes_id for line in lines}
        return [line for line in lines if line.undoes_id is None and line.pk not in undone_ids]


class PointTransaction(ContestRow):
    """A signed ledger line. A trigger refuses changes and deletions; a correction is another line.

    Only the erasure of a person removes what its reason says.

    A line that undoes another (of a void, when the purchase is restored) has its kind and the opposite sign.
    """

    class Kind(models.TextChoices):
        EARNED = "earned", "Earned"
        REFUNDED = "refunded", "Refunded"
        VOIDED = "voided", "Voided"
        MOVED_OUT = "moved_out", "Moved out"
        MOVED_IN = "moved_in", "Moved in"
        RECALCULATED = "recalculated", "Recalculated"
        ADJUSTED = "adjusted", "Adjusted"
        BONUS = "bonus", "Bonus"
        REFERRAL = "referral", "Referral"

    id = id_field("points")
    # A foreign key would lock the contest's row for every row here. Its entry stays, and so does the contest of that.
    contest = models.ForeignKey(
        Contest, models.PROTECT, db_index=False, db_constraint=False, related_name="+", verbose_name="contest"
    )
    entry = ContestForeignKey(Entry, models.PROTECT, db_index=False, related_name="ledger", verbose_name="entry")
    number = models.IntegerField("no.", help_text="Counts the lines of an entry, from 1.")
    # As text, because purchases is a higher app, whose rows stay too.
    purchase_id = models.CharField("purchase", max_length=MAX_LENGTH, null=True, db_collation="C")  # noqa: DJ001
    kind = models.CharField("kind", max_length=12, choices=Kind)
    points = models.BigIntegerField("points")
    balance = models.BigIntegerField("balance", help_text="The entry's points after this line.")
    undoes = ContestForeignKey(
        "self", models.PROTECT, null=True, db_index=False, related_name="undone_by", verbose_name="undoes"
    )
    reason = models.CharField("reason", max_length=500, blank=True)
    adjustment_id = models.CharField(
        "adjustment id",
        max_length=100,
        blank=True,
        db_collation="C",
        help_text="Each happens once.",
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name="by"
    )
    occurred_at = models.DateTimeField("happened at")
    created_at = models.DateTimeField("written at", auto_now_add=True)

    objects = PointTransactionQuerySet.as_manager()

    class Meta:
        verbose_name = "ledger line"
        verbose_name_plural = "ledger"
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "entry", "number"], name="pointtransaction_unique_number_per_entry"
            ),
            # The lines of a purchase are found by it too.
            models.UniqueConstraint(
                "contest",
                "purchase_id",
                Case(When(kind="earned", then=Value("")), default=F("id"), output_field=models.CharField()),
                name="pointtransaction_earned_once_per_purchase",
            ),
            models.UniqueConstraint(
                fields=["contest", "undoes"], condition=~Q(undoes=None), name="pointtransaction_undone_once"
            ),
            models.UniqueConstraint(
                fields=["contest", "entry", "adjustment_id"],
                condition=~Q(adjustment_id=""),
                name="pointtransaction_adjusted_once_per_id",
            ),
            # Its points are not 0 and have the sign of its kind, or the other one where it undoes a line; what is not
            # of a purchase is adjusted by hand, imported, or for a referral.
            models.CheckConstraint(
                condition=is_consistent(
                    "pointtransaction_is_consistent_2", "number", "kind", "points", "purchase_id", "undoes"
                ),
                name="pointtransaction_is_consistent_2",
            ),
        ]

    def __str__(self) -> str:
        return f"{show_number(self.points, signed=True)} {self.get_kind_display()}"
