"""Figures of all purchases of a contest, as the API tells them."""

from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from contests.currencies import in_minor_units
from contests.models import Contest
from purchases.models import Purchase

Status = Purchase.Status


def figures_of_purchases(contest: Contest) -> dict[str, Any]:
    """How many a contest has, the points they were awarded, and what was paid and not given back, by currency.

    Without those that were brought along from another service, as in the daily figures.
    """
    rows = list(
        Purchase.objects.filter(contest=contest, rule_set__isnull=False)
        .order_by()
        .values("currency")
        .annotate(
            count=Count("pk"),
            refunded=Count("pk", filter=Q(status__in=[Status.PARTIALLY_REFUNDED, Status.REFUNDED])),
            awarded=Sum("points_awarded"),
            paid=Coalesce(
                Sum("amount", filter=~Q(status=Status.VOIDED)), 0, output_field=Purchase._meta.get_field("amount")
            ),
            back=Coalesce(
                Sum("refunded_amount", filter=~Q(status=Status.VOIDED)),
                0,
                output_field=Purchase._meta.get_field("amount"),
            ),
        )
    )
    return {
        "count": sum(row["count"] for row in rows),
        "refunded": sum(row["refunded"] for row in rows),
        "pointsAwarded": int(sum(row["awarded"] for row in rows)),
        "revenue": {row["currency"]: in_minor_units(row["paid"] - row["back"], row["currency"]) for row in rows},
    }
