"""The lines by which history purchases are part of a balance that came along from another service.

Such a purchase earns its points, and an adjustment takes them off again, because the balance includes them already. The
adjustment's id names import and purchase. Undoing the import undoes it; restoring the purchase undoes that.
"""

from collections.abc import Sequence

from contests.models import PointTransaction
from purchases.models import Purchase, PurchaseImport

INCLUDED = "included in the opening balance"


def opening_lines(history_import: PurchaseImport, purchases: Sequence[Purchase]) -> dict[str, PointTransaction]:
    """The line of each purchase that has one, by the purchase's id; all were brought by this import."""
    ids = {history_import.opening_line_id(purchase.pk): purchase.pk for purchase in purchases}
    owners = {purchase.entry_id for purchase in purchases}
    lines = PointTransaction.objects.filter(contest=history_import.contest_id, entry__in=owners, adjustment_id__in=ids)
    return {ids[line.adjustment_id]: line for line in lines}


def undone_opening_line(purchase: Purchase) -> PointTransaction | None:
    """The line by which undoing its import took the purchase's opening line back."""
    if purchase.history_import is None:
        return None
    opening = opening_lines(purchase.history_import, [purchase]).get(purchase.pk)
    if opening is None:
        return None
    lines = PointTransaction.objects.filter(contest=purchase.contest_id, entry=purchase.entry_id, undoes=opening)
    return lines.first()
