"""Ledger lines of imported purchases whose points are included in an imported balance.

Such a purchase earns its points, and an adjustment takes them off again, because the balance includes them. The
adjustment's id names import and purchase. Undoing the import undoes the adjustment; restoring the purchase undoes that.
"""

from collections.abc import Sequence

from contests.models import PointTransaction
from purchases.models import Purchase, PurchaseImport

INCLUDED = "included in the opening balance"


def opening_lines(source_import: PurchaseImport, purchases: Sequence[Purchase]) -> dict[str, PointTransaction]:
    """The adjustment lines by purchase id, for purchases of this import."""
    ids = {source_import.opening_line_id(purchase.pk): purchase.pk for purchase in purchases}
    entry_ids = {purchase.entry_id for purchase in purchases}
    lines = PointTransaction.objects.filter(
        contest=source_import.contest_id, entry__in=entry_ids, adjustment_id__in=ids
    )
    return {ids[line.adjustment_id]: line for line in lines}


def undone_opening_line(purchase: Purchase) -> PointTransaction | None:
    """The line that undid the purchase's adjustment when its import was undone."""
    if purchase.source_import is None:
        return None
    opening = opening_lines(purchase.source_import, [purchase]).get(purchase.pk)
    if opening is None:
        return None
    lines = PointTransaction.objects.filter(contest=purchase.contest_id, entry=purchase.entry_id, undoes=opening)
    return lines.first()
