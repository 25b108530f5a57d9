"""Files of past orders from another service, and the result of each row."""

from typing import Any

from django.db import models
from django.db.models import Q

from blitzrocket.emails import MAX_KEY_LENGTH
from contests.models import FileImport, FileImportRow
from contests.models.fields import ContestForeignKey
from purchases.models.stores import StoreConnection


class PurchaseImport(FileImport):
    """A file of past orders with the points each had in another service."""

    check_kind = "check_past_orders"
    import_kind = "import_past_orders"
    undo_kind = "undo_import_of_past_orders"
    new_outcomes = ("new", "to_hold")
    made_outcomes = ("imported", "held")

    # The balances of the entries include the points already, unless these are added.
    # Whose own export it is: its orders are scored by the rules, not imported with their points.
    connection = models.ForeignKey(
        StoreConnection,
        models.PROTECT,
        null=True,
        db_index=False,
        editable=False,
        related_name="+",
        verbose_name="store connection",
    )
    since = models.DateTimeField("orders since", null=True, editable=False)
    adds_points = models.BooleanField("add these points", default=False)
    # How its dates are read: whether 5/11 is in November, and how many have no zone and are taken as UTC.
    day_first = models.BooleanField(null=True, editable=False)
    rows_without_zone = models.PositiveIntegerField(default=0, editable=False)

    class Meta(FileImport.Meta):
        verbose_name = "past order import"
        verbose_name_plural = "past order imports"

    def facts_for_audit(self) -> dict[str, Any]:
        store = self.find_connection()
        if store is not None:
            return {"store": store.name}
        return {"points": "added" if self.adds_points else "included"}

    def find_connection(self) -> StoreConnection | None:
        """The connection whose own file this is."""
        if self.connection_id is None:
            return None
        connections = StoreConnection.objects.select_related("contest", "api_key")
        return connections.get(contest=self.contest_id, pk=self.connection_id)

    def opening_line_id(self, purchase_id: str) -> str:
        """The adjustment id of the line that takes an order's points off, because the balance includes them."""
        return f"{self.pk}/{purchase_id}"


class PurchaseImportRow(FileImportRow):
    """A row of the file."""

    class Outcome(models.TextChoices):
        NEW = "new", "New"
        TO_HOLD = "to_hold", "New, without an entry"
        KNOWN = "known", "Already recorded"
        DUPLICATE = "duplicate", "Duplicate row"
        NO_ENTRY = "no_entry", "No entry with this email"
        REVERSED = "reversed", "Refunded or voided before"
        SKIPPED = "skipped", "Skipped"
        ERROR = "error", "Error"
        IMPORTED = "imported", "Imported"
        HELD = "held", "On hold"
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
                        "to_hold",
                        "known",
                        "duplicate",
                        "no_entry",
                        "reversed",
                        "skipped",
                        "error",
                        "imported",
                        "held",
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
