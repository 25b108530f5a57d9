"""Files of past orders from another service, and the result of each row."""

from typing import Any

from django.db import models
from django.db.models import Q

from blitzrocket.emails import MAX_KEY_LENGTH
from contests.models import FileImport, FileImportRow
from contests.models.fields import ContestForeignKey


class PurchaseImport(FileImport):
    """A file of past orders with the points each had in another service."""

    check_kind = "check_past_orders"
    import_kind = "import_past_orders"
    undo_kind = "undo_import_of_past_orders"

    # The balances of the entries include the points already, unless these are added.
    adds_points = models.BooleanField("add these points", default=False)
    # How its dates are read: whether 5/11 is in November, and how many have no zone and are taken as UTC.
    day_first = models.BooleanField(null=True, editable=False)
    rows_without_zone = models.PositiveIntegerField(default=0, editable=False)

    class Meta(FileImport.Meta):
        verbose_name = "past order import"
        verbose_name_plural = "past order imports"

    def facts_for_audit(self) -> dict[str, Any]:
        return {"points": "added" if self.adds_points else "included"}

    def opening_line_id(self, purchase_id: str) -> str:
        """The adjustment id of the line that takes an order's points off, because the balance includes them."""
        return f"{self.pk}/{purchase_id}"


class PurchaseImportRow(FileImportRow):
    """A row of the file."""

    class Outcome(models.TextChoices):
        NEW = "new", "New"
        KNOWN = "known", "Already recorded"
        DUPLICATE = "duplicate", "Duplicate row"
        NO_ENTRY = "no_entry", "No entry with this email"
        REVERSED = "reversed", "Refunded or voided before"
        ERROR = "error", "Error"
        IMPORTED = "imported", "Imported"
        UNDONE = "undone", "Undone"
        STAYED = "stayed", "Kept: changed since"

    purchase_import = ContestForeignKey(PurchaseImport, models.CASCADE, db_index=False, related_name="rows")
    outcome = models.CharField("outcome", max_length=9, choices=Outcome)
    # Whose balance it changes, and by how much; for the preview.
    email_key = models.CharField(max_length=MAX_KEY_LENGTH, blank=True, db_collation="C", editable=False)
    points = models.BigIntegerField(default=0, editable=False)
    purchase = ContestForeignKey("purchases.Purchase", models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta(FileImportRow.Meta):
        indexes = [
            models.Index(fields=["contest", "purchase_import", "outcome", "line"], name="purchaseimportrow_by_outcome"),
            models.Index(
                fields=["contest", "purchase_import", "email_key"],
                condition=Q(outcome="new"),
                name="purchaseimportrow_by_email",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "purchase_import", "line"], name="purchaseimportrow_unique_line_per_import"
            ),
            models.CheckConstraint(
                condition=Q(
                    outcome__in=[
                        "new",
                        "known",
                        "duplicate",
                        "no_entry",
                        "reversed",
                        "error",
                        "imported",
                        "undone",
                        "stayed",
                    ],
                ),
                name="purchaseimportrow_outcome_known",
            ),
            models.CheckConstraint(condition=Q(points__gte=0), name="purchaseimportrow_points_not_negative"),
        ]

    def __str__(self) -> str:
        return str(self.values.get("order_id") or "")
